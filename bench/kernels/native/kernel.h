/* A kernel: takes how much to do, answers a number that depends on all of it. */
double run(int n);
