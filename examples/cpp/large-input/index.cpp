// Sums up the items of a large input.

#include "nil.hpp"

using nlohmann::json;

json handle(const json &input) {
    const auto &items = input.at("items");
    std::int64_t sum = 0;
    std::size_t letters = 0;
    for (const auto &item : items) {
        sum += item.at("value").get<std::int64_t>();
        letters += item.at("name").get_ref<const std::string &>().size();
    }
    return {{"items", items.size()}, {"sum", sum}, {"letters", letters}};
}
