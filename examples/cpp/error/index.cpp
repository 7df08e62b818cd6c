// Divides, and fails where that means nothing.

#include "nil.hpp"

using nlohmann::json;

json handle(const json &input) {
    const double divisor = input.at("divisor");
    if (divisor == 0) nil::error("cannot divide by zero");
    return {{"quotient", input.at("dividend").get<double>() / divisor}};
}
