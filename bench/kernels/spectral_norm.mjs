// The spectral norm of an infinite matrix, cut at n × n.
function entry(i, j) {
  return 1.0 / (((((i + j) * (i + j + 1)) / 2) | 0) + i + 1);
}

function multiply(n, v, out) {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += entry(i, j) * v[j];
    out[i] = sum;
  }
}

function multiplyTransposed(n, v, out) {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += entry(j, i) * v[j];
    out[i] = sum;
  }
}

export function run(n) {
  const u = new Float64Array(n), v = new Float64Array(n), w = new Float64Array(n);
  for (let i = 0; i < n; i++) u[i] = 1;
  for (let i = 0; i < 10; i++) {
    multiply(n, u, w);
    multiplyTransposed(n, w, v);
    multiply(n, v, w);
    multiplyTransposed(n, w, u);
  }
  let vBv = 0, vv = 0;
  for (let i = 0; i < n; i++) {
    vBv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return Math.sqrt(vBv / vv);
}
