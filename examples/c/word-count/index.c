// Counts how often each word of a text occurs.

#include <stdlib.h>
#include <string.h>

#include "nil.h"
#include "words.h"
#include "yyjson.h"

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    const char *text = yyjson_get_str(yyjson_obj_get(root, "text"));
    if (text == NULL) text = "";

    yyjson_mut_doc *answer = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(answer);
    yyjson_mut_doc_set_root(answer, object);
    yyjson_mut_val *words = yyjson_mut_obj_add_obj(answer, object, "words");
    char *word = malloc(strlen(text) + 1);
    while (next_word(&text, word)) {
        yyjson_mut_val *count = yyjson_mut_obj_get(words, word);
        if (count) {
            yyjson_mut_set_uint(count, yyjson_mut_get_uint(count) + 1);
        } else {
            yyjson_mut_obj_add(words, yyjson_mut_strcpy(answer, word), yyjson_mut_uint(answer, 1));
        }
    }
    return yyjson_mut_write(answer, 0, NULL);
}
