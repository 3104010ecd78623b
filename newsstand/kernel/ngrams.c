/* Text to tokens, tokens to hashed n-grams. Any bytes are legal: malformed UTF-8 separates words. */
#include "kernel.h"
#include <stdlib.h>
#include <string.h>

#define FNV_PRIME NS_FNV_PRIME
static const uint64_t FNV_OFFSET = 0xcbf29ce484222325u, PAIR = 0x9e3779b97f4a7c15u;

NS_API ns_scratch *ns_scratch_new(const uint16_t *pages, const uint32_t *entries, const uint8_t *pool) {
    ns_scratch *s = calloc(1, sizeof *s);
    if (s) s->alphabet = (ns_alphabet){pages, entries, pool};
    return s;
}

NS_API void ns_scratch_free(ns_scratch *s) {
    if (!s) return;
    free(s->tokens), free(s->ends), free(s->ids), free(s->rows), free(s->factors), free(s->seen), free(s->counts);
    free(s->letters), free(s->marks), free(s->features);
    free(s);
}

int ns_grow(void **buffer, size_t *room, size_t wanted, size_t size) {
    if (*room >= wanted) return 1;
    void *larger = realloc(*buffer, wanted * size);
    if (!larger) return 0;
    *buffer = larger, *room = wanted;
    return 1;
}

/* Make room for the tokens and ids of a document of that many bytes: at most one token a byte, three ids a token; or six ids a byte,
 * since no code point folds to more characters a byte (U+FDFA: three bytes, 15 characters). */
int ns_room(ns_scratch *s, size_t bytes, uint32_t char_n) {
    size_t tokens = bytes + 2, ids = (char_n ? 6 : 3) * tokens;
    if (char_n && !ns_grow((void **)&s->ends, &s->end_room, tokens, sizeof *s->ends)) return 0;
    if (!ns_grow((void **)&s->tokens, &s->token_room, tokens, sizeof *s->tokens)) return 0;
    if (s->id_room >= ids) return 1;
    size_t room = s->id_room, same = s->id_room;
    if (!ns_grow((void **)&s->rows, &room, ids, sizeof *s->rows)) return 0;
    if (!ns_grow((void **)&s->factors, &same, ids, sizeof *s->factors)) return 0;
    return ns_grow((void **)&s->ids, &s->id_room, ids, sizeof *s->ids);
}

#define EACH_BYTE(byte) ((uint64_t)(byte)*0x0101010101010101u)

/* Eight bytes of a text, the first of them lowest; zeros behind its end. */
static inline uint64_t load_eight(const uint8_t *p, size_t there) {
    uint64_t eight = 0;
    if (there >= 8) memcpy(&eight, p, 8);
    else memcpy(&eight, p, there);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    eight = __builtin_bswap64(eight);
#endif
    return eight;
}

/* How many of the eight bytes are ASCII letters or digits before the first that is none. No sum carries into the next byte. */
static inline uint32_t plain_letters(uint64_t eight) {
    uint64_t low = eight & EACH_BYTE(0x7f), small = low | EACH_BYTE(0x20);
    uint64_t letter = (small + EACH_BYTE(0x80 - 'a')) & ~(small + EACH_BYTE(0x7f - 'z'));
    uint64_t digit = (low + EACH_BYTE(0x80 - '0')) & ~(low + EACH_BYTE(0x7f - '9'));
    uint64_t others = (~(letter | digit) | eight) & EACH_BYTE(0x80);
    return others ? (uint32_t)__builtin_ctzll(others) / 8 : 8;
}

/* What a hash is multiplied with after each of eight bytes of which the last so many do not count. It always takes eight steps,
 * since nobody can predict how many letters come. */
#define P FNV_PRIME
static const uint64_t factors[8][8] = {{P, P, P, P, P, P, P, P}, {P, P, P, P, P, P, P, 1}, {P, P, P, P, P, P, 1, 1}, {P, P, P, P, P, 1, 1, 1},
                                       {P, P, P, P, 1, 1, 1, 1}, {P, P, P, 1, 1, 1, 1, 1}, {P, P, 1, 1, 1, 1, 1, 1}, {P, 1, 1, 1, 1, 1, 1, 1}};
#undef P

/* Words of two folded letters or more, and ideographs and emoji one by one. Returns how many; they are in s->tokens, from
 * the one called first on. */
static size_t tokenise(ns_scratch *s, const uint8_t *text, size_t length, size_t first) {
    const uint8_t *p = text, *stop = text + length;
    ns_token *out = s->tokens + first;
    uint64_t hash = FNV_OFFSET;
    uint32_t at = 0, start = 0, end = 0, letters = 0;
    const ns_alphabet a = s->alphabet;
    while (p < stop) {
        uint64_t eight = load_eight(p, (size_t)(stop - p));
        uint32_t run = plain_letters(eight);
        if (run) { /* the common case */
            const uint64_t *factor = factors[8 - run];
            uint64_t folded = (eight | EACH_BYTE(0x20)) & ~(uint64_t)0 >> 8 * (8 - run);
            for (int i = 0; i < 8; i++, folded >>= 8) hash = (hash ^ (folded & 0xff)) * factor[i];
            start = letters ? start : at;
            letters += run, end = at += run, p += run;
            if (run == 8 || p == stop) continue;
        }
        if (*p < 0x80) {
            p++, at++;
        } else {
            int step;
            uint32_t c = ns_decode(p, stop, &step);
            uint32_t entry = a.entries[((size_t)a.pages[c >> 8] << 8) | (c & 255)], kind = entry >> 24;
            p += step, at++;
            if (kind == NS_IGNORED) {
                if (letters) end = at;
                continue;
            }
            const uint8_t *form = a.pool + (entry & 0xffffff), *bytes = form + 2;
            int n_letters = form[0], n_bytes = form[1];
            if (!(entry & 0xffffff)) bytes = p - step, n_letters = 1, n_bytes = step; /* folds to itself */
            if (kind == NS_LETTER) {
                if (!letters) start = at - 1;
                for (int i = 0; i < n_bytes; i++) hash = (hash ^ bytes[i]) * FNV_PRIME;
                letters += n_letters, end = at;
                continue;
            }
            if (kind == NS_ALONE) {
                if (letters > 1) *out++ = (ns_token){hash, start, end};
                hash = FNV_OFFSET;
                for (int i = 0; i < n_bytes; i++) hash = (hash ^ bytes[i]) * FNV_PRIME;
                letters = 2, start = at - 1, end = at; /* closed below: it stands alone */
            }
        }
        *out = (ns_token){hash, start, end}, out += letters > 1;
        hash = FNV_OFFSET, letters = 0;
    }
    *out = (ns_token){hash, start, end}, out += letters > 1;
    return (size_t)(out - s->tokens) - first;
}

/* Ids of one field's n-grams from s->ids[at] on; returns where they end. The n-grams that end at a token stand together. */
static size_t field_ids(ns_scratch *s, size_t first, size_t count, uint32_t id_bits, uint32_t max_n, size_t at) {
    const ns_token *t = s->tokens + first;
    uint32_t *ids = s->ids;
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = t[i].hash;
        ids[at++] = ns_finish(hash, id_bits);
        for (uint32_t n = 1; n < max_n && n <= i; n++) {
            hash = (hash ^ (t[i - n].hash * PAIR)) * FNV_PRIME + n;
            ids[at++] = ns_finish(hash, id_bits);
        }
    }
    return at;
}

/* A document's tokens and n-grams: those of the title first, then those of the text. */
typedef struct {
    size_t words, words_in_title;
    size_t ids_in_title, ids, all_in_title, all; /* of n-grams of words, then of characters: each of the title, then of the text */
} ns_walk;

static ns_walk walk(ns_scratch *s, const uint8_t *title, size_t title_length, const uint8_t *text, size_t text_length,
                    uint32_t id_bits, uint32_t max_n, uint32_t char_n) {
    ns_walk w;
    w.words_in_title = tokenise(s, title, title_length, 0);
    w.words = w.words_in_title + tokenise(s, text, text_length, w.words_in_title);
    w.ids_in_title = field_ids(s, 0, w.words_in_title, id_bits, max_n, 0);
    w.ids = field_ids(s, w.words_in_title, w.words - w.words_in_title, id_bits, max_n, w.ids_in_title);
    w.all_in_title = w.all = w.ids;
    if (char_n) {
        w.all_in_title = ns_character_ids(s, title, title_length, 0, w.words_in_title, id_bits, char_n, w.ids);
        w.all = ns_character_ids(s, text, text_length, w.words_in_title, w.words - w.words_in_title, id_bits, char_n, w.all_in_title);
    }
    s->in_title = (uint32_t)w.words_in_title;
    return w;
}

/* Tokens of one text, for callers that want to see them. Returns the count, or -1 when memory ran out. */
NS_API ptrdiff_t ns_tokens(ns_scratch *s, const uint8_t *text, size_t length, uint32_t *spans, size_t room) {
    if (!ns_room(s, length, 0)) return -1;
    size_t count = tokenise(s, text, length, 0);
    for (size_t i = 0; i < count && i < room; i++) spans[2 * i] = s->tokens[i].start, spans[2 * i + 1] = s->tokens[i].end;
    return (ptrdiff_t)count;
}

/* Distinct ids of a document and how often each occurs, in order of first occurrence. Returns how many, or -1. */
NS_API ptrdiff_t ns_distinct(ns_scratch *s, const uint8_t *title, size_t title_length, const uint8_t *text, size_t text_length,
                             uint32_t id_bits, uint32_t max_n, uint32_t char_n, uint32_t title_weight, uint32_t *out_ids,
                             uint32_t *out_counts) {
    if (!ns_room(s, title_length + text_length, char_n)) return -1;
    ns_walk w = walk(s, title, title_length, text, text_length, id_bits, max_n, char_n);
    size_t slots = 64;
    while (slots < 2 * w.all) slots *= 2;
    if (!ns_grow((void **)&s->seen, &s->seen_room, slots, sizeof *s->seen)) return -1;
    memset(s->seen, 0, slots * sizeof *s->seen);
    uint32_t found = 0;
    for (size_t i = 0; i < w.all; i++) {
        size_t slot = s->ids[i] & (slots - 1);
        while (s->seen[slot] && out_ids[s->seen[slot] - 1] != s->ids[i]) slot = (slot + 1) & (slots - 1);
        if (!s->seen[slot]) {
            out_ids[found] = s->ids[i], out_counts[found] = 0;
            s->seen[slot] = ++found;
        }
        out_counts[s->seen[slot] - 1] += i < w.ids_in_title || (i >= w.ids && i < w.all_in_title) ? title_weight : 1;
    }
    return found;
}

static void take_minima(const uint32_t *restrict ids, size_t count, const uint32_t *restrict factors, uint32_t n_factors,
                                uint32_t *restrict minima) {
    for (size_t i = 0; i < count; i++)
        for (uint32_t f = 0; f < n_factors; f++) {
            uint32_t multiple = ids[i] * factors[f];
            minima[f] = multiple < minima[f] ? multiple : minima[f];
        }
}

/* The least of the multiples of a text's n-gram ids, for each factor (MinHash). Returns the number of n-grams, or -1. */
NS_API ptrdiff_t ns_minima(ns_scratch *s, const uint8_t *text, size_t length, uint32_t id_bits, uint32_t max_n,
                           const uint32_t *factors, uint32_t n_factors, uint32_t *minima) {
    if (!ns_room(s, length, 0)) return -1;
    ns_walk w = walk(s, text, 0, text, length, id_bits, max_n, 0);
    memset(minima, 0xff, n_factors * sizeof *minima);
    take_minima(s->ids, w.ids, factors, n_factors, minima);
    return (ptrdiff_t)w.ids;
}

/* Add one to the document frequency of each distinct id, up to 255. */
NS_API void ns_count_documents(const uint32_t *ids, size_t count, uint8_t *frequency) {
    for (size_t i = 0; i < count; i++) frequency[ids[i]] += frequency[ids[i]] < 255;
}

enum { FAR = 128 }; /* slots between where an id belongs and where it stands, at most; 7 bits of a slot */

/* Fill the slots of a vocabulary: ids[row] stands for row. Returns 0 when an id would stand too far: take more slots. */
NS_API int ns_build_slots(const uint32_t *ids, uint32_t n_rows, uint32_t id_bits, uint32_t slot_bits, uint32_t row_bits, uint32_t *slots) {
    uint32_t mask = (1u << slot_bits) - 1;
    memset(slots, 0xff, ((size_t)mask + 1) * sizeof *slots);
    for (uint32_t row = 0; row < n_rows; row++) {
        uint32_t far = 0;
        while (far < FAR && slots[(ids[row] + far) & mask] != UINT32_MAX) far++;
        uint32_t slot = (far << (id_bits - slot_bits) | ids[row] >> slot_bits) << row_bits | row;
        if (far == FAR || slot == UINT32_MAX) return 0;
        slots[(ids[row] + far) & mask] = slot;
    }
    return 1;
}

uint32_t ns_find(const ns_vocabulary *v, uint32_t id) {
    uint32_t mask = (1u << v->slot_bits) - 1, high = id >> v->slot_bits;
    for (uint32_t far = 0; far < FAR; far++) {
        uint32_t slot = v->slots[(id + far) & mask];
        if (slot == UINT32_MAX) return NS_ABSENT;
        if (slot >> v->row_bits == (far << (v->id_bits - v->slot_bits) | high)) return slot & ((1u << v->row_bits) - 1);
    }
    return NS_ABSENT;
}

enum { NEAR = 8 };
typedef uint32_t near_slots __attribute__((vector_size(4 * NEAR)));

/* The row of an id, n_rows where it has none. Which ids have a row nobody can predict, so nothing branches on it. */
static inline uint32_t row_of(const ns_vocabulary *v, uint32_t id, near_slots far) {
    uint32_t size = 1u << v->slot_bits, home = id & (size - 1), row = UINT32_MAX, last = 0;
    if (home + NEAR <= size) { /* but for the last few places */
        near_slots near;
        memcpy(&near, v->slots + home, sizeof near);
        row = __builtin_reduce_min(near - (far + (id >> v->slot_bits << v->row_bits))); /* larger than any row where the id is not there */
        last = __builtin_reduce_max(near);
    }
    int elsewhere = (uint64_t)(row >> v->row_bits) * ~last != 0; /* not found, and no slot was empty; a product, since && is a branch */
    if (__builtin_expect(elsewhere, 0)) row = ns_find(v, id);
    return row < v->n_rows ? row : v->n_rows;
}

enum { BLOCK = 32 }; /* ids whose rows are looked up before they are counted, so that their counts come from memory meanwhile */

/* Adds the rows of some ids, in order of first occurrence, to those found before; returns how many there are now. Ids without
 * a row are counted in a place behind the last row. */
static uint32_t take_rows(ns_scratch *s, const ns_vocabulary *vocabulary, size_t first, size_t stop, uint32_t times, uint32_t found) {
    const ns_vocabulary v = *vocabulary;
    const uint32_t *ids = s->ids;
    uint32_t *rows = s->rows, *counts = s->counts, block[BLOCK], mask = (1u << v.slot_bits) - 1;
    near_slots far = {0, 1, 2, 3, 4, 5, 6, 7};
    far <<= v.id_bits - v.slot_bits + v.row_bits;
    for (size_t from = first; from < stop; from += BLOCK) {
        size_t count = stop - from < BLOCK ? stop - from : BLOCK;
        for (size_t i = 0; i < count; i++) {
            if (from + i + NS_AHEAD < stop) __builtin_prefetch(&v.slots[ids[from + i + NS_AHEAD] & mask]);
            block[i] = row_of(&v, ids[from + i], far);
            __builtin_prefetch(&counts[block[i]], 1);
        }
        for (size_t i = 0; i < count; i++) {
            uint32_t row = block[i];
            rows[found] = row, found += (row < v.n_rows) & !counts[row];
            counts[row] += times;
        }
    }
    return found;
}

/* Distinct rows of a document, in order of first occurrence, in s->rows; their counts in s->counts[row]. -1: no memory.
 * words gets the number of words of both fields. */
static ptrdiff_t count_rows(ns_scratch *s, const ns_vocabulary *v, const uint8_t *title, size_t title_length,
                            const uint8_t *text, size_t text_length, uint32_t *words) {
    if (!ns_room(s, title_length + text_length, v->char_n)) return -1;
    if (s->count_room <= v->n_rows) {
        free(s->counts);
        s->counts = calloc((size_t)v->n_rows + 1, sizeof *s->counts);
        s->count_room = s->counts ? (size_t)v->n_rows + 1 : 0;
        if (!s->counts) return -1;
    }
    ns_walk w = walk(s, title, title_length, text, text_length, v->id_bits, v->max_n, v->char_n);
    *words = (uint32_t)w.words;
    uint32_t found = take_rows(s, v, 0, w.ids_in_title, v->title_weight, 0);
    found = take_rows(s, v, w.ids_in_title, w.ids, 1, found);
    found = take_rows(s, v, w.ids, w.all_in_title, v->title_weight, found);
    found = take_rows(s, v, w.all_in_title, w.all, 1, found);
    s->counts[v->n_rows] = 0;
    return found;
}

NS_API ptrdiff_t ns_count_rows(ns_scratch *s, const ns_vocabulary *v, const uint8_t *title, size_t title_length,
                               const uint8_t *text, size_t text_length, uint32_t *words) {
    return count_rows(s, v, title, title_length, text, text_length, words);
}

/* The same for training: rows and counts are copied out and the scratch is clean again. */
NS_API ptrdiff_t ns_take_rows(ns_scratch *s, const ns_vocabulary *v, const uint8_t *title, size_t title_length,
                              const uint8_t *text, size_t text_length, int32_t *out_rows, float *out_counts) {
    uint32_t words;
    ptrdiff_t found = count_rows(s, v, title, title_length, text, text_length, &words);
    for (ptrdiff_t i = 0; i < found; i++) {
        out_rows[i] = (int32_t)s->rows[i];
        out_counts[i] = (float)s->counts[s->rows[i]];
        s->counts[s->rows[i]] = 0;
    }
    return found;
}
