// Sums up the items of a large input.

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nil.h"
#include "yyjson.h"

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    yyjson_val *items = yyjson_obj_get(root, "items"), *item;
    int64_t sum = 0;
    size_t letters = 0, at, count;
    yyjson_arr_foreach(items, at, count, item) {
        sum += yyjson_get_sint(yyjson_obj_get(item, "value"));
        letters += yyjson_get_len(yyjson_obj_get(item, "name"));
    }
    char *output;
    asprintf(&output, "{\"items\":%zu,\"sum\":%lld,\"letters\":%zu}", yyjson_arr_size(items), (long long)sum, letters);
    return output;
}
