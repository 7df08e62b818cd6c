// Five bodies, symplectic steps; answers the energy that is left.

#include <math.h>

#include "kernel.h"

double run(int n) {
    double x[5], y[5], z[5], vx[5], vy[5], vz[5], m[5];
    for (int i = 0; i < 5; i++) {
        double d = i;
        x[i] = d * 3.5 + 0.5, y[i] = d * d - 1.25, z[i] = 0.125 * d;
        vx[i] = 0.01 * d, vy[i] = 0.3 - 0.05 * d, vz[i] = 0.002 * d;
        m[i] = 10.0 / (1.0 + d * d);
    }
    for (int step = 0; step < n; step++) {
        for (int i = 0; i < 5; i++) {
            for (int j = i + 1; j < 5; j++) {
                double dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
                double d2 = dx * dx + dy * dy + dz * dz, mag = 0.001 / (d2 * sqrt(d2));
                vx[i] -= dx * m[j] * mag, vy[i] -= dy * m[j] * mag, vz[i] -= dz * m[j] * mag;
                vx[j] += dx * m[i] * mag, vy[j] += dy * m[i] * mag, vz[j] += dz * m[i] * mag;
            }
        }
        for (int i = 0; i < 5; i++) x[i] += 0.001 * vx[i], y[i] += 0.001 * vy[i], z[i] += 0.001 * vz[i];
    }
    double energy = 0;
    for (int i = 0; i < 5; i++) {
        energy += 0.5 * m[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
        for (int j = i + 1; j < 5; j++) {
            double dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
            energy -= m[i] * m[j] / sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return energy;
}
