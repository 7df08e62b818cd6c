// {{name}}: takes JSON, returns JSON.
//
//   nil deploy {{name}}
//   nil invoke {{name}} '{"name": "Ada"}'

#include "nil.hpp"

using nlohmann::json;

// Called with the input, an object. What it returns is the output; nil::error("…") fails the execution.
json handle(const json &input) {
    const auto name = input.value("name", "world");
    std::printf("greeting %s\n", name.c_str());
    return {{"message", "Hello, " + name + "!"}};
}
