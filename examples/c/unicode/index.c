// Reverses a text by code points and measures it.

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "nil.h"
#include "yyjson.h"

// Bytes of UTF-8 that go on with a code point are 10xxxxxx.
static bool goes_on(char byte) { return (byte & 0xC0) == 0x80; }

char *handle(const char *input) {
    yyjson_val *root = yyjson_doc_get_root(yyjson_read(input, strlen(input), 0));
    yyjson_val *text = yyjson_obj_get(root, "text");
    const char *bytes = yyjson_get_str(text);
    size_t length = yyjson_get_len(text), characters = 0;

    char *reversed = malloc(length);
    for (size_t end = length, at = 0; end > 0;) {
        size_t start = end - 1;
        while (start > 0 && goes_on(bytes[start])) start--;
        memcpy(reversed + at, bytes + start, end - start);
        at += end - start;
        end = start;
        characters++;
    }

    yyjson_mut_doc *answer = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(answer);
    yyjson_mut_doc_set_root(answer, object);
    yyjson_mut_obj_add_strn(answer, object, "reversed", reversed, length);
    yyjson_mut_obj_add_uint(answer, object, "characters", characters);
    yyjson_mut_obj_add_uint(answer, object, "bytes", length);
    return yyjson_mut_write(answer, 0, NULL);
}
