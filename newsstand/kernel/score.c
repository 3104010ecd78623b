/* N-grams to the scores of every label, and what each token added to them. */
#include "kernel.h"
#include <math.h>
#include <string.h>

ptrdiff_t ns_count_rows(ns_scratch *s, const ns_vocabulary *v, const uint8_t *title, size_t title_length,
                        const uint8_t *text, size_t text_length, uint32_t *words);

static inline float value_of(const ns_weights *w, uint32_t row, uint32_t count) {
    return (count < 256 ? w->log_count[count] : 1.0f + logf((float)count)) * w->idf[row];
}

NS_WIDE static void add_row(float *restrict sum, const int8_t *restrict weights, float value, uint32_t stride) {
    for (uint32_t l = 0; l < stride; l++) sum[l] += value * (float)weights[l];
}

/* Scores without intercepts: the cosine-normalised, idf- and log-count-weighted n-grams times the weights.
 *
 * scores has room for stride floats. words gets the number of words of both fields.
 * Returns the length of the document's vector before it was normalised, or -1 when memory ran out. */
NS_API float ns_score(ns_scratch *s, const ns_vocabulary *v, const ns_weights *w, const uint8_t *title, size_t title_length,
                      const uint8_t *text, size_t text_length, float *scores, uint32_t *words) {
    ptrdiff_t found = ns_count_rows(s, v, title, title_length, text, text_length, words);
    if (found < 0) return -1.0f;
    memset(scores, 0, w->stride * sizeof *scores);
    double squares = 0;
    for (ptrdiff_t i = 0; i < found; i++) {
        if (i + 8 < found) {
            const int8_t *ahead = w->weights + (size_t)s->rows[i + 8] * w->stride;
            __builtin_prefetch(ahead);
            __builtin_prefetch(ahead + 64);
        }
        uint32_t row = s->rows[i], count = s->counts[row];
        s->counts[row] = 0;
        float value = value_of(w, row, count);
        squares += (double)value * value;
        add_row(scores, w->weights + (size_t)row * w->stride, value * w->scale[row], w->stride);
    }
    float norm = (float)sqrt(squares), inverse = norm > 0 ? 1.0f / norm : 0.0f;
    for (uint32_t l = 0; l < w->stride; l++) scores[l] *= inverse;
    return norm;
}

/* What each token added to the scores of chosen labels: shares of n-grams are split evenly over their tokens, so the
 * contributions of all tokens add up to the score.
 *
 * field is 0 for the title, 1 for the text: both are walked to weigh the n-grams, the tokens of one are reported.
 * spans: 2 per token; contributions: n_labels per token. Returns the number of tokens, or -1. */
NS_API ptrdiff_t ns_explain(ns_scratch *s, const ns_vocabulary *v, const ns_weights *w, const uint8_t *title, size_t title_length,
                            const uint8_t *text, size_t text_length, int field, const uint32_t *labels, uint32_t n_labels,
                            uint32_t *spans, float *contributions) {
    uint32_t words;
    ptrdiff_t found = ns_count_rows(s, v, title, title_length, text, text_length, &words);
    if (found < 0) return -1;
    double squares = 0;
    for (ptrdiff_t i = 0; i < found; i++) {
        float value = value_of(w, s->rows[i], s->counts[s->rows[i]]);
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
            uint32_t row = ns_find(v, s->ids[at]);
            if (row >= v->n_rows) continue;
            uint32_t count = s->counts[row];
            float share = value_of(w, row, count) * w->scale[row] * inverse * (float)occurrence / (float)count / (float)(n + 1);
            for (uint32_t l = 0; l < n_labels; l++) {
                float part = share * (float)w->weights[(size_t)row * w->stride + labels[l]];
                for (uint32_t back = 0; back <= n; back++) contributions[((size_t)n_tokens - back) * n_labels + l] += part;
            }
        }
    }
    for (ptrdiff_t i = 0; i < found; i++) s->counts[s->rows[i]] = 0;
    return n_tokens;
}
