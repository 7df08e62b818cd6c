// The primes below n; answers how many there are.

#include <stdlib.h>

#include "kernel.h"

double run(int n) {
    unsigned char *composite = calloc(n, 1);
    int primes = 0;
    for (int i = 2; i < n; i++) {
        if (composite[i]) continue;
        primes++;
        for (int j = i + i; j < n; j += i) composite[j] = 1;
    }
    free(composite);
    return primes;
}
