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

/* What each row of a document is multiplied with, into s->factors; clears the counts. Returns the squared length of its vector. */
static double weigh_rows(ns_scratch *s, const ns_table *t, ptrdiff_t found) {
    double squares = 0;
    for (ptrdiff_t i = 0; i < found; i++) {
        if (i + 16 < found) {
            const uint8_t *ahead = t->rows + (size_t)s->rows[i + 16] * t->stride;
            for (uint32_t byte = 0; byte < t->stride; byte += 64) __builtin_prefetch(ahead + byte);
        }
        const ns_row *row = row_at(t, s->rows[i]);
        float value = value_of(t, row, s->counts[s->rows[i]]);
        s->counts[s->rows[i]] = 0;
        s->factors[i] = value * row->scale;
        squares += (double)value * value;
    }
    return squares;
}

/* Adds up width weights of each row. Inlined with a constant width, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void add_block(const ns_scratch *s, const ns_table *t, ptrdiff_t found, uint32_t from,
                                                            float *scores, const uint32_t width) {
    float sums[64] = {0};
    for (ptrdiff_t i = 0; i < found; i++) {
        const int8_t *weights = row_at(t, s->rows[i])->weights + from;
        float factor = s->factors[i];
        for (uint32_t l = 0; l < width; l++) sums[l] += factor * (float)weights[l];
    }
    for (uint32_t l = 0; l < width; l++) scores[from + l] = sums[l];
}

NS_WIDE static void add_rows(const ns_scratch *s, const ns_table *t, ptrdiff_t found, float *scores) {
    uint32_t from = 0;
    for (; from + 64 <= t->lanes; from += 64) add_block(s, t, found, from, scores, 64);
    if (from + 32 <= t->lanes) add_block(s, t, found, from, scores, 32), from += 32;
    if (from + 16 <= t->lanes) add_block(s, t, found, from, scores, 16), from += 16;
    if (from + 8 <= t->lanes) add_block(s, t, found, from, scores, 8);
}

/* Scores without intercepts: the cosine-normalised, idf- and log-count-weighted n-grams times the weights.
 *
 * scores has room for lanes floats. words gets the number of words of both fields.
 * Returns the length of the document's vector before it was normalised, or -1 when memory ran out. */
NS_API float ns_score(ns_scratch *s, const ns_vocabulary *v, const ns_table *t, const uint8_t *title, size_t title_length,
                      const uint8_t *text, size_t text_length, float *scores, uint32_t *words) {
    ptrdiff_t found = ns_count_rows(s, v, title, title_length, text, text_length, words);
    if (found < 0) return -1.0f;
    double squares = weigh_rows(s, t, found);
    add_rows(s, t, found, scores);
    float norm = (float)sqrt(squares), inverse = norm > 0 ? 1.0f / norm : 0.0f;
    for (uint32_t l = 0; l < t->lanes; l++) scores[l] *= inverse;
    return norm;
}

/* What each token added to the scores of chosen labels: shares of n-grams are split evenly over their tokens, so the
 * contributions of all tokens add up to the score.
 *
 * field is 0 for the title, 1 for the text: both are walked to weigh the n-grams, the tokens of one are reported.
 * spans: 2 per token; contributions: n_labels per token. Returns the number of tokens, or -1. */
NS_API ptrdiff_t ns_explain(ns_scratch *s, const ns_vocabulary *v, const ns_table *t, const uint8_t *title, size_t title_length,
                            const uint8_t *text, size_t text_length, int field, const uint32_t *labels, uint32_t n_labels,
                            uint32_t *spans, float *contributions) {
    uint32_t words;
    ptrdiff_t found = ns_count_rows(s, v, title, title_length, text, text_length, &words);
    if (found < 0) return -1;
    double squares = 0;
    for (ptrdiff_t i = 0; i < found; i++) {
        float value = value_of(t, row_at(t, s->rows[i]), s->counts[s->rows[i]]);
        squares += (double)value * value;
    }
    float inverse = squares > 0 ? 1.0f / (float)sqrt(squares) : 0.0f;
    size_t at = 0, ids = ns_field_ids(s, field ? text : title, field ? text_length : title_length, v->id_bits, v->max_n, 0, &words);
    ptrdiff_t n_tokens;
    uint32_t occurrence = field ? 1 : v->title_weight;
    for (n_tokens = 0; at < ids; n_tokens++) {
        spans[2 * n_tokens] = s->tokens[n_tokens].start, spans[2 * n_tokens + 1] = s->tokens[n_tokens].end;
        float *own = contributions + (size_t)n_tokens * n_labels;
        memset(own, 0, n_labels * sizeof *own);
        for (uint32_t n = 0; n < v->max_n && n <= (uint32_t)n_tokens; n++, at++) {
            uint32_t number = ns_find(v, s->ids[at]);
            if (number >= v->n_rows) continue;
            const ns_row *row = row_at(t, number);
            uint32_t count = s->counts[number];
            float share = value_of(t, row, count) * row->scale * inverse * (float)occurrence / (float)count / (float)(n + 1);
            for (uint32_t l = 0; l < n_labels; l++) {
                float part = share * (float)row->weights[labels[l]];
                for (uint32_t back = 0; back <= n; back++) contributions[((size_t)n_tokens - back) * n_labels + l] += part;
            }
        }
    }
    for (ptrdiff_t i = 0; i < found; i++) s->counts[s->rows[i]] = 0;
    return n_tokens;
}
