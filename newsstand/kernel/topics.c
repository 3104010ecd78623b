/* Scores to the topics of one document, with the arithmetic of newsstand/heads/topics.py, which does it for many. */
#include "kernel.h"
#include <math.h>

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

/* The topics that reach their thresholds, and parents of which a child reaches its own or theirs.
 *
 * columns and log_odds have room for all topics; they get those given, and their log-odds after the curves, for a parent at least
 * those of each child. Returns how many there are. */
NS_API uint32_t ns_given_topics(const ns_topics *t, const float *scores, uint32_t *columns, double *log_odds) {
    uint32_t given = 0;
    for (uint32_t l = 0; l < t->n_topics; l++) log_odds[l] = NAN; /* not given, and less than nothing: no comparison with it is true */
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
        if (!isnan(log_odds[l])) columns[given] = l, log_odds[given++] = log_odds[l];
    return given;
}
