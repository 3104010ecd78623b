/* One linear support vector machine per label, all of them in one walk over the corpus.
 *
 * Dual coordinate descent for the L2-regularised squared hinge loss (Hsieh et al. 2008, algorithm 1), with the labels side
 * by side in memory: each document is read once an epoch for all labels, and the inner loops run over labels, so they
 * vectorise. Labels never mix: how they are cut into blocks changes nothing.
 */
#include "kernel.h"
#include <stdlib.h>
#include <string.h>

enum { GROUP = 16 }; /* labels that are skipped together when there is nothing to do for any of them: a cache line */

/* Groups of labels to look at: the numbers of their first labels. */
typedef struct {
    uint32_t *first, count;
} ns_groups;

/* Adds the document's share of the margin of every label in the groups. */
static void add_margins(float *restrict margin, const float *restrict weights, const int32_t *restrict indices,
                        const float *restrict values, int64_t from, int64_t to, ns_groups groups, uint32_t width) {
    for (int64_t j = from; j < to; j++) {
        const float *restrict row = weights + (size_t)indices[j] * width;
        float value = values[j];
        if (j + 6 < to)
            for (uint32_t g = 0; g < groups.count; g++) __builtin_prefetch(weights + (size_t)indices[j + 6] * width + groups.first[g]);
        for (uint32_t g = 0; g < groups.count; g++)
            for (uint32_t l = groups.first[g], end = l + GROUP; l < end; l++) margin[l] += value * row[l];
    }
}

/* Adds step times the document to the weights of the groups. */
static void add_document(float *restrict weights, const float *restrict step, const int32_t *restrict indices, const float *restrict values, int64_t from,
                         int64_t to, ns_groups groups, uint32_t width) {
    for (int64_t j = from; j < to; j++) {
        float *restrict row = weights + (size_t)indices[j] * width, value = values[j];
        for (uint32_t g = 0; g < groups.count; g++)
            for (uint32_t l = groups.first[g], end = l + GROUP; l < end; l++) row[l] += value * step[l];
    }
}

/* The groups in which a label is not done, or, given steps, in which one moves. */
static void find_groups(ns_groups *groups, const uint8_t *done, const float *step, uint32_t width) {
    groups->count = 0;
    for (uint32_t first = 0; first < width; first += GROUP) {
        int busy = 0;
        for (uint32_t l = first; l < first + GROUP; l++) busy |= step ? step[l] != 0 : !done[l];
        if (busy) groups->first[groups->count++] = first;
    }
}

/* The dual step of every label for one document; step gets what to add to the weights, per unit of the document. */
static void dual_step(const float *restrict margin, const int8_t *restrict sign, const float *restrict cost, float *restrict alpha,
                      float squared, float importance, const uint8_t *restrict done, float *restrict step, float *restrict worst, uint32_t width) {
    for (uint32_t l = 0; l < width; l++) {
        float y = (float)sign[l], c = sign[l] > 0 ? cost[l] : cost[width + l];
        float diagonal = 0.5f / (c * importance);
        float gradient = y * margin[l] - 1.0f + diagonal * alpha[l];
        float projected = alpha[l] > 0 ? gradient : (gradient < 0 ? gradient : 0);
        int idle = (sign[l] == 0) | done[l];
        projected = idle ? 0 : projected;
        float magnitude = projected < 0 ? -projected : projected;
        worst[l] = magnitude > worst[l] ? magnitude : worst[l];
        float wanted = alpha[l] - projected / (squared + diagonal);
        wanted = wanted > 0 ? wanted : 0;
        wanted = (idle || magnitude < 1e-6f) ? alpha[l] : wanted;
        step[l] = (wanted - alpha[l]) * y;
        alpha[l] = wanted;
    }
}

/* The weights that belong to the dual variables of the documents; those of labels that are not annotated go. */
static void begin_at(float *restrict weights, float *restrict bias, float *restrict alpha, float *restrict step, const int8_t *restrict signs,
                     const int64_t *indptr, const int32_t *indices, const float *values, const int64_t *order, int64_t n_order,
                     float bias_unit, const uint8_t *done, ns_groups *groups, uint32_t width) {
    for (int64_t k = 0; k < n_order; k++) {
        int64_t i = order[k];
        for (uint32_t l = 0; l < width; l++) {
            float y = (float)signs[i * width + l];
            step[l] = alpha[i * width + l] * y;
            alpha[i * width + l] *= y * y;
            bias[l] += bias_unit * step[l];
        }
        find_groups(groups, done, step, width);
        add_document(weights, step, indices, values, indptr[i], indptr[i + 1], *groups, width);
    }
}

/* Fit width labels (a multiple of 16).
 *
 * order: the documents to learn from, n_order of them; shuffled anew each epoch from seed.
 * signs: n_documents x width; +1, -1, or 0 where the label is not annotated. importance: n_documents, factors on cost. cost: 2 x width, of positives and of negatives.
 * weights: n_columns x width, bias: width; zero at the start. alpha: n_documents x width, where to begin, nowhere negative.
 * stop: set to non-zero by another thread to end early. Returns the epochs run, or -1 when memory ran out. */
NS_API int ns_fit(const int64_t *indptr, const int32_t *indices, const float *values, const int64_t *order, int64_t n_order,
                  const int8_t *signs, const float *importance, const float *cost, uint32_t width, float bias_unit, int max_epochs, float tolerance,
                  uint64_t seed, float *weights, float *bias, float *alpha, volatile int32_t *epochs_done, volatile const int32_t *stop) {
    int64_t *walk = malloc((size_t)(n_order > 0 ? n_order : 1) * sizeof *walk);
    float *margin = malloc(3 * width * sizeof *margin);
    uint8_t *done = calloc(width, 1);
    ns_groups left = {malloc(2 * width * sizeof *left.first), 0}, moved = {left.first ? left.first + width : 0, 0};
    int epoch = 0;
    if (!walk || !margin || !done || !left.first) epoch = -1, max_epochs = -1;
    float *step = margin ? margin + width : 0, *worst = margin ? margin + 2 * width : 0;
    if (walk) memcpy(walk, order, (size_t)n_order * sizeof *walk);
    if (epoch == 0) {
        begin_at(weights, bias, alpha, step, signs, indptr, indices, values, order, n_order, bias_unit, done, &moved, width);
        find_groups(&left, done, 0, width);
    }
    for (; epoch < max_epochs && left.count && !*stop; epoch++) {
        for (int64_t i = n_order - 1; i > 0; i--) { /* Fisher-Yates over an LCG: the same everywhere */
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            int64_t j = (int64_t)((seed >> 33) % (uint64_t)(i + 1)), kept = walk[i];
            walk[i] = walk[j], walk[j] = kept;
        }
        memset(worst, 0, width * sizeof *worst);
        for (int64_t k = 0; k < n_order && !*stop; k++) {
            int64_t i = walk[k], from = indptr[i], to = indptr[i + 1];
            for (uint32_t l = 0; l < width; l++) margin[l] = bias_unit * bias[l];
            add_margins(margin, weights, indices, values, from, to, left, width);
            float squared = bias_unit * bias_unit;
            for (int64_t j = from; j < to; j++) squared += values[j] * values[j];
            dual_step(margin, signs + i * width, cost, alpha + i * width, squared, importance[i], done, step, worst, width);
            find_groups(&moved, done, step, width);
            for (uint32_t l = 0; l < width; l++) bias[l] += bias_unit * step[l];
            add_document(weights, step, indices, values, from, to, moved, width);
        }
        for (uint32_t l = 0; l < width; l++) done[l] |= worst[l] < tolerance;
        find_groups(&left, done, 0, width);
        *epochs_done = epoch + 1;
    }
    free(walk), free(margin), free(done), free(left.first);
    return epoch;
}
