// An n × n picture, at most 100 iterations a point; answers the iterations made.
export function run(n) {
  let total = 0;
  for (let row = 0; row < n; row++) {
    const ci = (2.0 * row) / n - 1.0;
    for (let column = 0; column < n; column++) {
      const cr = (2.0 * column) / n - 1.5;
      let zr = 0, zi = 0, i = 0;
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
