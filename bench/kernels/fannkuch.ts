// Pancake flips over all permutations of n; answers 100 × the checksum's modulus + the most flips.
export function run(n: i32): f64 {
  const first = new StaticArray<i32>(n), work = new StaticArray<i32>(n), count = new StaticArray<i32>(n);
  for (let i = 0; i < n; i++) first[i] = i;
  let most = 0, checksum = 0, permutation = 0, r = n;
  while (true) {
    while (r != 1) { count[r - 1] = r; r--; }
    for (let i = 0; i < n; i++) work[i] = first[i];
    let flips = 0;
    let head = work[0];
    while (head != 0) {
      for (let i = 0, j = head; i < j; i++, j--) {
        const held = work[i];
        work[i] = work[j];
        work[j] = held;
      }
      flips++;
      head = work[0];
    }
    if (flips > most) most = flips;
    checksum += permutation % 2 == 0 ? flips : -flips;
    while (true) {
      if (r == n) return <f64>checksum * 100 + most;
      const held = first[0];
      for (let i = 0; i < r; i++) first[i] = first[i + 1];
      first[r] = held;
      count[r]--;
      if (count[r] > 0) break;
      r++;
    }
    permutation++;
  }
}
