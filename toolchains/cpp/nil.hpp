// What a function in C++ is to its host. Precompiled: `#include "nil.hpp"`, which brings nlohmann::json, costs nothing.
#pragma once

// There are no exceptions: what the JSON library would throw ends the call as an error, with the library's words.
#define JSON_THROW_USER(exception) ::nil::detail::thrown((exception).what())
#define JSON_TRY_USER if (true)
#define JSON_CATCH_USER(exception) if (false)
#define JSON_INTERNAL_CATCH_USER(exception) if (false)

namespace nil::detail {
[[noreturn]] void thrown(const char *what);
}

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <format>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

namespace nil {

// Ends the call: the words become the execution's error.
[[noreturn]] void error(std::string_view message);

}  // namespace nil

// Yours: called with the input; what it returns is the output.
nlohmann::json handle(const nlohmann::json &input);
