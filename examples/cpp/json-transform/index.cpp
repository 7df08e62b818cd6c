// Turns a list of people into an index by city.

#include "nil.hpp"

using nlohmann::json;

json handle(const json &input) {
    json cities = json::object();
    for (const auto &person : input.at("people")) {
        const auto city = person.value("address", json::object()).value("city", "unknown");
        cities[city].push_back(person.at("name"));
    }
    return {{"cities", cities}};
}
