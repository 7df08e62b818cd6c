#include "words.hpp"

// An ASCII letter, or a byte of a character beyond ASCII.
static bool is_part_of_word(unsigned char byte) { return std::isalpha(byte) || byte >= 0x80; }

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> found;
    bool in_word = false;
    for (const char byte : text) {
        const bool was_in_word = std::exchange(in_word, is_part_of_word(byte));
        if (!in_word) continue;
        if (!was_in_word) found.emplace_back();
        found.back().push_back(std::tolower(static_cast<unsigned char>(byte)));
    }
    return found;
}
