// A kernel as a program: `kernel N CALLS` prints the result and the median time of a call in milliseconds.

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel.h"

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int order(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    int n = atoi(arguments[1]), calls = atoi(arguments[2]);
    double *times = malloc(calls * sizeof *times), result = 0;
    for (int call = 0; call < calls; call++) {
        double start = now();
        result = run(n);
        times[call] = now() - start;
    }
    qsort(times, calls, sizeof *times, order);
    printf("%.17g %.6f\n", result, times[calls / 2]);
    return 0;
}
