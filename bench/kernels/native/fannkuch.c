// Pancake flips over all permutations of n; answers 100 × the checksum + the most flips.

#include "kernel.h"

double run(int n) {
    int first[16], work[16], count[16];
    for (int i = 0; i < n; i++) first[i] = i;
    int most = 0, checksum = 0, permutation = 0, r = n;
    for (;;) {
        for (; r != 1; r--) count[r - 1] = r;
        for (int i = 0; i < n; i++) work[i] = first[i];
        int flips = 0;
        for (int head = work[0]; head != 0; head = work[0]) {
            for (int i = 0, j = head; i < j; i++, j--) {
                int held = work[i];
                work[i] = work[j];
                work[j] = held;
            }
            flips++;
        }
        if (flips > most) most = flips;
        checksum += permutation % 2 == 0 ? flips : -flips;
        for (;;) {
            if (r == n) return checksum * 100 + most;
            int held = first[0];
            for (int i = 0; i < r; i++) first[i] = first[i + 1];
            first[r] = held;
            if (--count[r] > 0) break;
            r++;
        }
        permutation++;
    }
}
