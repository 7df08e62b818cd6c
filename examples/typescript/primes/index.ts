// The primes up to a limit, by the sieve of Eratosthenes.  @nil typescript

export function handle({ limit }: { limit: number }): { count: number; last: number | null } {
  const composite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let n = 2; n <= limit; n += 1) {
    if (composite[n]) continue;
    primes.push(n);
    for (let multiple = n * n; multiple <= limit; multiple += n) composite[multiple] = 1;
  }
  return { count: primes.length, last: primes.at(-1) ?? null };
}
