// An n × n picture, at most 100 iterations a point; answers the iterations made.

#include "kernel.h"

double run(int n) {
    double total = 0;
    for (int row = 0; row < n; row++) {
        double ci = 2.0 * row / n - 1.0;
        for (int column = 0; column < n; column++) {
            double cr = 2.0 * column / n - 1.5, zr = 0, zi = 0;
            int i = 0;
            for (; i < 100 && zr * zr + zi * zi <= 4.0; i++) {
                double next = zr * zr - zi * zi + cr;
                zi = 2.0 * zr * zi + ci;
                zr = next;
            }
            total += i;
        }
    }
    return total;
}
