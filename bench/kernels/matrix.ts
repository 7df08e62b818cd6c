// Multiplies two n × n matrices; answers the trace of the product.
export function run(n: i32): f64 {
  const a = new StaticArray<f64>(n * n), b = new StaticArray<f64>(n * n), c = new StaticArray<f64>(n * n);
  for (let i = 0; i < n * n; i++) {
    a[i] = <f64>(i % 17) * 0.5;
    b[i] = <f64>(i % 13) * 0.25;
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) c[i * n + j] += factor * b[k * n + j];
    }
  }
  let trace: f64 = 0;
  for (let i = 0; i < n; i++) trace += c[i * n + i];
  return trace;
}
