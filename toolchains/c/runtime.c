/* Shared by functions in C and C++: what the C library does when a program gives up, told to the host with its words
   and its place. These take the place of the library's own. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("nil"), import_name(name)))

/* Neither comes back. */
IMPORT("fail") _Noreturn void nil_host_fail(const char *message, uint32_t length);
IMPORT("panic")
_Noreturn void nil_host_panic(const char *message, uint32_t length, const char *file, uint32_t file_length,
                              uint32_t line, uint32_t column);

/* An error that the function returns. */
_Noreturn void nil_fail(const char *message) {
    fflush(NULL);
    nil_host_fail(message, strlen(message));
}

/* What went wrong by itself. */
_Noreturn void nil_panic(const char *file, int line, const char *format, ...) {
    static char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fflush(NULL);
    nil_host_panic(message, strlen(message), file, strlen(file), line, 0);
}

_Noreturn void __assert_fail(const char *expression, const char *file, int line, const char *function) {
    nil_panic(file, line, "assertion failed in %s: %s", function, expression);
}

_Noreturn void abort(void) { nil_panic("", 0, "abort() was called"); }

_Noreturn void _Exit(int code) { nil_panic("", 0, "exit(%d) was called; return from `handle` instead", code); }

/* What was printed before a trap is in the logs. */
__attribute__((constructor(101))) static void print_lines(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

/* Room for the input and the NUL behind it. */
__attribute__((export_name("alloc"))) void *nil_alloc(uint32_t length) { return malloc((size_t)length + 1); }
