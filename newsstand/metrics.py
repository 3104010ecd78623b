"""How good labels are, with confidence intervals. Only arithmetic on arrays: it knows no run and no file.

Every figure is a function of sums over documents, so its interval comes from resampling those sums: by outlet where there are
enough outlets, since articles of one outlet resemble each other, by document otherwise (Efron & Tibshirani 1993, chapters 8, 13).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 15
RESAMPLES = 400
MIN_OUTLETS = 20
MOST_TARGETS = 50
HITS = (1, 3, 5)


@dataclass(frozen=True)
class Sums:
    """What each document adds to some sums, shape (n_documents, n_sums), and what figures the sums make."""

    rows: Floats
    figures: Callable[[Floats], dict[str, float]]

    @property
    def values(self) -> dict[str, float | None]:
        """The figures of all documents."""
        return {name: _plain(value) for name, value in self.figures(self.rows.sum(axis=0)).items()}

    def by(self, clusters: NDArray[np.intp]) -> Sums:
        """The same with one row a cluster, numbered from 0."""
        rows = np.zeros((int(clusters.max()) + 1 if len(clusters) else 0, self.rows.shape[1]))
        np.add.at(rows, clusters, self.rows)
        return Sums(rows, self.figures)


def differences(first: Sums, second: Sums, seed: int = 0) -> dict[str, Any]:
    """How much higher the figures of the second are than those of the first, on the same documents.

    Both are computed on each of the drawn sets of documents, so that what makes a document hard for both cancels out (paired
    bootstrap; Efron & Tibshirani 1993).

    Returns
    -------
    dict
        The differences, and under ``intervals`` their 95 % intervals.
    """
    width = first.rows.shape[1]

    def difference(sums: Floats) -> dict[str, float]:
        before, after = first.figures(sums[:width]), second.figures(sums[width:])
        return {name: after[name] - before[name] for name in before if name in after}

    return with_intervals(
        np.concatenate([first.rows, second.rows], axis=1), np.arange(len(first.rows)), difference, seed
    )


def clusters_of(sources: Sequence[str | None]) -> NDArray[np.intp]:
    """Which documents are resampled together: those of one outlet, or each alone where there are few outlets."""
    known = {source for source in sources if source}
    if len(known) < MIN_OUTLETS:
        return np.arange(len(sources))
    names = [source or f"document {n}" for n, source in enumerate(sources)]
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def with_intervals(
    rows: Floats, clusters: NDArray[np.intp], figures: Callable[[Floats], dict[str, float]], seed: int = 0
) -> dict[str, Any]:
    """Figures of the column sums of ``rows``, and under ``intervals`` their 95 % bootstrap intervals.

    Parameters
    ----------
    rows : array of shape (n_documents, n_sums)
        What each document adds to the sums.
    clusters : array of shape (n_documents,)
        From :func:`clusters_of`.
    figures : callable
        Turns sums of shape (n_sums,) into named figures.
    """
    result: dict[str, Any] = {name: _plain(value) for name, value in figures(rows.sum(axis=0)).items()}
    n_clusters = int(clusters.max()) + 1 if len(clusters) else 0
    if n_clusters < 2:
        return result
    sums = np.zeros((n_clusters, rows.shape[1]))
    np.add.at(sums, clusters, rows)
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        weights = np.bincount(random.integers(n_clusters, size=n_clusters), minlength=n_clusters)
        drawn.append(figures(weights @ sums))
    result["intervals"] = {}
    for name in drawn[0]:
        values = [draw[name] for draw in drawn if not np.isnan(draw[name])]
        if values:
            result["intervals"][name] = [_plain(q) for q in np.percentile(values, [2.5, 97.5])]
    return result


def topic_metrics(
    probabilities: NDArray[np.float32],
    ranking: NDArray[np.float32],
    given: NDArray[np.bool_],
    signs: NDArray[np.int8],
    annotated: NDArray[np.bool_],
    clusters: NDArray[np.intp],
    confidence: NDArray[np.float32] | None = None,
    *,
    with_score_ece: bool = False,
) -> dict[str, Any]:
    """Figures of a topic head with their intervals; see :func:`topic_sums`.

    Returns
    -------
    dict
        The figures, ``n`` and ``intervals``.
    """
    sums = topic_sums(
        probabilities, ranking, given, signs, annotated, confidence=confidence, with_score_ece=with_score_ece
    )
    return with_intervals(sums.rows, clusters, sums.figures) | {"n": len(signs)}


def topic_sums(
    probabilities: NDArray[np.float32],
    ranking: NDArray[np.float32],
    given: NDArray[np.bool_],
    signs: NDArray[np.int8],
    annotated: NDArray[np.bool_],
    *,
    confidence: NDArray[np.float32] | None = None,
    with_score_ece: bool = False,
) -> Sums:
    """What each document adds to the figures of a topic head.

    Parameters
    ----------
    probabilities, given : arrays of shape (n_documents, n_labels)
    ranking : array of shape (n_documents, n_labels)
        By what hit@k ranks labels (see :func:`rank_values`).
    signs : array of int8, shape (n_documents, n_labels)
        1 where the topic is gold or the parent of one, -1 where it is not, 0 where the corpus does not say.
    annotated : array of bool, shape (n_documents, n_labels)
        The topics as annotated, without the parents they imply.
    confidence : array of shape (n_documents,), optional
        How likely the first topic of the ranking is gold; its probability if left out.
    with_score_ece : bool
        Whether to compute ``score_ece``, which differs from ``ece`` where documents have only their main topic annotated.

    Returns
    -------
    Sums
        With the figures ``micro_f1``, ``macro_f1`` (over labels with a gold document), ``precision`` and ``recall`` (over all labels given),
        ``hit_at_1``, ``hit_at_3``, ``hit_at_5`` (of the documents with an annotated topic), ``ece`` (of the confidence, 15 bins of
        equal mass), ``score_ece`` (of the probability of the first topic, as if every topic not annotated were wrong),
        ``coverage`` (documents that get a topic).
    """
    n_labels = signs.shape[1]
    order = np.argsort(-ranking, axis=1, kind="stable")[:, : max(HITS)]
    found = np.take_along_axis(annotated, order, axis=1).cumsum(axis=1) > 0
    found = np.pad(found, ((0, 0), (0, max(0, max(HITS) - found.shape[1]))), mode="edge")
    top = order[:, 0]
    here = np.arange(len(signs))
    score, correct = probabilities[here, top], signs[here, top] > 0
    parts = [
        np.stack([np.ones(len(signs)), annotated.any(axis=1)], axis=1),
        found[:, [k - 1 for k in HITS]],
        given.any(axis=1, keepdims=True),
        _bin_rows(score if confidence is None else confidence, correct),
        _bin_rows(score, correct),
        given & (signs > 0),
        given & (signs < 0),
        ~given & (signs > 0),
    ]
    rows = np.concatenate([np.asarray(part, np.float64) for part in parts], axis=1)
    bins = 3 + len(HITS)
    start = bins + 6 * BINS

    def figures(sums: Floats) -> dict[str, float]:
        n = sums[0]
        true, false, missed = sums[start:].reshape(3, n_labels)
        supported = true + missed > 0
        label_f1 = _ratio(2 * true, 2 * true + false + missed)[supported]
        result = {
            "micro_f1": float(_ratio(2 * true.sum(), 2 * true.sum() + false.sum() + missed.sum())),
            "macro_f1": float(label_f1.mean()) if supported.any() else float("nan"),
            "precision": float(_ratio(true.sum(), true.sum() + false.sum())) if (true + false).any() else float("nan"),
            "recall": float(_ratio(true.sum(), true.sum() + missed.sum())),
        }
        result |= {f"hit_at_{k}": float(_ratio(sums[2 + j], sums[1])) for j, k in enumerate(HITS)}
        result["ece"] = _ece(sums[bins : bins + 3 * BINS])
        if with_score_ece:
            result["score_ece"] = _ece(sums[bins + 3 * BINS : start])
        result["coverage"] = float(_ratio(sums[2 + len(HITS)], n))
        return result

    return Sums(rows, figures)


def leaning_metrics(
    probabilities: NDArray[np.float32], gold: NDArray[np.intp], threshold: float, clusters: NDArray[np.intp]
) -> dict[str, Any]:
    """Figures of a leaning head with their intervals, and ``n``; see :func:`leaning_sums`."""
    sums = leaning_sums(probabilities, gold, threshold)
    return with_intervals(sums.rows, clusters, sums.figures) | {"n": len(gold)}


def leaning_sums(probabilities: NDArray[np.float32], gold: NDArray[np.intp], threshold: float) -> Sums:
    """What each document adds to the figures of a leaning head.

    Returns
    -------
    Sums
        With the figures ``accuracy`` and ``macro_f1`` (of its likeliest leaning, abstained or not), ``coverage`` (documents that get
        a leaning), ``selective_accuracy`` (of those), ``ece``.
    """
    n_classes = probabilities.shape[1]
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    correct, decided = predicted == gold, confidence >= threshold
    classes = np.arange(n_classes)
    is_predicted, is_gold = predicted[:, None] == classes, gold[:, None] == classes
    parts = [
        np.ones((len(gold), 1)),
        correct[:, None],
        decided[:, None],
        (decided & correct)[:, None],
        _bin_rows(confidence, correct),
        is_predicted & is_gold,
        is_predicted & ~is_gold,
        ~is_predicted & is_gold,
    ]
    rows = np.concatenate([np.asarray(part, np.float64) for part in parts], axis=1)
    start = 4 + 3 * BINS

    def figures(sums: Floats) -> dict[str, float]:
        true, false, missed = sums[start:].reshape(3, n_classes)
        supported = true + missed > 0
        return {
            "accuracy": float(_ratio(sums[1], sums[0])),
            "macro_f1": float(_ratio(2 * true, 2 * true + false + missed)[supported].mean())
            if supported.any()
            else float("nan"),
            "coverage": float(_ratio(sums[2], sums[0])),
            "selective_accuracy": float(sums[3] / sums[2]) if sums[2] else float("nan"),
            "ece": _ece(sums[4:start]),
        }

    return Sums(rows, figures)


def stance_metrics(
    probabilities: NDArray[np.float32], gold: NDArray[np.intp], targets: Sequence[str], clusters: NDArray[np.intp]
) -> dict[str, Any]:
    """Figures of a stance head; they count its likeliest stance, abstained or not.

    Parameters
    ----------
    probabilities : array of shape (n, 3)
        Of favor, against and neutral.
    gold : array of shape (n,)
        A target that is not mentioned counts as neutral.
    targets : sequence of str
    clusters : array of shape (n,)
        What is resampled together.

    Returns
    -------
    dict
        ``macro_f1`` (over the stances that occur), ``f_avg`` (the mean of F1(favor) and F1(against), as SemEval-2016 Task 6 has
        it), ``accuracy``, ``ece``, ``n``, ``intervals`` and ``per_target``, the 50 most frequent targets with their figures.
    """
    sums = stance_sums(probabilities, gold)
    counts = Counter(targets)
    per_target = {}
    for target, count in counts.most_common(MOST_TARGETS):
        own = sums.figures(sums.rows[[name == target for name in targets]].sum(axis=0))
        per_target[target] = {name: _plain(own[name]) for name in ("macro_f1", "f_avg", "accuracy")} | {"n": count}
    return with_intervals(sums.rows, clusters, sums.figures) | {"n": len(gold), "per_target": per_target}


def stance_sums(probabilities: NDArray[np.float32], gold: NDArray[np.intp]) -> Sums:
    """What each gold stance adds to the figures of a stance head; see :func:`stance_metrics`.

    Returns
    -------
    Sums
        With the figures ``macro_f1``, ``f_avg``, ``accuracy``, ``ece``.
    """
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    classes = np.arange(probabilities.shape[1])
    is_predicted, is_gold = predicted[:, None] == classes, gold[:, None] == classes
    correct = predicted == gold
    parts = [np.ones((len(gold), 1)), correct[:, None], _bin_rows(confidence, correct)]
    parts += [is_predicted & is_gold, is_predicted & ~is_gold, ~is_predicted & is_gold]
    rows = np.concatenate([np.asarray(part, np.float64) for part in parts], axis=1)
    start = 2 + 3 * BINS

    def figures(sums: Floats) -> dict[str, float]:
        true, false, missed = sums[start:].reshape(3, len(classes))
        f1 = _ratio(2 * true, 2 * true + false + missed)
        supported = true + missed > 0
        return {
            "macro_f1": float(f1[supported].mean()) if supported.any() else float("nan"),
            "f_avg": float(f1[:2].mean()),
            "accuracy": float(_ratio(sums[1], sums[0])),
            "ece": _ece(sums[2:start]),
        }

    return Sums(rows, figures)


def label_table(given: NDArray[np.bool_], signs: NDArray[np.int8]) -> list[dict[str, float]]:
    """Precision, recall, F1 and number of gold documents of each label."""
    true = (given & (signs > 0)).sum(axis=0)
    false = (given & (signs < 0)).sum(axis=0)
    missed = (~given & (signs > 0)).sum(axis=0)
    precision, recall = _ratio(true, true + false), _ratio(true, true + missed)
    f1 = _ratio(2 * true, 2 * true + false + missed)
    return [
        {"precision": round(float(p), 4), "recall": round(float(r), 4), "f1": round(float(f), 4), "support": int(s)}
        for p, r, f, s in zip(precision, recall, f1, true + missed, strict=True)
    ]


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % score interval of a share of ``n`` (Wilson 1927), from 0 to 1 where ``n`` is 0."""
    if not n:
        return 0.0, 1.0
    z = 1.96
    middle, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float((middle - half) / (1 + z * z / n))), float((middle + half) / (1 + z * z / n))


def _bin_rows(confidence: NDArray[np.floating[Any]], correct: NDArray[np.bool_]) -> Floats:
    """For each document, in the columns of its bin of equal mass: 1, its confidence, whether it is right."""
    rows = np.zeros((len(confidence), BINS, 3))
    position = np.empty(len(confidence), np.intp)
    position[np.argsort(confidence, kind="stable")] = np.arange(len(confidence)) * BINS // max(1, len(confidence))
    rows[np.arange(len(confidence)), position] = np.stack([np.ones(len(confidence)), confidence, correct], axis=1)
    return rows.reshape(len(confidence), BINS * 3)


def _ece(sums: Floats) -> float:
    """Expected calibration error (Guo et al. 2017) from the sums of :func:`_bin_rows`."""
    _, confidence, correct = sums.reshape(BINS, 3).T
    return float(_ratio(np.abs(confidence - correct).sum(), sums.reshape(BINS, 3)[:, 0].sum()))


def ece_by_chance(confidence: NDArray[np.floating[Any]], draws: int = 200, seed: int = 0) -> float:
    """The calibration error that a perfectly calibrated classifier would show on as many examples, on average.

    A bin of 15 holds few examples of a small sample, and chance alone moves the share of them that is right.

    Parameters
    ----------
    confidence : array of shape (n,)
        Probability of the likeliest answer to each example.
    draws : int
        How often to draw which of them are right.
    seed : int
    """
    draw = np.random.default_rng(seed)
    right = (draw.random(len(confidence)) < confidence for _ in range(draws))
    return float(np.mean([_ece(_bin_rows(confidence, correct).sum(axis=0)) for correct in right]))


def _plain(value: float) -> float | None:
    """The figure for people and JSON, ``None`` where there is nothing to measure."""
    return None if np.isnan(value) else round(float(value), 4)


def _ratio(part: Any, whole: Any) -> Any:
    """``part / whole``, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=np.asarray(whole) != 0)
