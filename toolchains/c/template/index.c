// {{name}}: takes JSON, returns JSON.
//
//   nil deploy {{name}}
//   nil invoke {{name}} '{"name": "Ada"}'

#include <stdio.h>
#include <string.h>

#include "nil.h"
#include "yyjson.h"

// Called with the input, an object. Returns the output, or NULL with nil_error("…").
char *handle(const char *input) {
    yyjson_doc *doc = yyjson_read(input, strlen(input), 0);
    const char *name = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "name"));
    if (name == NULL) name = "world";
    printf("greeting %s\n", name);

    char message[200];
    snprintf(message, sizeof message, "Hello, %s!", name);
    yyjson_mut_doc *answer = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(answer);
    yyjson_mut_doc_set_root(answer, root);
    yyjson_mut_obj_add_str(answer, root, "message", message);
    return yyjson_mut_write(answer, 0, NULL);
}
