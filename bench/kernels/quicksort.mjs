// Sorts n pseudo-random integers; answers a checksum that depends on their order.
function sort(values, left, right) {
  while (left < right) {
    const pivot = values[(left + right) >> 1];
    let i = left, j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const held = values[i];
        values[i] = values[j];
        values[j] = held;
        i++;
        j--;
      }
    }
    if (j - left < right - i) { sort(values, left, j); left = i; } else { sort(values, i, right); right = j; }
  }
}

export function run(n) {
  const values = new Int32Array(n);
  let seed = 42;
  for (let i = 0; i < n; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) | 0;
    values[i] = seed >> 8;
  }
  sort(values, 0, n - 1);
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (Math.imul(sum, 31) + values[i]) | 0;
  return sum;
}
