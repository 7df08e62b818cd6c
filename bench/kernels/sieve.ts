// The primes below n; answers how many there are.
export function run(n: i32): f64 {
  const composite = new StaticArray<u8>(n);
  let primes = 0;
  for (let i = 2; i < n; i++) {
    if (composite[i] != 0) continue;
    primes++;
    for (let j = i + i; j < n; j += i) composite[j] = 1;
  }
  return primes;
}
