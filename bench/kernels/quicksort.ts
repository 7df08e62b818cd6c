// Sorts n pseudo-random integers; answers a checksum that depends on their order.
function sort(values: StaticArray<i32>, left: i32, right: i32): void {
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

export function run(n: i32): f64 {
  const values = new StaticArray<i32>(n);
  let seed: i32 = 42;
  for (let i = 0; i < n; i++) {
    seed = seed * 1103515245 + 12345;
    values[i] = seed >> 8;
  }
  sort(values, 0, n - 1);
  let sum: i32 = 0;
  for (let i = 0; i < n; i++) sum = sum * 31 + values[i];
  return sum;
}
