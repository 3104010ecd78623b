"""From raw scores to topics: calibrated probabilities, parents, thresholds. Not for fitting any of them (see ``train.fit``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.errors import LabelError
from newsstand.heads.curves import LARGEST_LOG_ODDS, Certainty, Curve
from newsstand.heads.familiarity import Familiarity
from newsstand.kernel import Scores, as_array
from newsstand.kernel.topics import Topics
from newsstand.labels import LabelSet, topic_from_dict, topic_to_dict


@dataclass(frozen=True)
class TopicHead:
    """Decides which topics a document has.

    Parameters
    ----------
    labels : LabelSet
        One topic a column of the scores.
    intercept, slope, offset, threshold : arrays of float32, shape (n_labels,)
        Probability is ``sigmoid(slope * (score + intercept) + offset)`` (Platt 1999), for a parent at least that of each child; a
        topic is given where it reaches the threshold, and a parent wherever a child is given.
    exclusive : bool
        A document has exactly one topic: probabilities are a softmax over the labels instead, and only the likeliest can be given.
    curves : mapping of int to Curve
        Corrections of the log-odds of labels with many documents, by column.
    likeliest : Certainty, optional
        How likely the likeliest topic is right: it was chosen for being likely, so its own probability says too much or too
        little. Only for flat label sets.
    main_topic : Certainty, optional
        The same for the question whether an annotator who names only the main topic names the likeliest one.
    familiarity : Familiarity, optional
        What tells texts unlike the training corpus, which are given no topic.

    Raises
    ------
    ValueError
        If topics that exclude each other have parents or curves.
    """

    labels: LabelSet
    intercept: NDArray[np.float32]
    slope: NDArray[np.float32]
    offset: NDArray[np.float32]
    threshold: NDArray[np.float32]
    exclusive: bool = False
    curves: Mapping[int, Curve] = field(default_factory=dict)
    likeliest: Certainty | None = None
    main_topic: Certainty | None = None
    familiarity: Familiarity | None = None

    def __post_init__(self) -> None:
        has_parents = any(topic.parent for topic in self.labels)
        if self.exclusive and (self.curves or has_parents):
            raise ValueError("topics that exclude each other have neither parents nor curves")
        if (self.likeliest or self.main_topic) and len(self.labels) < 2:
            raise ValueError("the likeliest of one topic cannot be told from the next")
        if self.likeliest and has_parents:
            raise ValueError("the likeliest topic is corrected only in a label set without parents")

    @cached_property
    def _families(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Children sorted by parent, where each parent's children start, and the parents."""
        pairs = sorted((self.labels.position(topic.parent), n) for n, topic in enumerate(self.labels) if topic.parent)
        parents, starts = np.unique(np.array([parent for parent, _ in pairs], np.intp), return_index=True)
        return np.array([child for _, child in pairs], np.intp), starts, parents

    @cached_property
    def _parent_of(self) -> list[int]:
        """Column of each topic's parent, or its own where it has none."""
        return [self.labels.position(topic.parent or topic.id) for topic in self.labels]

    @cached_property
    def _bias(self) -> NDArray[np.float32]:
        bias: NDArray[np.float32] = self.slope * self.intercept + self.offset
        return bias

    @cached_property
    def _kernel(self) -> Topics:
        """The head as it decides on one document: thresholds from before the curves, which then correct only what is given."""
        threshold: NDArray[np.float32] = np.log(self.threshold / (1 - self.threshold))
        of_parent = threshold[self._parent_of]
        for column, curve in self.curves.items():
            threshold[column] = curve.inverse(float(threshold[column]))
            of_parent[column] = curve.inverse(float(of_parent[column]))
        curves = [
            (curve.before, curve.after) if curve else ((), ())
            for curve in map(self.curves.get, range(len(self.labels)))
        ]
        return Topics(self.slope, self._bias, threshold, np.minimum(threshold, of_parent), self._parent_of, curves)

    def log_odds(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated log-odds from scores without intercept, shape (…, n_labels); no parent has less than a child."""
        own: NDArray[np.float32] = np.asarray(self.slope * scores)
        own += self._bias
        if self.exclusive:
            return _against_the_rest(own)
        for column, curve in self.curves.items():
            own[..., column] = curve.apply(own[..., column])
        children, starts, parents = self._families
        if len(parents):
            own[..., parents] = np.maximum(own[..., parents], np.maximum.reduceat(own[..., children], starts, axis=-1))
        return own

    def probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities from scores without intercept, shape (…, n_labels)."""
        with np.errstate(over="ignore"):
            result: NDArray[np.float32] = np.asarray(1 / (1 + np.exp(-self.log_odds(scores))), np.float32)
        return result

    def decide(self, scores: Scores) -> list[tuple[int, float]]:
        """Columns and probabilities of the topics that one document is given, the likeliest first."""
        if self.exclusive:
            return self._only(self._own(scores))
        decided = self._kernel.given(scores)
        if decided and self.likeliest is not None:
            first, second = self._two_highest(self._own(scores))
            if decided[0][0] == first[0]:  # otherwise the likeliest is not given
                score = self.likeliest.probability(first[1], second[1])
                decided[0] = decided[0][0], max([score, *[other for _, other in decided[1:2]]])
        return decided

    def _own(self, scores: Scores) -> NDArray[np.float32]:
        """Log-odds of each topic by itself, before the curves."""
        own: NDArray[np.float32] = self.slope * as_array(scores, len(self.labels)) + self._bias
        return own

    def _two_highest(self, own: NDArray[np.float32]) -> list[tuple[int, float]]:
        """Columns and log-odds, curves applied, of the two likeliest topics."""
        if self.curves:
            own = own.copy()
            for column, curve in self.curves.items():
                own[column] = curve(float(own[column]))
        columns = own.argsort()[-2:][::-1].tolist()
        return [(column, float(own[column])) for column in columns]

    def _only(self, own: NDArray[np.float32]) -> list[tuple[int, float]]:
        """The likeliest of topics that exclude each other, if it is likely enough."""
        column = int(own.argmax())
        if self.likeliest is None:
            probability = 1 / float(np.exp(own - own[column]).sum())
        else:
            first, second = np.sort(_against_the_rest(own))[:-3:-1].tolist()
            probability = self.likeliest.probability(first, second)
        return [(column, probability)] if probability >= self.threshold[column] else []

    def given(self, probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which topics are given, shape (…, n_labels)."""
        if self.exclusive:
            top = probabilities.argmax(axis=-1)
            enough = self.certainty(probabilities) >= self.threshold[top]
            return np.asarray(enough[..., None] & (np.arange(len(self.labels)) == top[..., None]))
        given: NDArray[np.bool_] = probabilities >= self.threshold
        children, starts, parents = self._families
        if len(parents):
            given[..., parents] |= np.logical_or.reduceat(given[..., children], starts, axis=-1)
        return given

    def ranking(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """By what topics are ranked: their probability, for a parent the part of it that no child accounts for."""
        children, starts, parents = self._families
        values = probabilities.copy()
        if len(parents):
            values[..., parents] -= np.maximum.reduceat(probabilities[..., children], starts, axis=-1)
        return values

    def certainty(self, probabilities: NDArray[np.float32], *, main_topic: bool = False) -> NDArray[np.float32]:
        """How likely the likeliest topic of each document is right.

        Parameters
        ----------
        probabilities : array of shape (n_documents, n_labels)
        main_topic : bool
            Ask instead how likely it is the one that an annotator names who names only the main topic.

        Returns
        -------
        array of shape (n_documents,)
            The probability of that topic where nothing better was learned.
        """
        certainty = self.main_topic if main_topic else self.likeliest
        ranking = self.ranking(probabilities)
        if certainty is None:
            return np.take_along_axis(probabilities, ranking.argmax(axis=1)[:, None], axis=1)[:, 0]
        return certainty.probabilities(likeliest_evidence(probabilities, ranking))

    def to_dict(self) -> dict[str, Any]:
        """The head as it stands in a manifest."""
        numbers = {name: getattr(self, name).tolist() for name in ("intercept", "slope", "offset", "threshold")}
        labels = [
            topic_to_dict(topic) | {name: values[n] for name, values in numbers.items()}
            for n, topic in enumerate(self.labels)
        ]
        for column, curve in self.curves.items():
            labels[column]["curve"] = curve.to_dict()
        head: dict[str, Any] = {"label_set": self.labels.name, "labels": labels}
        if self.exclusive:
            head["exclusive"] = True
        for name in ("likeliest", "main_topic", "familiarity"):
            if getattr(self, name) is not None:
                head[name] = getattr(self, name).to_dict()
        return head

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> TopicHead:
        """Rebuild a head from a manifest.

        Raises
        ------
        LabelError, KeyError, TypeError, ValueError
            If the entry is not what :meth:`to_dict` wrote.
        """
        topics = tuple(topic_from_dict(label, f"topic {n + 1}") for n, label in enumerate(entry["labels"]))
        if not topics:
            raise LabelError("the topic head has no labels")
        intercept, slope, offset, threshold = (
            np.array([label[name] for label in entry["labels"]], np.float32)
            for name in ("intercept", "slope", "offset", "threshold")
        )
        if any(array.shape != (len(topics),) for array in (intercept, slope, offset, threshold)):
            raise ValueError("every topic needs one intercept, one slope, one offset and one threshold")
        if np.isnan([intercept, slope, offset, threshold]).any():
            raise ValueError("an intercept, slope, offset or threshold of a topic is no number")
        curves = {n: Curve.from_dict(label["curve"]) for n, label in enumerate(entry["labels"]) if "curve" in label}
        likeliest, main_topic = (
            Certainty.from_dict(entry[name]) if name in entry else None for name in ("likeliest", "main_topic")
        )
        familiarity = Familiarity.from_dict(entry["familiarity"]) if "familiarity" in entry else None
        exclusive = entry.get("exclusive", False)
        if not isinstance(exclusive, bool):
            raise ValueError("'exclusive' must be true or false")
        labels = LabelSet(str(entry["label_set"]), topics)
        return cls(labels, intercept, slope, offset, threshold, exclusive, curves, likeliest, main_topic, familiarity)


def likeliest_evidence(probabilities: NDArray[np.float32], ranking: NDArray[np.float32]) -> NDArray[np.float64]:
    """What tells whether the likeliest topic is right: its log-odds, those of the next, and 1; shape (n_documents, 3)."""
    order = np.argsort(-ranking, axis=1, kind="stable")[:, :2]
    p = np.take_along_axis(probabilities, order, axis=1).astype(np.float64)
    least = 1 / (1 + math.exp(LARGEST_LOG_ODDS))
    p = np.clip(p, least, 1 - least)
    return np.concatenate([np.log(p / (1 - p)), np.ones((len(p), 1))], axis=1)


def _against_the_rest(own: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-odds of each label in a softmax, from its logits; the last axis is the labels."""
    odds = np.exp(own - own.max(axis=-1, keepdims=True))
    total = odds.sum(axis=-1, keepdims=True)
    return np.asarray(np.log(np.maximum(odds, 1e-30)) - np.log(np.maximum(total - odds, 1e-30)), np.float32)
