// Sorts n pseudo-random integers; answers a checksum that depends on their order.

#include <stdint.h>
#include <stdlib.h>

#include "kernel.h"

static void sort(int32_t *values, int left, int right) {
    while (left < right) {
        int32_t pivot = values[(left + right) >> 1];
        int i = left, j = right;
        while (i <= j) {
            while (values[i] < pivot) i++;
            while (values[j] > pivot) j--;
            if (i <= j) {
                int32_t held = values[i];
                values[i++] = values[j];
                values[j--] = held;
            }
        }
        if (j - left < right - i) {
            sort(values, left, j);
            left = i;
        } else {
            sort(values, i, right);
            right = j;
        }
    }
}

double run(int n) {
    int32_t *values = malloc(n * sizeof *values);
    uint32_t seed = 42, sum = 0;
    for (int i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        values[i] = (int32_t)seed >> 8;
    }
    sort(values, 0, n - 1);
    for (int i = 0; i < n; i++) sum = sum * 31u + (uint32_t)values[i];
    free(values);
    return (int32_t)sum;
}
