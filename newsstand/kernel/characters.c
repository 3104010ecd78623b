/* Words to hashed n-grams of their characters, over the tokens of ngrams.c. */
#include "kernel.h"

enum { BEGIN = 2, END = 3 }; /* stand around a word: control characters, which no word has */
static const uint64_t SALT = 0x6c62272e07bb0142u;

/* The last characters of a word, the latest at [read % NS_MAX_CHARACTERS]. */
typedef struct {
    uint32_t last[NS_MAX_CHARACTERS], read;
} window;

/* Takes the next character of a word; once there are n, each makes an n-gram. Returns where the ids end. */
static size_t push(ns_scratch *s, window *w, uint32_t c, uint32_t n, uint32_t id_bits, size_t at) {
    w->last[w->read++ % NS_MAX_CHARACTERS] = c;
    if (w->read < n) return at;
    uint64_t hash = SALT;
    for (uint32_t i = w->read - n; i < w->read; i++) hash = (hash ^ w->last[i % NS_MAX_CHARACTERS]) * NS_FNV_PRIME;
    s->ids[at] = ns_finish(hash, id_bits);
    return at + 1;
}

/* Takes the folded form of a code point, as the tokeniser folds it. */
static size_t push_folded(ns_scratch *s, window *w, uint32_t c, uint32_t n, uint32_t id_bits, size_t at) {
    if (c < 0x80) return push(s, w, c | 0x20, n, id_bits, at);
    const ns_alphabet a = s->alphabet;
    uint32_t entry = a.entries[((size_t)a.pages[c >> 8] << 8) | (c & 255)];
    if (entry >> 24 == NS_IGNORED) return at;
    if (!(entry & 0xffffff)) return push(s, w, c, n, id_bits, at);
    const uint8_t *form = a.pool + (entry & 0xffffff), *byte = form + 2, *stop = byte + form[1];
    while (byte < stop) {
        int step;
        at = push(s, w, ns_decode(byte, stop, &step), n, id_bits, at);
        byte += step;
    }
    return at;
}

/* Ids of the character n-grams of one field's words, from s->ids[at] on; s->ends gets where those of each word end. Returns where
 * they end. A word that is no longer than one n-gram has none, since it says no more than the word. */
size_t ns_character_ids(ns_scratch *s, const uint8_t *text, size_t length, size_t first, size_t count, uint32_t id_bits, uint32_t n, size_t at) {
    const uint8_t *p = text, *stop = text + length;
    uint32_t place = 0;
    for (size_t i = first; i < first + count; i++) {
        window w = {.read = 0};
        size_t begun = at = push(s, &w, BEGIN, n, id_bits, at);
        while (place < s->tokens[i].end) {
            int step;
            uint32_t c = ns_decode(p, stop, &step);
            if (place >= s->tokens[i].start) at = push_folded(s, &w, c, n, id_bits, at);
            p += step, place++;
        }
        at = push(s, &w, END, n, id_bits, at);
        at -= at == begun + 1;
        s->ends[i] = (uint32_t)at;
    }
    return at;
}
