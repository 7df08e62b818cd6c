// Greets a person in the language they ask for.

#include "nil.hpp"

using nlohmann::json;

json handle(const json &input) {
    static const std::map<std::string, std::string> greetings = {{"de", "Hallo"}, {"fr", "Bonjour"}, {"es", "Hola"}};
    const auto found = greetings.find(input.value("language", "en"));
    const auto greeting = found == greetings.end() ? "Hello" : found->second;
    return {{"message", greeting + ", " + input.value("name", "world") + "!"}};
}
