/* What a function in C is to its host. Found by `#include "nil.h"`; the JSON library by `#include "yyjson.h"`. */
#ifndef NIL_H
#define NIL_H

/* Yours. `input` is the call's input: JSON, UTF-8, ends in NUL. What you return is the output: JSON in memory from
   malloc, which you need not free: everything is gone after the call. NULL, with nil_error, when it cannot be done. */
char *handle(const char *input);

/* Says why `handle` fails, as printf would; the words become the execution's error. Returns NULL, so that you can
   write `return nil_error("no such city: %s", city);`. */
__attribute__((format(printf, 1, 2))) char *nil_error(const char *format, ...);

#endif
