// Counts how often each word of a text occurs.

#include "nil.hpp"
#include "words.hpp"

using nlohmann::json;

json handle(const json &input) {
    json counts = json::object();
    for (const auto &word : words(input.value("text", ""))) counts[word] = counts.value(word, 0) + 1;
    return {{"words", counts}};
}
