// Multiplies two n × n matrices; answers the trace of the product.

#include <stdlib.h>

#include "kernel.h"

double run(int n) {
    double *a = malloc(n * n * sizeof *a), *b = malloc(n * n * sizeof *b), *c = calloc(n * n, sizeof *c);
    for (int i = 0; i < n * n; i++) {
        a[i] = (i % 17) * 0.5;
        b[i] = (i % 13) * 0.25;
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            double factor = a[i * n + k];
            for (int j = 0; j < n; j++) c[i * n + j] += factor * b[k * n + j];
        }
    }
    double trace = 0;
    for (int i = 0; i < n; i++) trace += c[i * n + i];
    free(a);
    free(b);
    free(c);
    return trace;
}
