// A text, word by word.

#pragma once

#include <stdbool.h>

// Puts the next word of `*text` into `word`, in lower case, and moves `*text` behind it. False when there is none.
bool next_word(const char **text, char *word);
