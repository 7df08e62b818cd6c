// Adds up the lines of an order, in cents.

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nil.h"
#include "yyjson.h"

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    yyjson_val *lines = yyjson_obj_get(root, "lines"), *line;
    int64_t total = 0;
    size_t at, count;
    yyjson_arr_foreach(lines, at, count, line) {
        total += yyjson_get_sint(yyjson_obj_get(line, "cents")) * yyjson_get_sint(yyjson_obj_get(line, "quantity"));
    }
    char *output;
    asprintf(&output, "{\"lines\":%zu,\"total\":%lld}", yyjson_arr_size(lines), (long long)total);
    return output;
}
