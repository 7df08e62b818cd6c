// The n-th Fibonacci number as an exact 64-bit integer, also where a JavaScript number would have rounded.

/** The last one that fits 64 bits. */
const LAST: i32 = 93;

export function fibonacci(n: i32): u64 {
  if (n < 0 || n > LAST) throw new RangeError("n must be between 0 and 93");
  let current: u64 = 0;
  let next: u64 = 1;
  for (let i = 0; i < n; i++) {
    const sum = current + next;
    current = next;
    next = sum;
  }
  return current;
}
