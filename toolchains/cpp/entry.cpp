// The calling convention `buffer` around the user's `handle`.
#include "nil.hpp"

extern "C" {
// In runtime.c.
[[noreturn]] void nil_fail(const char *message);
[[noreturn]] void nil_panic(const char *file, int line, const char *format, ...);
}

namespace nil {

void error(std::string_view message) { nil_fail(std::string(message).c_str()); }

namespace detail {
void thrown(const char *what) { nil_fail(what); }
}  // namespace detail

}  // namespace nil

// What the library does instead of going on with what it cannot: out of bounds where it checks, no memory, an exception
// that nobody could catch.
_LIBCPP_BEGIN_NAMESPACE_STD
_LIBCPP_OVERRIDABLE_FUNC_VIS void __libcpp_verbose_abort(const char *format, ...) noexcept {
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    nil_panic("", 0, "%s", message);
}
_LIBCPP_END_NAMESPACE_STD

extern "C" [[clang::export_name("handle")]] std::uint64_t nil_handle(char *input, std::uint32_t length) {
    const auto parsed = nlohmann::json::parse(input, input + length, nullptr, false);
    // Kept, because it is what the answer points to; everything is gone after the call.
    static std::string output;
    output = handle(parsed).dump();
    std::fflush(nullptr);
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(output.data())) << 32 | output.size();
}
