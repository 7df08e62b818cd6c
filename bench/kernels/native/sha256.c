// SHA-256 over n blocks of 64 bytes made from the block's number; answers the first word of the digest.

#include <stdbool.h>
#include <stdint.h>

#include "kernel.h"

static uint32_t rotate(uint32_t x, int by) { return x >> by | x << (32 - by); }

// The fractional bits of the cube roots of the first 64 primes, found by bisection.
static void constants(uint32_t *k) {
    int found = 0;
    for (int candidate = 2; found < 64; candidate++) {
        bool prime = true;
        for (int d = 2; d * d <= candidate; d++) {
            if (candidate % d == 0) prime = false;
        }
        if (!prime) continue;
        double low = 0, high = 8;
        for (int i = 0; i < 80; i++) {
            double middle = (low + high) / 2;
            if (middle * middle * middle < candidate) low = middle;
            else high = middle;
        }
        k[found++] = (uint32_t)((low - (int)low) * 4294967296.0);
    }
}

double run(int n) {
    uint32_t k[64], w[64];
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    constants(k);
    for (int block = 0; block < n; block++) {
        for (int i = 0; i < 16; i++) w[i] = (uint32_t)(block * 16 + i) * 2654435761u;
        for (int i = 16; i < 64; i++) {
            uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
            uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], l = h[7];
        for (int i = 0; i < 64; i++) {
            uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
            uint32_t t1 = l + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i];
            uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
            uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            l = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += l;
    }
    return h[0];
}
