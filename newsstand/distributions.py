"""How often which labels and scores were given, and how far two such counts are apart. Not for single articles.

Training counts what a run gives to articles of outlets that the judging models never saw; a service counts what it gives day by day.
Both count the same things, so that one can be held against the other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from newsstand.answers import Answer

BINS = 10
NONE = "none"
"""The class of documents to which a head gave no label."""
TOPICS, TOPIC_SCORES, LEANING, LEANING_SCORES = DISTRIBUTIONS = ("topics", "topic_scores", "leaning", "leaning_scores")
SLIGHT, LARGE = 0.1, 0.25
_CLASSES = tuple(f"{n / BINS:.1f}" for n in range(BINS))
_NOT_READ = frozenset(["too_short", "language_not_supported"])

Shares = Mapping[str, Mapping[str, int]]
"""Counts of the classes of each distribution."""


def score_class(score: float) -> str:
    """The class of a score: the lower end of its tenth."""
    return _CLASSES[min(int(score * BINS), BINS - 1)]


def was_read(answer: Answer) -> bool:
    """Whether a document was labelled at all: one that is too short or in another language says nothing about drift."""
    return _NOT_READ.isdisjoint([abstention.reason for abstention in answer.abstained])


def classes_of(answer: Answer) -> list[tuple[str, str]]:
    """The distributions that an answer counts in, each with its class."""
    if answer.topics:
        found = [(TOPICS, topic.label) for topic in answer.topics]
        found.append((TOPIC_SCORES, score_class(max([topic.score for topic in answer.topics]))))
    else:
        found = [(TOPICS, NONE), (TOPIC_SCORES, NONE)]
    if answer.leaning:
        found.append((LEANING, answer.leaning.label or NONE))
        found.append((LEANING_SCORES, score_class(max(answer.leaning.scores.values()))))
    return found


def counted(classes: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Counts of many classes, by distribution."""
    found: dict[str, Counter[str]] = {}
    for distribution, name in classes:
        found.setdefault(distribution, Counter())[name] += 1
    return {distribution: dict(counts) for distribution, counts in found.items()}


def stability_index(expected: Mapping[str, int], found: Mapping[str, int]) -> tuple[float, float]:
    """The population stability index of two counts, and what it would be by chance alone.

    Every class counts half an observation more than it has, so that none has the share 0.

    Returns
    -------
    index : float
        ``sum((q - p) * log(q / p))`` over shares ``p`` expected and ``q`` found (Lewis 1994, "An introduction to credit scoring").
        Up to 0.1 is usually taken for stable, over 0.25 for a large change.
    chance : float
        Its expectation where both come from the same distribution: ``(classes - 1) * (1 / n + 1 / m)`` (Yurdakul 2018, "Statistical
        properties of the population stability index").
    """
    names = expected.keys() | found.keys()
    n, m = sum(expected.values()), sum(found.values())
    if not n or not m:
        raise ValueError("both counts need at least one observation")
    index = 0.0
    for name in names:
        p = (expected.get(name, 0) + 0.5) / (n + 0.5 * len(names))
        q = (found.get(name, 0) + 0.5) / (m + 0.5 * len(names))
        index += (q - p) * math.log(q / p)
    return index, (len(names) - 1) * (1 / n + 1 / m)


def verdict(index: float, chance: float) -> str:
    """``stable``, ``slight`` or ``large``: how far an index is above what chance alone would make it."""
    above = index - chance
    return "large" if above > LARGE else "slight" if above > SLIGHT else "stable"
