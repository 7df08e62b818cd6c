// Divides, and fails where that means nothing.

#include <stdio.h>
#include <string.h>

#include "nil.h"
#include "yyjson.h"

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    double dividend = yyjson_get_num(yyjson_obj_get(root, "dividend"));
    double divisor = yyjson_get_num(yyjson_obj_get(root, "divisor"));
    if (divisor == 0) return nil_error("cannot divide by zero");

    yyjson_mut_doc *answer = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(answer);
    yyjson_mut_doc_set_root(answer, object);
    yyjson_mut_obj_add_real(answer, object, "quotient", dividend / divisor);
    return yyjson_mut_write(answer, 0, NULL);
}
