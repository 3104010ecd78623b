"""From the passages of an article to its stance towards a target, or to an abstention. Not for fitting (see ``train.stance``)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.answers import Abstention, AbstentionReason, Span, StanceLabel
from newsstand.documents import STANCES, Document
from newsstand.stance.passages import Passage, StanceScorer, passages
from newsstand.stance.targets import Found, KnownTargets, read_article

MAX_SPANS = 5
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Combination:
    """How the scores of an article's passages become probabilities.

    Log-odds are ``slope`` times the weighted mean of the scores of the passages, plus ``offset``; ``title`` and ``lead`` (the
    first passage of the text) are weights beside the 1 of every other passage.
    """

    slope: float = 1.0
    offset: Triple = (0.0, 0.0, 0.0)
    title: float = 1.0
    lead: float = 1.0

    def __post_init__(self) -> None:
        numbers = (self.slope, *self.offset, self.title, self.lead)
        if len(self.offset) != len(STANCES) or not all(math.isfinite(number) for number in numbers):
            raise ValueError("the stance head needs a slope, three offsets and two weights")
        if min(self.slope, self.title, self.lead) < 0:
            raise ValueError("the weights of the stance head must not be negative")

    def shares(self, read: Sequence[Passage]) -> NDArray[np.float32]:
        """The part of each passage of one article, together 1."""
        weights = np.ones(len(read))
        lead = next((n for n, passage in enumerate(read) if passage.field == "text"), None)
        for n, passage in enumerate(read):
            weights[n] = self.title if passage.field == "title" else self.lead if n == lead else 1.0
        total = weights.sum()
        return np.asarray(weights / total if total else np.full(len(read), 1 / max(1, len(read))), np.float32)


@dataclass(frozen=True)
class StanceHead:
    """Decides whether an article is in favour of a target, against it or neither.

    Parameters
    ----------
    scorer : StanceScorer
    targets : KnownTargets
        Looked for in articles when nobody names a target.
    combination : Combination
    threshold : float
        Below this probability of the likeliest stance the head abstains.
    """

    scorer: StanceScorer
    targets: KnownTargets = field(default_factory=KnownTargets)
    combination: Combination = Combination()
    threshold: float = 0.0

    def label(
        self, document: Document, targets: Sequence[str] | None = None, *, explain: bool = True
    ) -> tuple[tuple[StanceLabel, ...], tuple[Abstention, ...]]:
        """The stance of a document towards targets, and why some have none.

        Parameters
        ----------
        document : Document
        targets : sequence of str, optional
            Any phrases; ``None`` for the known targets that the document mentions, at most five.
        explain : bool
            Whether to give evidence.
        """
        if targets is not None and not targets:
            return (), ()
        readings = read_article(document)
        if targets is None:
            found = self.targets.mentioned(readings)
        else:
            found = [self.targets.find(target, readings) for target in dict.fromkeys(targets)]
        read = [passages(readings, one.mentions) if one.mentions else [] for one in found]
        pairs = [(_asked(one), passage) for one, own in zip(found, read, strict=True) for passage in own]
        scores, added = self.scorer.explain(pairs) if explain else (self.scorer.score(pairs), [])
        labels, start = [], 0
        for one, own in zip(found, read, strict=True):
            part = slice(start, start + len(own))
            labels.append(self._decide(one, own, scores[part], added[part]))
            start += len(own)
        reasons: dict[AbstentionReason, None] = {}
        for label in labels:
            if label.stance is None:
                reasons["low_confidence" if label.mentioned else "target_not_mentioned"] = None
        return tuple(labels), tuple(Abstention("stance", reason) for reason in reasons)

    def probabilities(self, document: Document, targets: Sequence[str]) -> tuple[NDArray[np.float32], list[bool]]:
        """Calibrated probabilities of favor, against and neutral, also where the document does not mention the target.

        Returns
        -------
        probabilities : array of shape (n_targets, 3)
        mentioned : list of bool
        """
        readings = read_article(document)
        found = [self.targets.find(target, readings) for target in targets]
        result = np.zeros((len(found), len(STANCES)), np.float32)
        for row, one in enumerate(found):
            read = passages(readings, one.mentions)
            scores = self.scorer.score([(_asked(one), passage) for passage in read])
            result[row] = self.combined(read, scores)
        return result, [one.mentioned for one in found]

    def combined(self, read: Sequence[Passage], scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities from the scores of the passages of one article."""
        log_odds = self.combination.slope * (self.combination.shares(read) @ scores) + self.combination.offset
        odds = np.exp(log_odds - log_odds.max())
        return np.asarray(odds / odds.sum(), np.float32)

    def _decide(
        self, one: Found, read: Sequence[Passage], scores: NDArray[np.float32], added: Sequence[NDArray[np.float32]]
    ) -> StanceLabel:
        if not read:
            return StanceLabel(one.target, mentioned=False, stance=None, scores=None)
        probabilities = self.combined(read, scores)
        likeliest = int(probabilities.argmax())
        named = {stance: float(p) for stance, p in zip(STANCES, probabilities, strict=True)}
        decided = STANCES[likeliest] if probabilities[likeliest] >= self.threshold else None
        return StanceLabel(one.target, True, decided, named, self._evidence(read, added, likeliest))

    def _evidence(
        self, read: Sequence[Passage], added: Sequence[NDArray[np.float32]], likeliest: int
    ) -> tuple[Span, ...]:
        """The sentences that move the likeliest stance most against the other two, strongest first."""
        spans = []
        for share, passage, by_sentence in zip(self.combination.shares(read), read, added, strict=False):
            weights = self.combination.slope * share * (by_sentence[:, likeliest] * 1.5 - by_sentence.sum(axis=1) / 2)
            spans += [
                Span(passage.field, passage.start + start, passage.start + end, float(weight))
                for (start, end), weight in zip(passage.sentences, weights, strict=True)
                if weight
            ]
        return tuple(sorted(spans, key=lambda span: -abs(span.weight))[:MAX_SPANS])

    def to_dict(self) -> dict[str, Any]:
        """What a manifest says of the head besides its scorer and targets."""
        return {
            "slope": self.combination.slope,
            "offset": list(self.combination.offset),
            "title": self.combination.title,
            "lead": self.combination.lead,
            "threshold": self.threshold,
        }

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], scorer: StanceScorer, targets: KnownTargets) -> StanceHead:
        """Rebuild a head from a manifest; KeyError, TypeError or ValueError if it is not what :meth:`to_dict` wrote."""
        offset = tuple(float(number) for number in entry["offset"])
        combination = Combination(float(entry["slope"]), offset, float(entry["title"]), float(entry["lead"]))  # type: ignore[arg-type]
        threshold = float(entry["threshold"])
        if not 0 <= threshold <= 1:
            raise ValueError("the threshold of the stance head must be a probability")
        return cls(scorer, targets, combination, threshold)


def _asked(found: Found) -> str:
    """What the scorer is asked about: the name of a known target, whatever alias the request has."""
    return found.known.name if found.known else found.target
