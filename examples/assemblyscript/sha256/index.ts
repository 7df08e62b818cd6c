// SHA-256 of a text's UTF-8 bytes (FIPS 180-4), or HMAC-SHA-256 (RFC 2104) when a key is given, as lower-case
// hexadecimal: what webhook signatures are checked with.

import { JSON } from "json-as";

@json
class Request {
  text: string = "";
  key: string | null = null;
}

@json
class Digest {
  hex: string = "";
}

const BLOCK_BYTES: i32 = 64;
const DIGEST_BYTES: i32 = 32;

const ROUND: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

class Sha256 {
  private state: StaticArray<u32> = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ];
  private schedule: StaticArray<u32> = new StaticArray<u32>(64);
  private block: Uint8Array = new Uint8Array(BLOCK_BYTES);
  private filled: i32 = 0;
  private bytes: u64 = 0;

  update(data: Uint8Array): this {
    this.bytes += data.length;
    for (let i = 0; i < data.length; i++) this.push(data[i]);
    return this;
  }

  digest(): Uint8Array {
    const bits = this.bytes * 8;
    this.push(0x80);
    while (this.filled != BLOCK_BYTES - 8) this.push(0);
    for (let shift = 56; shift >= 0; shift -= 8) this.push(<u8>(bits >> shift));

    const result = new Uint8Array(DIGEST_BYTES);
    for (let i = 0; i < DIGEST_BYTES; i++) result[i] = <u8>(this.state[i >> 2] >> (24 - (i & 3) * 8));
    return result;
  }

  private push(byte: u8): void {
    this.block[this.filled++] = byte;
    if (this.filled == BLOCK_BYTES) {
      this.compress();
      this.filled = 0;
    }
  }

  private compress(): void {
    const w = this.schedule;
    const block = this.block;
    for (let i = 0; i < 16; i++) {
      const at = i * 4;
      w[i] = (<u32>block[at] << 24) | (<u32>block[at + 1] << 16) | (<u32>block[at + 2] << 8) | block[at + 3];
    }
    for (let i = 16; i < 64; i++) {
      const s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }

    const state = this.state;
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
      const t1 = h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i];
      const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

function utf8(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  if (key.length > BLOCK_BYTES) key = new Sha256().update(key).digest();
  const inner = new Uint8Array(BLOCK_BYTES);
  const outer = new Uint8Array(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte: u8 = i < key.length ? key[i] : 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  const hash = new Sha256().update(inner).update(data).digest();
  return new Sha256().update(outer).update(hash).digest();
}

function hex(bytes: Uint8Array): string {
  const digits = "0123456789abcdef";
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i++) {
    parts.push(digits.charAt(bytes[i] >> 4));
    parts.push(digits.charAt(bytes[i] & 15));
  }
  return parts.join("");
}

export function handle(input: string): string {
  const request = JSON.parse<Request>(input);
  const key = request.key;
  const data = utf8(request.text);
  const digest = new Digest();
  digest.hex = hex(key === null ? new Sha256().update(data).digest() : hmac(utf8(key), data));
  return JSON.stringify(digest);
}
