// Counts the primes up to a limit with the sieve of Eratosthenes.

#include "nil.hpp"

using nlohmann::json;

json handle(const json &input) {
    const std::size_t limit = input.at("limit");
    std::vector<bool> composite(limit + 1);
    std::size_t count = 0;
    json last = nullptr;
    for (std::size_t n = 2; n <= limit; n++) {
        if (composite[n]) continue;
        count++;
        last = n;
        // Beyond the root every multiple is marked, and its square may be no std::size_t.
        if (n > limit / n) continue;
        for (std::size_t multiple = n * n; multiple <= limit; multiple += n) composite[multiple] = true;
    }
    return {{"count", count}, {"last", last}};
}
