/* Text to what a scorer of stances knows of its words; the same as the regular expressions of newsstand/stance/words.py, which
 * read what this cannot: letters beyond those that its lexicon has. */
#include "kernel.h"

enum { UNREADABLE = 0, SPACE, MARK, LETTER, JOINER }; /* JOINER: _, which is part of words */
enum { NEGATION = NS_NEGATION, STOP = NS_STOP, QUOTE = NS_QUOTE, OPENING = NS_OPENING, CLOSING = NS_CLOSING, CONTENT = NS_CONTENT, WORD = NS_WORD };
enum { APOSTROPHE = '\'', TYPED_APOSTROPHE = 0x2019, MAX_GAP = 3, LONGEST_INITIAL = 2 };

static inline uint32_t crc_byte(uint32_t crc, uint8_t byte) {
    static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    crc = nibble[(crc ^ byte) & 15] ^ crc >> 4;
    return nibble[(crc ^ (uint32_t)byte >> 4) & 15] ^ crc >> 4;
}

/* CRC-32 (as of zlib) of letters in UTF-8, going on from that of those before them; inverted at start and end. */
static uint32_t crc_letters(uint32_t crc, const uint16_t *letters, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t c = letters[i];
        if (c < 0x80) {
            crc = crc_byte(crc, (uint8_t)c);
        } else if (c < 0x800) {
            crc = crc_byte(crc_byte(crc, (uint8_t)(0xc0 | c >> 6)), (uint8_t)(0x80 | (c & 0x3f)));
        } else {
            crc = crc_byte(crc_byte(crc, (uint8_t)(0xe0 | c >> 12)), (uint8_t)(0x80 | (c >> 6 & 0x3f)));
            crc = crc_byte(crc, (uint8_t)(0x80 | (c & 0x3f)));
        }
    }
    return crc;
}

static int ends(const uint16_t *word, size_t count, const char *ending, size_t length) {
    if (count < length) return 0;
    for (size_t i = length; i--;)
        if (word[count - length + i] != (uint8_t)ending[i]) return 0;
    return 1;
}
#define ENDS(word, count, ending) ends(word, count, ending, sizeof(ending) - 1)

/* Takes the ending of a plural off; returns the letters that are left. */
static size_t stem(uint16_t *word, size_t n) {
    if (n > 4 && ENDS(word, n, "ies")) return word[n - 3] = 'y', n - 2;
    if (n > 4 && (ENDS(word, n, "sses") || ENDS(word, n, "xes") || ENDS(word, n, "ches") || ENDS(word, n, "shes") || ENDS(word, n, "zes")))
        return n - 2;
    if (n > 3 && word[n - 1] == 's' && word[n - 2] != 's' && word[n - 2] != 'u' && word[n - 2] != 'i') return n - 1;
    return n;
}

static size_t root(const ns_lexicon *x, uint16_t *word, size_t n) {
    n = stem(word, n);
    for (const char *ending = x->endings; *ending; ending += *ending + 1) {
        size_t length = (size_t)*ending;
        if (word[n - 1] == (uint8_t)ending[length] && n >= length + 3 && ends(word, n, ending + 1, length)) {
            n -= length;
            break;
        }
    }
    return n > 3 && word[n - 1] == word[n - 2] ? n - 1 : n;
}

static int among(const uint32_t *hashes, uint32_t count, uint32_t hash) {
    uint32_t low = 0;
    while (count > 1) {
        uint32_t half = count / 2;
        if (hashes[low + half] <= hash) low += half;
        count -= half;
    }
    return count && hashes[low] == hash;
}

static uint32_t flag_of_mark(uint32_t c) {
    switch (c) {
    case '.': case ';': case '!': case '?': case ',': return STOP;
    case '"': return QUOTE;
    case 0x201c: return OPENING;
    case 0x201d: return CLOSING;
    default: return 0;
    }
}

static ns_word known(const ns_lexicon *x, uint16_t *word, size_t n, uint32_t start) {
    if (n > 2 && word[n - 2] == APOSTROPHE && word[n - 1] == 's') n -= 2;
    ns_word w = {.start = start, .raw = ~crc_letters(~0u, word, n)};
    if (x->kinds[word[0]] == LETTER) w.flags = among(x->stop_words, x->n_stop_words, w.raw) ? WORD : WORD | CONTENT;
    if (among(x->negations, x->n_negations, w.raw) || ENDS(word, n, "n't")) w.flags |= NEGATION;
    if (n == 1) w.flags |= flag_of_mark(word[0]);
    if (w.flags & WORD && n > 4) {
        uint32_t brief = crc_letters(crc_byte(~0u, '^'), word, 4);
        w.brief = ~brief, w.longer = ~crc_letters(brief, word + 4, 1);
    }
    w.root = w.flags & CONTENT ? ~crc_letters(~0u, word, root(x, word, n)) : w.raw;
    return w;
}

/* The letters of a text, lower-case, in s->letters; returns how many, -1 when memory ran out, -2 where one is unreadable. */
static ptrdiff_t read_letters(ns_scratch *s, const ns_lexicon *x, const uint8_t *text, size_t length) {
    if (!ns_grow((void **)&s->letters, &s->letter_room, length + 1, sizeof *s->letters)) return -1;
    const uint8_t *p = text, *stop = text + length;
    size_t count = 0;
    while (p < stop) {
        int step;
        uint32_t c = ns_decode(p, stop, &step);
        if (c >= x->n_letters || x->kinds[c] == UNREADABLE) return -2;
        s->letters[count++] = x->lower[c], p += step;
    }
    return (ptrdiff_t)count;
}

#define IN_WORD(i) ((i) < n && x->kinds[letters[i]] >= LETTER)
#define IS_APOSTROPHE(c) ((c) == APOSTROPHE || (c) == TYPED_APOSTROPHE)

/* The first words of a text, at most room, punctuation marks each by itself. Returns how many, -1 or -2 as above. */
NS_API ptrdiff_t ns_words(ns_scratch *s, const ns_lexicon *x, const uint8_t *text, size_t length, ns_word *out, size_t room) {
    ptrdiff_t count = read_letters(s, x, text, length);
    if (count < 0) return count;
    uint16_t *letters = s->letters;
    size_t found = 0, n = (size_t)count;
    for (size_t at = 0; at < n && found < room;) {
        size_t start = at;
        if (IN_WORD(at)) {
            while (IN_WORD(at)) {
                at++;
                if (at < n && IS_APOSTROPHE(letters[at]) && IN_WORD(at + 1)) letters[at++] = APOSTROPHE;
            }
        } else if (x->kinds[letters[at++]] == SPACE) {
            continue;
        } else if (letters[start] == TYPED_APOSTROPHE) {
            letters[start] = APOSTROPHE;
        }
        out[found++] = known(x, letters + start, at - start, (uint32_t)start);
    }
    return (ptrdiff_t)found;
}

/* Whether what stands from one word to the next lets them be parts of one name; hashed is the word before. */
static int adjoins(const ns_lexicon *x, const uint16_t *gap, size_t length, size_t letters_before, uint32_t hashed) {
    if (length > MAX_GAP) return 0;
    int dots = 0, lines = 0;
    for (size_t i = 0; i < length; i++) {
        uint16_t c = gap[i];
        if (c == ',' || c == ';' || c == ':' || c == '!' || c == '?') return 0;
        dots += c == '.', lines = c == '\n' ? lines + 1 : x->kinds[c] == SPACE ? lines : 0;
        if (lines > 1) return 0;
    }
    return !dots || letters_before <= LONGEST_INITIAL || among(x->shortened, x->n_shortened, hashed);
}

/* The words of a text without a possessive 's, as Reading in newsstand/stance/reading.py has them, at most room. Returns how many, -1 or -2. */
NS_API ptrdiff_t ns_places(ns_scratch *s, const ns_lexicon *x, const uint8_t *text, size_t length, ns_place *out, size_t room) {
    ptrdiff_t count = read_letters(s, x, text, length);
    if (count < 0) return count;
    uint16_t *letters = s->letters;
    size_t found = 0, n = (size_t)count, before = 0, behind = 0;
    uint32_t hashed = 0;
    for (size_t at = 0; at < n && found < room;) {
        if (!IN_WORD(at)) {
            int possessive = IS_APOSTROPHE(letters[at]) && at + 1 < n && letters[at + 1] == 's' && !IN_WORD(at + 2);
            if (possessive) letters[at] = letters[at + 1] = ' ';
            at += possessive ? 2 : 1;
            continue;
        }
        size_t start = at;
        while (IN_WORD(at)) at++;
        int joined = found && adjoins(x, letters + behind, start - behind, behind - before, hashed);
        hashed = ~crc_letters(~0u, letters + start, at - start);
        uint16_t third = at - start > 2 ? letters[at - 3] : 0; /* what stem changes */
        size_t left = stem(letters + start, at - start);
        uint32_t stemmed = left == at - start ? hashed : ~crc_letters(~0u, letters + start, left);
        if (third) letters[at - 3] = third;
        out[found++] = (ns_place){stemmed, (uint32_t)start, (uint32_t)at, (uint32_t)joined};
        before = start, behind = at;
    }
    return (ptrdiff_t)found;
}

/* Where a text has phrases: pairs of the number of a phrase and the position of its first word. stems: of all phrases one after
 * another, the phrases ascending by their first; ends: where each begins, then the end. Returns how many there are, also beyond room. */
NS_API ptrdiff_t ns_find_phrases(const ns_place *places, size_t n_places, const uint32_t *stems, const uint32_t *ends, uint32_t n_phrases,
                                 uint32_t *out, size_t room) {
    size_t found = 0;
    for (size_t at = 0; at < n_places; at++) {
        uint32_t low = 0, high = n_phrases;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            if (stems[ends[middle]] < places[at].stem) low = middle + 1;
            else high = middle;
        }
        for (; low < n_phrases && stems[ends[low]] == places[at].stem; low++) {
            uint32_t length = ends[low + 1] - ends[low], i = 1;
            if (length > n_places - at) continue;
            while (i < length && places[at + i].stem == stems[ends[low] + i] && places[at + i].adjoins) i++;
            if (i < length) continue;
            if (found < room) out[2 * found] = low, out[2 * found + 1] = (uint32_t)at;
            found++;
        }
    }
    return (ptrdiff_t)found;
}
