// A text, word by word.
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The words of `text`, in lower case.
std::vector<std::string> words(std::string_view text);
