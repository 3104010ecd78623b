/* One linear support vector machine per label, all of them in one walk over the corpus.
 *
 * Dual coordinate descent for the L2-regularised squared hinge loss (Hsieh et al. 2008, algorithm 1), with the labels side
 * by side in memory: each document is read once an epoch for all labels, and the inner loops run over labels, so they
 * vectorise. Labels never mix: how they are cut into blocks changes nothing.
 */
#include "kernel.h"
#include <float.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const int64_t *indptr;   /* n_documents + 1 */
    const int32_t *indices;
    const float *values;
} ns_csr;

NS_WIDE static void add_scaled(float *restrict to, const float *restrict from, float value, uint32_t width) {
    for (uint32_t l = 0; l < width; l++) to[l] += value * from[l];
}

/* The dual step of every label for one document; step gets what to add to the weights, per unit of the document. */
NS_WIDE static int dual_step(const float *restrict margin, const int8_t *restrict sign, const float *restrict cost, float *restrict alpha,
                             float squared, float importance, const uint8_t *restrict done, float *restrict step, float *restrict worst, uint32_t width) {
    float moved = 0;
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
        moved += step[l] * step[l];
        alpha[l] = wanted;
    }
    return moved > 0;
}

/* Fit width labels (a multiple of 8).
 *
 * order: the documents to learn from, n_order of them; shuffled anew each epoch from seed.
 * signs: n_documents x width; +1, -1, or 0 where the label is not annotated. importance: n_documents, factors on cost. cost: 2 x width, of positives and of negatives.
 * weights: n_columns x width, bias: width, alpha: n_documents x width, all zero at the start (or a warm start).
 * stop: set to non-zero by another thread to end early. Returns the epochs run, or -1 when memory ran out. */
NS_API int ns_fit(const int64_t *indptr, const int32_t *indices, const float *values, const int64_t *order, int64_t n_order,
                  const int8_t *signs, const float *importance, const float *cost, uint32_t width, float bias_unit, int max_epochs, float tolerance,
                  uint64_t seed, float *weights, float *bias, float *alpha, volatile int32_t *epochs_done, volatile const int32_t *stop) {
    int64_t *walk = malloc((size_t)(n_order > 0 ? n_order : 1) * sizeof *walk);
    float *margin = malloc(3 * width * sizeof *margin);
    uint8_t *done = calloc(width, 1);
    int epoch = 0, left = (int)width;
    if (!walk || !margin || !done) epoch = -1, max_epochs = -1;
    float *step = margin ? margin + width : 0, *worst = margin ? margin + 2 * width : 0;
    if (walk) memcpy(walk, order, (size_t)n_order * sizeof *walk);
    for (; epoch < max_epochs && left && !*stop; epoch++) {
        for (int64_t i = n_order - 1; i > 0; i--) { /* Fisher-Yates over an LCG: the same everywhere */
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            int64_t j = (int64_t)((seed >> 33) % (uint64_t)(i + 1)), kept = walk[i];
            walk[i] = walk[j], walk[j] = kept;
        }
        memset(worst, 0, width * sizeof *worst);
        for (int64_t k = 0; k < n_order && !*stop; k++) {
            int64_t i = walk[k], from = indptr[i], to = indptr[i + 1];
            float squared = bias_unit * bias_unit;
            for (uint32_t l = 0; l < width; l++) margin[l] = bias_unit * bias[l];
            for (int64_t j = from; j < to; j++) {
                if (j + 6 < to) __builtin_prefetch(weights + (size_t)indices[j + 6] * width);
                squared += values[j] * values[j];
                add_scaled(margin, weights + (size_t)indices[j] * width, values[j], width);
            }
            if (!dual_step(margin, signs + i * width, cost, alpha + i * width, squared, importance[i], done, step, worst, width)) continue;
            add_scaled(bias, step, bias_unit, width);
            for (int64_t j = from; j < to; j++) add_scaled(weights + (size_t)indices[j] * width, step, values[j], width);
        }
        for (uint32_t l = 0; l < width; l++)
            if (!done[l] && worst[l] < tolerance) done[l] = 1, left--;
        *epochs_done = epoch + 1;
    }
    free(walk), free(margin), free(done);
    return epoch;
}
