// The spectral norm of an infinite matrix, cut at n × n.
function entry(i: i32, j: i32): f64 {
  return 1.0 / <f64>(((i + j) * (i + j + 1)) / 2 + i + 1);
}

function multiply(n: i32, v: StaticArray<f64>, out: StaticArray<f64>): void {
  for (let i = 0; i < n; i++) {
    let sum: f64 = 0;
    for (let j = 0; j < n; j++) sum += entry(i, j) * v[j];
    out[i] = sum;
  }
}

function multiplyTransposed(n: i32, v: StaticArray<f64>, out: StaticArray<f64>): void {
  for (let i = 0; i < n; i++) {
    let sum: f64 = 0;
    for (let j = 0; j < n; j++) sum += entry(j, i) * v[j];
    out[i] = sum;
  }
}

export function run(n: i32): f64 {
  const u = new StaticArray<f64>(n), v = new StaticArray<f64>(n), w = new StaticArray<f64>(n);
  for (let i = 0; i < n; i++) u[i] = 1;
  for (let i = 0; i < 10; i++) {
    multiply(n, u, w);
    multiplyTransposed(n, w, v);
    multiply(n, v, w);
    multiplyTransposed(n, w, u);
  }
  let vBv: f64 = 0, vv: f64 = 0;
  for (let i = 0; i < n; i++) {
    vBv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return Math.sqrt(vBv / vv);
}
