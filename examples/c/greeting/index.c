// Greets a person in the language they ask for.

#include <stdio.h>
#include <string.h>

#include "nil.h"
#include "yyjson.h"

static const char *greeting(const char *language) {
    if (strcmp(language, "de") == 0) return "Hallo";
    if (strcmp(language, "fr") == 0) return "Bonjour";
    if (strcmp(language, "es") == 0) return "Hola";
    return "Hello";
}

static const char *text(yyjson_val *object, const char *key, const char *otherwise) {
    const char *found = yyjson_get_str(yyjson_obj_get(object, key));
    return found ? found : otherwise;
}

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    char *message;
    asprintf(&message, "%s, %s!", greeting(text(root, "language", "en")), text(root, "name", "world"));

    yyjson_mut_doc *answer = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(answer);
    yyjson_mut_doc_set_root(answer, object);
    yyjson_mut_obj_add_str(answer, object, "message", message);
    return yyjson_mut_write(answer, 0, NULL);
}
