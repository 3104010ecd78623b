/* Scores to the topics of one document, with the arithmetic of newsstand/heads/topics.py, which does it for many. */
#include "kernel.h"
#include <math.h>

#define LEAST -500.0 /* log-odds of which the exponential is still a number */

/* What a curve makes of log-odds: straight between its knots, a constant shift outside them. */
static double along(double value, const double *before, const double *after, uint32_t knots) {
    if (value <= before[0]) return after[0] + value - before[0];
    if (value >= before[knots - 1]) return after[knots - 1] + value - before[knots - 1];
    uint32_t n = 1;
    while (before[n] <= value) n++;
    double share = (value - before[n - 1]) / (before[n] - before[n - 1]);
    return after[n - 1] + share * (after[n] - after[n - 1]);
}

static inline float own_log_odds(const ns_topics *t, const float *scores, uint32_t topic) {
    return t->slope[topic] * scores[topic] + t->bias[topic];
}

/* Adds a topic to those found so far, the likeliest first, the earlier column first where two are equally likely. */
static void rank(uint32_t *columns, double *log_odds, uint32_t found, uint32_t column, double value) {
    uint32_t at = found;
    for (; at && log_odds[at - 1] < value; at--) columns[at] = columns[at - 1], log_odds[at] = log_odds[at - 1];
    columns[at] = column, log_odds[at] = value;
}

/* The topics that reach their thresholds, and parents of which a child reaches its own or theirs.
 *
 * columns and probabilities have room for all topics; they get those given, the likeliest first, a parent at least as likely as each
 * child. Returns how many there are. */
NS_API uint32_t ns_given_topics(const ns_topics *t, const float *scores, uint32_t *columns, double *probabilities) {
    double *log_odds = probabilities; /* first by column, NAN where a topic is not given: no comparison with that is true */
    uint32_t given = 0;
    for (uint32_t l = 0; l < t->n_topics; l++) log_odds[l] = NAN;
    for (uint32_t l = 0; l < t->n_topics; l++) {
        double own = own_log_odds(t, scores, l);
        if (own >= t->threshold[l]) log_odds[l] = -INFINITY;
        if (own >= t->least[l]) log_odds[t->parents[l]] = -INFINITY;
    }
    for (uint32_t l = 0; l < t->n_topics; l++) {
        double *mine = log_odds + l, *parents = log_odds + t->parents[l];
        if (isnan(*mine) && isnan(*parents)) continue;
        double own = own_log_odds(t, scores, l);
        uint32_t from = t->knots[l], knots = t->knots[l + 1] - from;
        if (knots) own = along(own, t->before + from, t->after + from, knots);
        if (own > *mine) *mine = own;
        if (own > *parents) *parents = own;
    }
    for (uint32_t l = 0; l < t->n_topics; l++)
        if (!isnan(log_odds[l])) rank(columns, log_odds, given, l, log_odds[l]), given++;
    for (uint32_t i = 0; i < given; i++) probabilities[i] = 1 / (1 + exp(-fmax(log_odds[i], LEAST)));
    return given;
}
