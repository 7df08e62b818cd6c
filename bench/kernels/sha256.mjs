// SHA-256 over n blocks of 64 bytes made from the block's number; answers the first word of the digest.
const PRIMES_COUNT = 64;

function rotate(x, by) {
  return (x >>> by) | (x << (32 - by));
}

function constants() {
  const k = new Int32Array(PRIMES_COUNT);
  let found = 0, candidate = 2;
  while (found < PRIMES_COUNT) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d == 0) { prime = false; break; }
    if (prime) {
      // The fractional bits of the cube root, found by bisection.
      let low = 0, high = 8;
      for (let i = 0; i < 80; i++) {
        const middle = (low + high) / 2;
        if (middle * middle * middle < candidate) low = middle; else high = middle;
      }
      k[found++] = Math.floor((low - Math.floor(low)) * 4294967296.0) | 0;
    }
    candidate++;
  }
  return k;
}

export function run(n) {
  const k = constants();
  const w = new Int32Array(64);
  const h = new Int32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  for (let block = 0; block < n; block++) {
    for (let i = 0; i < 16; i++) w[i] = Math.imul(block * 16 + i, 2654435761);
    for (let i = 16; i < 64; i++) {
      const s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], l = h[7];
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (l + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      l = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += l;
  }
  return h[0] >>> 0;
}
