// Adds up the lines of an order, in cents.

#include "nil.hpp"

using nlohmann::json;

json handle(const json &input) {
    const auto lines = input.value("lines", json::array());
    std::int64_t total = 0;
    for (const auto &line : lines) {
        total += line.at("cents").get<std::int64_t>() * line.at("quantity").get<std::int64_t>();
    }
    return {{"lines", lines.size()}, {"total", total}};
}
