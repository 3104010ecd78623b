"""From raw scores to topics: calibrated probabilities, parents, thresholds. Not for fitting any of them (see ``train.fit``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.errors import LabelError
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
    """

    labels: LabelSet
    intercept: NDArray[np.float32]
    slope: NDArray[np.float32]
    offset: NDArray[np.float32]
    threshold: NDArray[np.float32]

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
    def _thresholds(self) -> tuple[NDArray[np.float32], list[float]]:
        """Log-odds from which a topic matters to a document, to itself or to its parent; and those from which it is given."""
        own: NDArray[np.float32] = np.log(self.threshold / (1 - self.threshold))
        return np.minimum(own, own[self._parent_of]), own.tolist()

    @cached_property
    def _family_of(self) -> list[list[int]]:
        """Columns of each topic and its children."""
        families = [[column] for column in range(len(self.labels))]
        for column, parent in enumerate(self._parent_of):
            if parent != column:
                families[parent].append(column)
        return families

    def log_odds(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated log-odds from scores without intercept, shape (…, n_labels); no parent has less than a child."""
        own: NDArray[np.float32] = np.asarray(self.slope * scores)
        own += self._bias
        children, starts, parents = self._families
        if len(parents):
            own[..., parents] = np.maximum(own[..., parents], np.maximum.reduceat(own[..., children], starts, axis=-1))
        return own

    def probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities from scores without intercept, shape (…, n_labels)."""
        with np.errstate(over="ignore"):
            result: NDArray[np.float32] = np.asarray(1 / (1 + np.exp(-self.log_odds(scores))), np.float32)
        return result

    def decide(self, scores: NDArray[np.float32]) -> list[tuple[int, float]]:
        """Columns and probabilities of the topics that one document is given, the likeliest first."""
        own = self.slope * scores + self._bias
        least, thresholds = self._thresholds
        matter = (own >= least).nonzero()[0].tolist()
        if not matter:
            return []
        log_odds: list[float] = own.tolist()
        given = {column for column in matter if log_odds[column] >= thresholds[column]}
        given.update([self._parent_of[column] for column in matter])
        family_of = self._family_of
        ranked = sorted([(-max([log_odds[n] for n in family_of[column]]), column) for column in given])
        return [(column, 1 / (1 + math.exp(min(minus, 500.0)))) for minus, column in ranked]

    def given(self, probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which topics are given, shape (…, n_labels)."""
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

    def to_dict(self) -> dict[str, Any]:
        """The head as it stands in a manifest."""
        numbers = {name: getattr(self, name).tolist() for name in ("intercept", "slope", "offset", "threshold")}
        labels = [
            topic_to_dict(topic) | {name: values[n] for name, values in numbers.items()}
            for n, topic in enumerate(self.labels)
        ]
        return {"label_set": self.labels.name, "labels": labels}

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
        numbers = [
            np.array([label[name] for label in entry["labels"]], np.float32)
            for name in ("intercept", "slope", "offset", "threshold")
        ]
        if any(array.shape != (len(topics),) for array in numbers):
            raise ValueError("every topic needs one intercept, one slope, one offset and one threshold")
        return cls(LabelSet(str(entry["label_set"]), topics), *numbers)
