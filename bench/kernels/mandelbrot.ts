// An n × n picture, at most 100 iterations a point; answers the iterations made.
export function run(n: i32): f64 {
  let total = 0;
  for (let row = 0; row < n; row++) {
    const ci: f64 = (2.0 * row) / n - 1.0;
    for (let column = 0; column < n; column++) {
      const cr: f64 = (2.0 * column) / n - 1.5;
      let zr: f64 = 0, zi: f64 = 0, i = 0;
      while (i < 100 && zr * zr + zi * zi <= 4.0) {
        const next = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci;
        zr = next;
        i++;
      }
      total += i;
    }
  }
  return total;
}
