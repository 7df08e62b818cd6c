// The spectral norm of an infinite matrix, cut at n × n.

#include <math.h>
#include <stdlib.h>

#include "kernel.h"

static double entry(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

static void multiply(int n, const double *v, double *out) {
    for (int i = 0; i < n; i++) {
        out[i] = 0;
        for (int j = 0; j < n; j++) out[i] += entry(i, j) * v[j];
    }
}

static void multiply_transposed(int n, const double *v, double *out) {
    for (int i = 0; i < n; i++) {
        out[i] = 0;
        for (int j = 0; j < n; j++) out[i] += entry(j, i) * v[j];
    }
}

double run(int n) {
    double *u = malloc(n * sizeof *u), *v = malloc(n * sizeof *v), *w = malloc(n * sizeof *w), vbv = 0, vv = 0;
    for (int i = 0; i < n; i++) u[i] = 1;
    for (int i = 0; i < 10; i++) {
        multiply(n, u, w);
        multiply_transposed(n, w, v);
        multiply(n, v, w);
        multiply_transposed(n, w, u);
    }
    for (int i = 0; i < n; i++) {
        vbv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    free(u);
    free(v);
    free(w);
    return sqrt(vbv / vv);
}
