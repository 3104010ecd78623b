/* The compiled kernel of Newsstand: bytes in, hashed n-grams, scores and fitted weights out.
 *
 * ngrams.c   text to tokens, tokens to hashed n-grams
 * characters.c  words to hashed n-grams of their characters
 * score.c    n-grams to the scores of every label, and what each token added to them
 * fit.c      one linear support vector machine per label, all of them in one walk over the corpus
 * words.c    text to the words that stances are told by
 * stance.c   words and a target to features of a stance, and its scores
 * topics.c   scores to the topics of a document
 * language.c text to how much of it is function words
 * builds.c   which of the builds of this library the processor can run
 *
 * Called through ctypes (see __init__.py), so it needs no Python headers and the GIL is free while it runs. Sums are
 * kept label by label and never reordered, and contraction to FMA is off, so every build and any number of threads gives the same bits.
 */
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define NS_API __declspec(dllexport)
#else
#define NS_API __attribute__((visibility("default")))
#endif

/* What a code point is to the tokeniser: an entry is kind << 24 | offset into the pool of folded forms. */
enum { NS_SEPARATOR = 0, NS_LETTER = 1, NS_ALONE = 2, NS_IGNORED = 3 };

typedef struct {
    const uint16_t *pages;   /* code point >> 8 to page */
    const uint32_t *entries; /* page << 8 | code point & 255 to entry */
    const uint8_t *pool;     /* folded forms: count of letters, count of bytes, UTF-8 bytes */
} ns_alphabet;

typedef struct {
    uint64_t hash;
    uint32_t start, end; /* code points */
} ns_token;

/* A word as the features of a stance have it: CRC-32 of it, of its root, of its first four and five letters (0 where it has not so
 * many), what it is, and the code point where it begins. */
typedef struct {
    uint32_t raw, root, brief, longer, flags, start;
} ns_word;

enum { NS_NEGATION = 1, NS_STOP = 2, NS_QUOTE = 4, NS_OPENING = 8, NS_CLOSING = 16, NS_CONTENT = 32, NS_WORD = 64 };

/* A word as targets are found by: CRC-32 of its stem, its code points, and whether only a space, a hyphen or the like stands before it. */
typedef struct {
    uint32_t stem, start, end, adjoins;
} ns_place;

/* What words are made of: for each code point below n_letters what it is and its lower case, and words by their hashes, sorted. */
typedef struct {
    const uint8_t *kinds;
    const uint16_t *lower;
    const char *endings; /* those that a root lacks, each after its length, a 0 behind the last; the first that fits is taken off */
    const uint32_t *stop_words, *negations, *shortened;
    uint32_t n_letters, n_stop_words, n_negations, n_shortened;
} ns_lexicon;

/* What a word means: how rare it is, how kind, and its vector times 127. */
typedef struct {
    uint32_t key;
    float idf, polarity;
    int8_t vector[];
} ns_entry;

typedef struct {
    const uint8_t *entries; /* n_words x stride bytes, each an ns_entry, stride a multiple of 4 */
    const uint32_t *keys;   /* ascending */
    uint32_t n_words, size, stride;
} ns_word_table;

typedef struct {
    const uint32_t *named, *content; /* roots of its words, and of those that tell something */
    const float *vectors;            /* of all its words together, then of each that is known; of length size */
    uint64_t hashed;
    uint32_t n_named, n_content, n_vectors; /* n_named is not 0; n_vectors is 0 where none is known */
    float tone;
} ns_target;

/* A target and a passage: where it mentions the target, from and to, and where its sentences begin, in code points of the passage. */
typedef struct {
    const ns_word *words;
    const uint32_t *mentions, *sentences;
    const ns_target *target;
    uint32_t n_words, n_mentions, n_sentences, unused;
} ns_pair;

/* A hashed feature, and the word that it belongs to. */
typedef struct {
    uint32_t word, index;
    float value;
} ns_feature;
#define NS_NO_WORD UINT32_MAX
enum { NS_FEATURES_MASK = (1 << 18) - 1, NS_FEATURES_A_WORD = 17, NS_FEATURES_A_PAIR = 5 };
enum { NS_TONES = 9, NS_LIKENESSES = 9, NS_MOST_DIMENSIONS = 256, NS_MOST_TARGET_VECTORS = 64 };

typedef struct {
    const uint16_t *hashed; /* half precision, three for each feature */
    const float *dense;     /* of the dense features, stance by stance */
    float intercept[3];
} ns_stance_weights;

/* A word of the passage at hand. */
typedef struct {
    uint64_t root, raw;    /* the same for every word of the target */
    const ns_entry *known; /* or NULL */
    int32_t distance;      /* to the nearest word of the target, negative before it */
    uint32_t sentence;
    uint8_t is_target, negated, quoted;
} ns_mark;

/* Scratch space of one thread; grows, is never shared. */
typedef struct {
    ns_alphabet alphabet;
    ns_token *tokens;   /* of the document at hand, those of its title first */
    uint32_t in_title;
    size_t token_room;
    uint32_t *ends;     /* where the ids of each token's character n-grams end */
    size_t end_room;
    uint32_t *ids, *rows; /* those of words first, title before text, then those of characters alike */
    float *factors;
    size_t id_room;
    uint32_t *seen; /* open addressing: id + 1 and its count, for distinct ids without a vocabulary */
    size_t seen_room;
    uint32_t *counts; /* per row of the vocabulary, zero between calls */
    size_t count_room;
    uint16_t *letters; /* of the passage at hand, lower-case */
    size_t letter_room;
    ns_mark *marks;
    size_t mark_room;
    ns_feature *features;
    size_t feature_room;
} ns_scratch;

/* N-grams that a model knows: a hash table over their ids, open addressing, four bytes a slot.
 *
 * The low slot_bits of an id say where it belongs; a slot holds, from the top, how far from there it stands, the other bits
 * of the id, and the row. All ones where empty. So a look-up is exact, though no slot holds a whole id. */
typedef struct {
    const uint32_t *slots;
    uint32_t slot_bits, row_bits;
    uint32_t n_rows;
    uint32_t id_bits;
    uint32_t max_n;        /* 1: words, 2: words and pairs of words, 3: … */
    uint32_t char_n;       /* characters in an n-gram inside a word; 0: there are none */
    uint32_t title_weight; /* how often an n-gram of the title counts */
} ns_vocabulary;

/* One n-gram's row: what it is worth in a document, and its weight for every label, side by side in memory. */
typedef struct {
    float idf;
    float scale; /* what one unit of a weight is worth */
    int8_t weights[];
} ns_row;

/* A passage that pushes a label, and how much. field: 0 title, 1 text. */
typedef struct {
    uint32_t field, start, end; /* code points */
    float weight;
} ns_passage;

typedef struct {
    const uint8_t *rows;    /* n_rows x stride bytes, each an ns_row */
    const float *log_count; /* 256: 1 + log(count) */
    uint32_t stride, lanes; /* bytes of a row; its weights, a multiple of 8, the labels first */
} ns_table;

/* What decides on topics. A topic's curve has the knots from knots[topic] to knots[topic + 1]. */
typedef struct {
    const float *slope, *bias;      /* log-odds of a topic by itself, before its curve */
    const double *threshold;        /* from which of these on it is given */
    const double *least;            /* from which on it or its parent is */
    const uint32_t *parents, *knots; /* its own column where it has no parent */
    const double *before, *after;
    uint32_t n_topics, unused;
} ns_topics;

/* Decode one code point at p; *step is its length in bytes. Malformed bytes decode to U+FFFD, one at a time. */
static inline uint32_t ns_decode(const uint8_t *p, const uint8_t *stop, int *step) {
    uint32_t c = *p;
    *step = 1;
    if (c < 0x80) return c;
    if (c >= 0xc2 && c < 0xe0 && stop - p > 1 && (p[1] & 0xc0) == 0x80) {
        *step = 2;
        return (c & 0x1f) << 6 | (p[1] & 0x3f);
    }
    if (c >= 0xe0 && c < 0xf0 && stop - p > 2 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        *step = 3;
        return (c & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    }
    if (c >= 0xf0 && c < 0xf5 && stop - p > 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80) {
        uint32_t wide = (c & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
        if (wide < 0x110000) {
            *step = 4;
            return wide;
        }
    }
    return 0xfffd;
}

enum { NS_AHEAD = 16 }; /* steps ahead of which memory is asked for */

int ns_grow(void **buffer, size_t *room, size_t wanted, size_t size);
enum { NS_MAX_CHARACTERS = 8 }; /* in an n-gram inside a word */
#define NS_FNV_PRIME 0x100000001b3u

/* A hash cut to an id. */
static inline uint32_t ns_finish(uint64_t h, uint32_t id_bits) {
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 32;
    return (uint32_t)(h >> (64 - id_bits));
}

int ns_room(ns_scratch *s, size_t bytes, uint32_t char_n);
size_t ns_character_ids(ns_scratch *s, const uint8_t *text, size_t length, size_t first, size_t count, uint32_t id_bits, uint32_t n, size_t at);
uint32_t ns_find(const ns_vocabulary *v, uint32_t id);
#define NS_ABSENT UINT32_MAX
