/* Pairs of a target and a passage to features of the stance of the one towards the other, and these to scores.
 *
 * What the features are, is said in newsstand/stance/features.py. */
#include "kernel.h"
#include <math.h>
#include <string.h>

enum { NEAR = 8, FAR = 99, SCOPE = 5, MOST_TARGET_WORDS = 4, TONES = NS_TONES, LIKENESSES = NS_LIKENESSES, CLOSEST = 12, STANCES = 3 };
static const uint64_t TARGET = 0x7a26e7;

/* One hash of several, by multiplication and shift (as in splitmix64, Steele et al. 2014). */
static inline uint64_t begin(uint64_t salt) { return salt * 0x9e3779b97f4a7c15u; }
static inline uint64_t mix(uint64_t mixed, uint64_t column) {
    mixed = (mixed ^ column) * 0xd6e8feb86659fd93u;
    return mixed ^ mixed >> 32;
}

static int is_among(const uint32_t *hashes, uint32_t count, uint32_t hash) {
    for (uint32_t i = 0; i < count; i++)
        if (hashes[i] == hash) return 1;
    return 0;
}

static const ns_entry *look_up(const ns_word_table *t, uint32_t key) {
    uint32_t low = 0, count = t->n_words;
    while (count > 1) {
        uint32_t half = count / 2;
        if (t->keys[low + half] <= key) low += half;
        count -= half;
    }
    return count && t->keys[low] == key ? (const ns_entry *)(t->entries + (size_t)low * t->stride) : NULL;
}

/* Where the target stands, how far each word is from it, what is negated and what is quoted: into s->marks. */
static void mark(ns_scratch *s, const ns_word_table *t, const ns_pair *p) {
    const ns_target *target = p->target;
    const uint32_t *telling = target->n_content ? target->content : target->named;
    uint32_t n_telling = target->n_content ? target->n_content : target->n_named;
    int64_t last = -1, negation = -1, stop = -1;
    uint32_t quotes = 0, open = 0, sentence = 0;
    for (int64_t i = 0; i < p->n_words; i++) {
        const ns_word *w = p->words + i;
        ns_mark *m = s->marks + i;
        m->is_target = (uint8_t)is_among(telling, n_telling, w->root);
        for (uint32_t n = 0; n < p->n_mentions && !m->is_target; n++)
            m->is_target = w->start >= p->mentions[2 * n] && w->start < p->mentions[2 * n + 1];
        m->known = look_up(t, w->root);
        while (sentence + 1 < p->n_sentences && p->sentences[sentence + 1] <= w->start) sentence++;
        m->sentence = sentence;
        m->root = m->is_target ? TARGET : w->root, m->raw = m->is_target ? TARGET : w->raw;
        if (m->is_target) last = i;
        m->distance = last < 0 ? FAR : (int32_t)(i - last);
        if (w->flags & NS_NEGATION) negation = i;
        if (w->flags & NS_STOP) stop = i;
        m->negated = negation >= 0 && negation < i && i - negation <= SCOPE && negation > stop;
        quotes += (w->flags & NS_QUOTE) > 0;
        open += ((w->flags & NS_OPENING) > 0) - ((w->flags & NS_CLOSING) > 0);
        m->quoted = quotes % 2 || (int32_t)open > 0;
    }
    int64_t next = -1;
    for (int64_t i = p->n_words; i--;) {
        ns_mark *m = s->marks + i;
        if (m->is_target) next = i;
        int32_t since = m->distance, until = next < 0 ? FAR : (int32_t)(next - i);
        m->distance = since <= until ? (since < FAR ? since : FAR) : -(until < FAR ? until : FAR);
    }
}

/* Hashed features of one pair, those of a kind together. */
typedef struct {
    ns_feature *out;
    size_t count, from;
} ns_list;

static inline void add(ns_list *l, uint32_t word, uint64_t mixed) {
    l->out[l->count++] = (ns_feature){.word = word, .index = (uint32_t)mixed & NS_FEATURES_MASK};
}

/* Scale those added since the last time so that a pair has as much of a kind as another. */
static void weigh(ns_list *l, float weight) {
    size_t count = l->count - l->from;
    float value = (float)(weight / sqrt(count ? (double)count : 1.0));
    for (; l->from < l->count; l->from++) l->out[l->from].value = value;
}

static uint32_t bucket_of(int32_t distance) { return (distance > 1) + (distance > 3) + (distance > 6) + (distance > 12) + (distance > FAR); }

static void list_words(const ns_scratch *s, const ns_pair *p, ns_list *l) {
    const ns_mark *m = s->marks;
    uint32_t n = p->n_words;
    uint64_t target = p->target->hashed;
#define EACH(salt, when, weight, ...)                                        \
    for (uint32_t i = 0; i < n; i++)                                         \
        if (when) add(l, i, __VA_ARGS__(salt, m, i, target));                \
    weigh(l, weight)
#define RAW(salt, m, i, target) mix(begin(salt), m[i].raw)
#define ROOT(salt, m, i, target) mix(begin(salt), m[i].root)
#define PAIR(salt, m, i, target) mix(ROOT(salt, m, i, target), m[i + 1].root)
#define PLACED(salt, m, i, target) mix(mix(ROOT(salt, m, i, target), bucket_of(m[i].distance < 0 ? -m[i].distance : m[i].distance)), m[i].distance > 0)
#define ROOT_TOWARDS(salt, m, i, target) mix(ROOT(salt, m, i, target), target)
#define PAIR_TOWARDS(salt, m, i, target) mix(PAIR(salt, m, i, target), target)
#define IS_NEAR(i) (m[i].distance <= NEAR && m[i].distance >= -NEAR)
    EACH(1, 1, 1.0f, RAW);
    EACH(2, 1, 1.0f, ROOT);
    EACH(3, i + 1 < n, 1.0f, PAIR);
    EACH(4, IS_NEAR(i), 1.0f, PLACED);
    EACH(5, i + 1 < n && IS_NEAR(i) && IS_NEAR(i + 1), 1.0f, PAIR);
    EACH(6, m[i].negated, 1.0f, ROOT);
    EACH(7, m[i].quoted, 0.5f, ROOT);
    EACH(9, 1, 1.0f, ROOT_TOWARDS);
    EACH(10, i + 1 < n, 1.0f, PAIR_TOWARDS);
    for (uint32_t i = 0; i < n; i++)
        if (p->words[i].brief) add(l, i, mix(begin(8), p->words[i].brief)), add(l, i, mix(begin(8), p->words[i].longer));
    weigh(l, 1.0f);
    for (uint32_t i = 0; i < n; i++)
        if (p->words[i].brief)
            add(l, i, mix(mix(begin(11), p->words[i].brief), target)), add(l, i, mix(mix(begin(11), p->words[i].longer), target));
    weigh(l, 1.0f);
    uint32_t n_content = p->target->n_content < MOST_TARGET_WORDS ? p->target->n_content : MOST_TARGET_WORDS;
    for (uint32_t c = 0; c < n_content; c++)
        for (uint32_t i = 0; i < n; i++) add(l, i, mix(mix(begin(13), m[i].root), p->target->content[c]));
    weigh(l, 1.0f);
}

/* The words of the target; how much of it the passage has, how often and how early, in steps. */
static void list_target(const ns_scratch *s, const ns_pair *p, ns_list *l) {
    const ns_target *target = p->target;
    uint32_t present = 0, hits = 0, early = 9;
    for (uint32_t c = 0; c < target->n_named; c++) {
        add(l, NS_NO_WORD, mix(begin(12), target->named[c]));
        uint32_t i = 0;
        while (i < p->n_words && p->words[i].root != target->named[c]) i++;
        present += i < p->n_words;
    }
    weigh(l, 1.0f);
    for (uint32_t i = 0; i < p->n_words; i++)
        if (s->marks[i].is_target && !hits++) early = i / 10 < 6 ? i / 10 : 6;
    uint32_t share = (uint32_t)rint(4.0 * present / target->n_named), size = p->n_words / 15;
    const uint64_t overlap[] = {share, hits < 5 ? hits : 5, early, 8 * share + (size < 6 ? size : 6)};
    add(l, NS_NO_WORD, mix(begin(14), target->hashed)), weigh(l, 1.0f);
    for (uint32_t c = 0; c < 4; c++) add(l, NS_NO_WORD, mix(begin(20 + c), overlap[c])), weigh(l, 1.0f);
}

static size_t list(const ns_scratch *s, const ns_pair *p, ns_feature *out) {
    ns_list l = {out, 0, 0};
    list_words(s, p, &l);
    list_target(s, p, &l);
    return l.count;
}

/* What one word adds to the tones; returns what its vector counts as one near the target. */
static float tones_of(const ns_mark *m, float root_of_length, float *tones) {
    int32_t far = m->distance < 0 ? -m->distance : m->distance;
    float tone = m->is_target || !m->known ? 0.0f : (m->negated ? -0.7f : 1.0f) * m->known->polarity;
    float spread = tone / root_of_length, close = tone * (1.0f / (1.0f + (float)far / 4.0f));
    const float found[TONES] = {spread,
                                close,
                                far <= 4 ? tone : 0.0f,
                                far <= 10 && m->distance < 0 ? tone : 0.0f,
                                far <= 10 && m->distance > 0 ? tone : 0.0f,
                                spread > 0 ? spread : 0.0f,
                                spread < 0 ? spread : 0.0f,
                                m->quoted ? close : 0.0f,
                                m->quoted ? spread : 0.0f};
    for (int i = 0; i < TONES; i++) tones[i] = 2.0f * found[i];
    return far <= NEAR && !m->is_target && m->known ? m->known->idf / (1.0f + (float)far / 3.0f) / 10.0f : 0.0f;
}

/* Eight sums side by side, so that it is fast and always added up in the same order. */
static inline float dot(const float *a, const float *b, uint32_t size) {
    float sums[8] = {0}, rest = 0;
    uint32_t i = 0;
    for (; i + 8 <= size; i += 8)
        for (uint32_t lane = 0; lane < 8; lane++) sums[lane] += a[i + lane] * b[i + lane];
    for (; i < size; i++) rest += a[i] * b[i];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) + rest;
}

static inline void unpack(const ns_entry *known, uint32_t size, float *vector) {
    for (uint32_t i = 0; i < size; i++) vector[i] = (float)known->vector[i] * (1.0f / 127.0f);
}

/* Keeps the largest values, the largest first. */
static void keep_closest(float *closest, uint32_t *kept, float value) {
    uint32_t at = *kept < CLOSEST ? (*kept)++ : CLOSEST;
    if (at == CLOSEST && closest[CLOSEST - 1] >= value) return;
    if (at == CLOSEST) at--;
    for (; at && closest[at - 1] < value; at--) closest[at] = closest[at - 1];
    closest[at] = value;
}

/* How close the words of a passage are to those of its target, and the tone of the target. */
static void likeness(const ns_scratch *s, const ns_word_table *t, const ns_pair *p, const float *together, float length, float *out) {
    const ns_target *target = p->target;
    memset(out, 0, LIKENESSES * sizeof *out);
    out[8] = 2.0f * target->tone;
    if (!target->n_vectors || !(length > 0)) return;
    float closest[CLOSEST], vector[NS_MOST_DIMENSIONS], best[NS_MOST_TARGET_VECTORS];
    uint32_t kept = 0, n_best = target->n_vectors - 1;
    for (uint32_t k = 0; k < n_best; k++) best[k] = -INFINITY;
    for (uint32_t i = 0; i < p->n_words; i++) {
        const ns_entry *known = s->marks[i].known;
        if (known) unpack(known, t->size, vector);
        keep_closest(closest, &kept, known ? dot(vector, target->vectors, t->size) : 0.0f);
        for (uint32_t k = 0; k < n_best; k++) {
            float close = known ? dot(vector, target->vectors + (size_t)(k + 1) * t->size, t->size) : 0.0f;
            if (close > best[k]) best[k] = close;
        }
    }
    float sum = 0, least = INFINITY, total = 0;
    static const uint32_t steps[4] = {1, 3, 6, CLOSEST};
    for (uint32_t step = 0, i = 0; step < 4; step++) {
        uint32_t end = steps[step] < kept ? steps[step] : kept;
        for (; i < end; i++) sum += closest[i];
        out[step] = 2.0f * (sum / (float)end);
    }
    for (uint32_t k = 0; k < n_best; k++) least = best[k] < least ? best[k] : least, total += best[k];
    out[4] = 2.0f * (dot(together, target->vectors, t->size) / (length + 1e-6f));
    out[5] = 2.0f * least, out[6] = 2.0f * (total / (float)n_best), out[7] = 2.0f;
}

/* The dense features of one pair: tones, vectors near the target, vectors of the passage, likeness. Returns what the sum of the
 * vectors of the passage was divided by. */
static float dense(const ns_scratch *s, const ns_word_table *t, const ns_pair *p, float *row) {
    float *near = row + TONES, *passage = near + t->size, tones[TONES], root_of_length = sqrtf((float)p->n_words);
    memset(row, 0, (TONES + 2 * (size_t)t->size) * sizeof *row);
    for (uint32_t i = 0; i < p->n_words; i++) {
        const ns_mark *m = s->marks + i;
        float closeness = tones_of(m, root_of_length, tones);
        if (!m->known) continue;
        for (int k = 0; k < TONES; k++) row[k] += tones[k];
        float vector[NS_MOST_DIMENSIONS];
        unpack(m->known, t->size, vector);
        for (uint32_t k = 0; k < t->size; k++) passage[k] += vector[k] * m->known->idf;
        if (closeness != 0.0f)
            for (uint32_t k = 0; k < t->size; k++) near[k] += vector[k] * closeness;
    }
    float length = sqrtf(dot(passage, passage, t->size)), divisor = length / 2.0f + 1e-6f;
    likeness(s, t, p, passage, length, passage + t->size);
    for (uint32_t k = 0; k < t->size; k++) passage[k] /= divisor;
    return divisor;
}

static int room_for(ns_scratch *s, const ns_pair *pairs, uint32_t n_pairs) {
    size_t words = 1, features = 1;
    for (uint32_t i = 0; i < n_pairs; i++) {
        size_t wanted = NS_FEATURES_A_WORD * (size_t)pairs[i].n_words + NS_FEATURES_A_PAIR + pairs[i].target->n_named;
        if (pairs[i].n_words > words) words = pairs[i].n_words;
        if (wanted > features) features = wanted;
    }
    return ns_grow((void **)&s->marks, &s->mark_room, words, sizeof *s->marks) &&
           ns_grow((void **)&s->features, &s->feature_room, features, sizeof *s->features);
}

/* The features of pairs, for fitting. features has room for NS_FEATURES_A_WORD a word, and NS_FEATURES_A_PAIR and the words of its target a pair;
 * counts gets their number by pair, rows the dense ones. Returns 0 when memory ran out. */
NS_API int ns_stance_features(ns_scratch *s, const ns_word_table *t, const ns_pair *pairs, uint32_t n_pairs, ns_feature *features,
                              uint32_t *counts, float *rows) {
    if (!room_for(s, pairs, n_pairs)) return 0;
    for (uint32_t i = 0; i < n_pairs; i++) {
        mark(s, t, pairs + i);
        counts[i] = (uint32_t)list(s, pairs + i, features);
        features += counts[i];
        dense(s, t, pairs + i, rows + (size_t)i * (TONES + 2 * t->size + LIKENESSES));
    }
    return 1;
}

/* A half-precision number; infinities and what is none do not occur. */
static inline float half(uint16_t bits) {
    uint32_t wide = (uint32_t)(bits & 0x7fff) << 13;
    float value;
    memcpy(&value, &wide, sizeof value);
    value *= 0x1p112f;
    return bits & 0x8000 ? -value : value;
}

/* What the dense features of the words of each sentence add, by stance. */
static void add_dense(const ns_scratch *s, const ns_word_table *t, const ns_pair *p, const ns_stance_weights *w, float divisor,
                                      float *added) {
    uint32_t n_dense = TONES + 2 * t->size + LIKENESSES;
    float tones[TONES], vector[NS_MOST_DIMENSIONS], root_of_length = sqrtf((float)p->n_words);
    for (uint32_t i = 0; i < p->n_words; i++) {
        const ns_mark *m = s->marks + i;
        if (!m->known) continue;
        float closeness = tones_of(m, root_of_length, tones), share = m->known->idf / divisor;
        unpack(m->known, t->size, vector);
        for (uint32_t c = 0; c < STANCES; c++) {
            const float *weights = w->dense + (size_t)c * n_dense, *near = weights + TONES, *passage = near + t->size;
            float sum = 0;
            for (int k = 0; k < TONES; k++) sum += tones[k] * weights[k];
            if (closeness != 0.0f) sum += closeness * dot(vector, near, t->size);
            added[STANCES * m->sentence + c] += sum + share * dot(vector, passage, t->size);
        }
    }
}

/* Scores of pairs, three each, and, where added is not NULL, what each sentence adds to them. Returns 0 when memory ran out. */
NS_API int ns_stance_scores(ns_scratch *s, const ns_word_table *t, const ns_stance_weights *w, const ns_pair *pairs, uint32_t n_pairs,
                            float *scores, float *added) {
    if (!room_for(s, pairs, n_pairs)) return 0;
    uint32_t n_dense = TONES + 2 * t->size + LIKENESSES;
    float row[TONES + 2 * NS_MOST_DIMENSIONS + LIKENESSES];
    for (uint32_t i = 0; i < n_pairs; i++) {
        const ns_pair *p = pairs + i;
        mark(s, t, p);
        size_t count = list(s, p, s->features);
        float divisor = dense(s, t, p, row);
        double sums[STANCES] = {0};
        if (added) memset(added, 0, (size_t)p->n_sentences * STANCES * sizeof *added);
        for (size_t f = 0; f < count; f++) {
            const ns_feature *feature = s->features + f;
            if (f + 16 < count) __builtin_prefetch(w->hashed + (size_t)STANCES * s->features[f + 16].index);
            for (uint32_t c = 0; c < STANCES; c++) {
                float part = half(w->hashed[(size_t)STANCES * feature->index + c]) * feature->value;
                sums[c] += part;
                if (added && feature->word != NS_NO_WORD) added[STANCES * s->marks[feature->word].sentence + c] += part;
            }
        }
        for (uint32_t c = 0; c < STANCES; c++)
            scores[STANCES * i + c] = (float)sums[c] + dot(row, w->dense + (size_t)c * n_dense, n_dense) + w->intercept[c];
        if (added) {
            add_dense(s, t, p, w, divisor, added);
            added += (size_t)p->n_sentences * STANCES;
        }
    }
    return 1;
}
