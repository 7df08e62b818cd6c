#include "words.h"

#include <ctype.h>

// An ASCII letter, or a byte of a character beyond ASCII.
static bool is_part_of_word(char byte) { return isalpha((unsigned char)byte) || (byte & 0x80); }

bool next_word(const char **text, char *word) {
    while (**text && !is_part_of_word(**text)) ++*text;
    if (!**text) return false;
    while (is_part_of_word(**text)) *word++ = (char)tolower((unsigned char)*(*text)++);
    *word = 0;
    return true;
}
