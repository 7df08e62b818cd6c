// Reverses a text by code points and measures it.

#include "nil.hpp"

using nlohmann::json;

json handle(const json &input) {
    const auto text = input.value("text", "");
    std::string reversed;
    std::size_t characters = 0;
    for (auto end = text.size(); end > 0; characters++) {
        auto start = end - 1;
        // Bytes of UTF-8 that go on with a code point are 10xxxxxx.
        while (start > 0 && (text[start] & 0xC0) == 0x80) start--;
        reversed.append(text, start, end - start);
        end = start;
    }
    return {{"reversed", reversed}, {"characters", characters}, {"bytes", text.size()}};
}
