/* N-grams to the scores of every label, and what each token added to them. */
#include "kernel.h"
#include <math.h>
#include <string.h>

ptrdiff_t ns_count_rows(ns_scratch *s, const ns_vocabulary *v, const uint8_t *title, size_t title_length,
                        const uint8_t *text, size_t text_length, uint32_t *words);

static inline const ns_row *row_at(const ns_table *t, uint32_t row) {
    return (const ns_row *)(t->rows + (size_t)row * t->stride);
}

static inline float value_of(const ns_table *t, const ns_row *row, uint32_t count) {
    return (count < 256 ? t->log_count[count] : 1.0f + logf((float)count)) * row->idf;
}

enum { TILE = 64 }; /* rows that are weighed and then added, while they are in the nearest cache */

/* Asks for a row's cache lines. */
static inline void fetch_row(const ns_table *t, uint32_t row) {
    const uint8_t *ahead = t->rows + (size_t)row * t->stride;
    for (uint32_t byte = 0; byte < t->stride; byte += 64) __builtin_prefetch(ahead + byte);
    __builtin_prefetch(ahead + t->stride - 1);
}

/* What the rows of a tile are multiplied with, into s->factors; clears their counts. Returns the sum of their squares. */
static double weigh_rows(ns_scratch *s, const ns_table *t, ptrdiff_t first, ptrdiff_t stop, ptrdiff_t found, double squares) {
    for (ptrdiff_t i = first; i < stop; i++) {
        if (i + NS_AHEAD < found) fetch_row(t, s->rows[i + NS_AHEAD]);
        const ns_row *row = row_at(t, s->rows[i]);
        float value = value_of(t, row, s->counts[s->rows[i]]);
        s->counts[s->rows[i]] = 0;
        s->factors[i] = value * row->scale;
        squares += (double)value * value;
    }
    return squares;
}

/* Adds up width weights of some rows. Inlined with a constant width, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void add_block(const ns_scratch *s, const ns_table *t, ptrdiff_t first, ptrdiff_t stop,
                                                            float *scores, uint32_t from, const uint32_t width) {
    float sums[64];
    for (uint32_t l = 0; l < width; l++) sums[l] = scores[from + l];
    for (ptrdiff_t i = first; i < stop; i++) {
        const int8_t *weights = row_at(t, s->rows[i])->weights + from;
        float factor = s->factors[i];
        for (uint32_t l = 0; l < width; l++) sums[l] += factor * (float)weights[l];
    }
    for (uint32_t l = 0; l < width; l++) scores[from + l] = sums[l];
}

static void add_rows(const ns_scratch *s, const ns_table *t, ptrdiff_t first, ptrdiff_t stop, float *scores) {
    uint32_t from = 0;
    for (; from + 64 <= t->lanes; from += 64) add_block(s, t, first, stop, scores, from, 64);
    if (from + 32 <= t->lanes) add_block(s, t, first, stop, scores, from, 32), from += 32;
    if (from + 24 <= t->lanes) add_block(s, t, first, stop, scores, from, 24), from += 24;
    if (from + 16 <= t->lanes) add_block(s, t, first, stop, scores, from, 16), from += 16;
    if (from + 8 <= t->lanes) add_block(s, t, first, stop, scores, from, 8);
}

/* Scores without intercepts: the cosine-normalised, idf- and log-count-weighted n-grams times the weights.
 *
 * scores has room for lanes floats. words gets the number of words of both fields.
 * Returns the length of the document's vector before it was normalised, or -1 when memory ran out. */
NS_API float ns_score(ns_scratch *s, const ns_vocabulary *v, const ns_table *t, const uint8_t *title, size_t title_length,
                      const uint8_t *text, size_t text_length, float *scores, uint32_t *words) {
    ptrdiff_t found = ns_count_rows(s, v, title, title_length, text, text_length, words);
    if (found < 0) return -1.0f;
    double squares = 0;
    memset(scores, 0, t->lanes * sizeof *scores);
    for (ptrdiff_t i = 0; i < NS_AHEAD && i < found; i++) fetch_row(t, s->rows[i]);
    for (ptrdiff_t first = 0; first < found; first += TILE) {
        ptrdiff_t stop = first + TILE < found ? first + TILE : found;
        squares = weigh_rows(s, t, first, stop, found, squares);
        add_rows(s, t, first, stop, scores);
    }
    float norm = (float)sqrt(squares), inverse = norm > 0 ? 1.0f / norm : 0.0f;
    for (uint32_t l = 0; l < t->lanes; l++) scores[l] *= inverse;
    return norm;
}

/* Adds to the contributions of tokens what the ids from first on, of n-grams of characters, add to the scores of chosen labels. */
static void explain_characters(const ns_scratch *s, const ns_vocabulary *v, const ns_table *t, size_t first, size_t n_tokens, float inverse,
                               const uint32_t *labels, uint32_t n_labels, float *contributions) {
    for (size_t token = 0; token < n_tokens; first = s->ends[token++]) {
        float occurrence = token < s->in_title ? (float)v->title_weight : 1.0f;
        for (size_t at = first; at < s->ends[token]; at++) {
            uint32_t number = ns_find(v, s->ids[at]);
            if (number >= v->n_rows) continue;
            const ns_row *row = row_at(t, number);
            float share = value_of(t, row, s->counts[number]) * row->scale * inverse * occurrence / (float)s->counts[number];
            for (uint32_t l = 0; l < n_labels; l++) contributions[token * n_labels + l] += share * (float)row->weights[labels[l]];
        }
    }
}

/* What each token added to the scores of chosen labels: shares of n-grams are split evenly over their tokens, so the
 * contributions of all tokens add up to the score.
 *
 * spans: 2 per token, those of the title first; contributions: n_labels per token. in_title gets the title's tokens. Returns
 * the number of tokens, or -1. */
NS_API ptrdiff_t ns_explain(ns_scratch *s, const ns_vocabulary *v, const ns_table *t, const uint8_t *title, size_t title_length,
                            const uint8_t *text, size_t text_length, const uint32_t *labels, uint32_t n_labels,
                            uint32_t *spans, float *contributions, uint32_t *in_title) {
    uint32_t words;
    ptrdiff_t found = ns_count_rows(s, v, title, title_length, text, text_length, &words);
    if (found < 0) return -1;
    double squares = 0;
    for (ptrdiff_t i = 0; i < found; i++) {
        float value = value_of(t, row_at(t, s->rows[i]), s->counts[s->rows[i]]);
        squares += (double)value * value;
    }
    float inverse = squares > 0 ? 1.0f / (float)sqrt(squares) : 0.0f;
    memset(contributions, 0, (size_t)words * n_labels * sizeof *contributions);
    *in_title = s->in_title;
    size_t at = 0;
    for (size_t n_tokens = 0; n_tokens < words; n_tokens++) {
        int of_title = n_tokens < s->in_title;
        size_t before = of_title ? n_tokens : n_tokens - s->in_title; /* tokens of its field before it */
        float occurrence = of_title ? (float)v->title_weight : 1.0f;
        spans[2 * n_tokens] = s->tokens[n_tokens].start, spans[2 * n_tokens + 1] = s->tokens[n_tokens].end;
        for (uint32_t n = 0; n < v->max_n && n <= before; n++, at++) {
            uint32_t number = ns_find(v, s->ids[at]);
            if (number >= v->n_rows) continue;
            const ns_row *row = row_at(t, number);
            uint32_t count = s->counts[number];
            float share = value_of(t, row, count) * row->scale * inverse * occurrence / (float)count / (float)(n + 1);
            for (uint32_t l = 0; l < n_labels; l++) {
                float part = share * (float)row->weights[labels[l]];
                for (uint32_t back = 0; back <= n; back++) contributions[(n_tokens - back) * n_labels + l] += part;
            }
        }
    }
    if (v->char_n) explain_characters(s, v, t, at, words, inverse, labels, n_labels, contributions);
    for (ptrdiff_t i = 0; i < found; i++) s->counts[s->rows[i]] = 0;
    return (ptrdiff_t)words;
}

/* Keeps the most passages with the largest weight either way, strongest first, earlier ones first where they are equal. */
static void keep(ns_passage *kept, uint32_t most, ns_passage passage) {
    uint32_t at = most;
    while (at && fabsf(kept[at - 1].weight) < fabsf(passage.weight)) at--;
    if (at == most) return;
    memmove(kept + at + 1, kept + at, (most - at - 1) * sizeof *kept);
    kept[at] = passage;
}

/* The strongest passages of one field for one label; a column of the contributions, stride apart. */
static void passages_of_field(const uint32_t *spans, const float *column, uint32_t stride, uint32_t from, uint32_t to,
                              float slope, float least_share, uint32_t field, uint32_t most, ns_passage *kept) {
    float strongest = 0;
    for (uint32_t i = from; i < to; i++) strongest = fmaxf(strongest, fabsf(column[(size_t)i * stride] * slope));
    float floor = least_share * strongest;
    ns_passage open = {field, 0, 0, 0};
    int sign = 0;
    for (uint32_t i = from; i < to; i++) {
        float weight = column[(size_t)i * stride] * slope;
        int side = (weight > floor) - (weight < -floor);
        if (side != sign) {
            if (sign) keep(kept, most, open);
            open = (ns_passage){field, spans[2 * i], 0, 0};
        }
        sign = side, open.end = spans[2 * i + 1], open.weight += weight;
    }
    if (sign) keep(kept, most, open);
}

/* For each label, the runs of neighbouring tokens that push it the same way, the strongest first.
 *
 * A token that adds at most least_share of what the strongest of its field adds ends a run. slopes: what a label's contributions are multiplied with.
 * out: most per label, of weight 0 where there are no more. */
NS_API void ns_passages(const uint32_t *spans, const float *contributions, uint32_t in_title, uint32_t n_tokens, const float *slopes,
                        uint32_t n_labels, float least_share, uint32_t most, ns_passage *out) {
    memset(out, 0, (size_t)n_labels * most * sizeof *out);
    for (uint32_t l = 0; l < n_labels; l++) {
        ns_passage *kept = out + (size_t)l * most;
        passages_of_field(spans, contributions + l, n_labels, 0, in_title, slopes[l], least_share, 0, most, kept);
        passages_of_field(spans, contributions + l, n_labels, in_title, n_tokens, slopes[l], least_share, 1, most, kept);
    }
}
