/* The calling convention `buffer` around the user's `handle`. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nil.h"

/* In runtime.c. */
_Noreturn void nil_fail(const char *message);

static char *error;

char *nil_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&error, format, arguments) < 0) error = "out of memory while the error was written";
    va_end(arguments);
    return NULL;
}

__attribute__((export_name("handle"))) uint64_t nil_handle(char *input, uint32_t length) {
    input[length] = 0;
    char *output = handle(input);
    fflush(NULL);
    if (output == NULL) nil_fail(error ? error : "`handle` returned NULL without nil_error(…)");
    return (uint64_t)(uintptr_t)output << 32 | strlen(output);
}
