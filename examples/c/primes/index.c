// Counts the primes up to a limit with the sieve of Eratosthenes.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nil.h"
#include "yyjson.h"

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    size_t limit = yyjson_get_uint(yyjson_obj_get(root, "limit"));
    bool *composite = calloc(limit + 1, sizeof *composite);
    size_t count = 0, last = 0;
    for (size_t n = 2; n <= limit; n++) {
        if (composite[n]) continue;
        count++;
        last = n;
        // Beyond the root every multiple is marked, and its square may be no size_t.
        if (n > limit / n) continue;
        for (size_t multiple = n * n; multiple <= limit; multiple += n) composite[multiple] = true;
    }
    char *output;
    if (count == 0) {
        asprintf(&output, "{\"count\":0,\"last\":null}");
    } else {
        asprintf(&output, "{\"count\":%zu,\"last\":%zu}", count, last);
    }
    return output;
}
