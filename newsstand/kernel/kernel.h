/* The compiled kernel of Newsstand: bytes in, hashed n-grams, scores and fitted weights out.
 *
 * ngrams.c   text to tokens, tokens to hashed n-grams
 * score.c    n-grams to the scores of every label, and what each token added to them
 * fit.c      one linear support vector machine per label, all of them in one walk over the corpus
 *
 * Called through ctypes (see __init__.py), so it needs no Python headers and the GIL is free while it runs. Sums are
 * kept label by label and never reordered, so every build and any number of threads gives the same bits.
 */
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define NS_API __declspec(dllexport)
#else
#define NS_API __attribute__((visibility("default")))
#endif

/* Wide vectors where the processor has them; the same results either way, since contraction to FMA is off. */
#if defined(__x86_64__) && defined(__linux__)
#define NS_WIDE __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define NS_WIDE
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

/* Scratch space of one thread; grows, is never shared. */
typedef struct {
    ns_alphabet alphabet;
    ns_token *tokens;   /* of the document at hand, those of its title first */
    uint32_t in_title;
    size_t token_room;
    uint32_t *ids, *rows;
    float *factors;
    size_t id_room;
    uint32_t *seen; /* open addressing: id + 1 and its count, for distinct ids without a vocabulary */
    size_t seen_room;
    uint32_t *counts; /* per row of the vocabulary, zero between calls */
    size_t count_room;
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

int ns_room(ns_scratch *s, size_t bytes);
uint32_t ns_find(const ns_vocabulary *v, uint32_t id);
#define NS_ABSENT UINT32_MAX
