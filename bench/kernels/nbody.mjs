// Five bodies, symplectic steps; answers the energy that is left.
export function run(n) {
  const x = new Float64Array(5), y = new Float64Array(5), z = new Float64Array(5);
  const vx = new Float64Array(5), vy = new Float64Array(5), vz = new Float64Array(5);
  const m = new Float64Array(5);
  for (let i = 0; i < 5; i++) {
    const d = i;
    x[i] = d * 3.5 + 0.5; y[i] = d * d - 1.25; z[i] = 0.125 * d;
    vx[i] = 0.01 * d; vy[i] = 0.3 - 0.05 * d; vz[i] = 0.002 * d;
    m[i] = 10.0 / (1.0 + d * d);
  }
  for (let step = 0; step < n; step++) {
    for (let i = 0; i < 5; i++) {
      for (let j = i + 1; j < 5; j++) {
        const dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
        const d2 = dx * dx + dy * dy + dz * dz;
        const mag = 0.001 / (d2 * Math.sqrt(d2));
        vx[i] -= dx * m[j] * mag; vy[i] -= dy * m[j] * mag; vz[i] -= dz * m[j] * mag;
        vx[j] += dx * m[i] * mag; vy[j] += dy * m[i] * mag; vz[j] += dz * m[i] * mag;
      }
    }
    for (let i = 0; i < 5; i++) {
      x[i] += 0.001 * vx[i]; y[i] += 0.001 * vy[i]; z[i] += 0.001 * vz[i];
    }
  }
  let energy = 0;
  for (let i = 0; i < 5; i++) {
    energy += 0.5 * m[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
    for (let j = i + 1; j < 5; j++) {
      const dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
      energy -= m[i] * m[j] / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return energy;
}
