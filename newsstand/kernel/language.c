/* How much of a text is function words, which tells languages apart. Splits words as Python's str.split does. */
#include "kernel.h"

static int is_space(uint32_t c) {
    if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

static int among(const uint64_t *known, uint32_t count, uint64_t word) {
    uint32_t low = 0;
    while (count > 1) {
        uint32_t half = count / 2;
        low = known[low + half] <= word ? low + half : low;
        count -= half;
    }
    return count && known[low] == word;
}

/* The share of the words in the first so many characters of a text that are known, in either case; 0 where there are no words.
 *
 * known: words of one to eight ASCII letters, ascending, the letters of each from the lowest byte on. */
NS_API double ns_known_share(const uint8_t *text, size_t length, size_t characters, const uint64_t *known, uint32_t n_known) {
    const uint8_t *p = text, *stop = text + length;
    uint64_t word = 0;
    uint32_t letters = 0, words = 0, found = 0;
    for (; p < stop && characters; characters--) {
        int step;
        uint32_t c = ns_decode(p, stop, &step);
        p += step;
        if (!is_space(c)) {
            uint32_t small = c - 'A' < 26 ? c + ('a' - 'A') : c;
            word = letters < 8 && c < 0x80 ? word | (uint64_t)small << 8 * letters : ~(uint64_t)0;
            letters++;
        } else if (letters) {
            words++, found += (uint32_t)among(known, n_known, word);
            word = 0, letters = 0;
        }
    }
    if (letters) words++, found += (uint32_t)among(known, n_known, word);
    return words ? (double)found / words : 0;
}
