"""From the passages of an article to its stance towards a target, or to an abstention. Not for fitting (see ``train.stance``)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.answers import Span, StanceLabel
from newsstand.documents import STANCES
from newsstand.stance.passages import Passage, StanceScorer

MAX_SPANS = 5
FAVOR, AGAINST = STANCES.index("favor"), STANCES.index("against")
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """One target, and what an article says near it.

    Parameters
    ----------
    name : str
        As the request has it; it comes back in the answer.
    target : str
        What the scorer is asked about: the name of a known target, whatever alias the request has.
    read : sequence of Passage
    """

    name: str
    target: str
    read: Sequence[Passage]


@dataclass(frozen=True)
class Combination:
    """How the scores of an article's passages become probabilities.

    Log-odds are ``slope`` times the weighted mean of the scores of the passages, plus ``offset``, plus ``longer`` times the
    logarithm of the number of sentences read for favor and minus that for against: a scorer may take longer texts for kinder
    than they are. A passage weighs as much as it has sentences, times ``title`` for the title and ``lead`` for the first
    passage of the text.
    """

    slope: float = 1.0
    offset: Triple = (0.0, 0.0, 0.0)
    title: float = 1.0
    lead: float = 1.0
    longer: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.slope, *self.offset, self.title, self.lead, self.longer)
        if len(self.offset) != len(STANCES) or not all(math.isfinite(number) for number in numbers):
            raise ValueError("the stance head needs a slope, three offsets, two weights and what length adds")
        if min(self.slope, self.title, self.lead) < 0:
            raise ValueError("the weights of the stance head must not be negative")

    def shares(self, read: Sequence[Passage]) -> NDArray[np.float32]:
        """The part of each passage of one article, together 1."""
        weights = np.array([_sentences(passage) for passage in read], np.float64)
        lead = next((n for n, passage in enumerate(read) if passage.field == "text"), None)
        for n, passage in enumerate(read):
            weights[n] *= self.title if passage.field == "title" else self.lead if n == lead else 1.0
        total = weights.sum()
        return np.asarray(weights / total if total else np.full(len(read), 1 / max(1, len(read))), np.float32)

    def offsets(self, read: Sequence[Passage]) -> NDArray[np.float64]:
        """What is added to the log-odds of one article whatever its passages say, shape (3,)."""
        added = np.array(self.offset)
        added[[FAVOR, AGAINST]] += np.array([1, -1]) * self.longer * log_length(read)
        return added


def log_length(read: Sequence[Passage]) -> float:
    """The logarithm of the number of sentences in the passages of one article."""
    return math.log(max(1, sum(map(_sentences, read))))


def _sentences(passage: Passage) -> int:
    return max(1, len(passage.sentences))


@dataclass(frozen=True)
class StanceHead:
    """Decides whether an article is in favour of a target, against it or neither.

    Parameters
    ----------
    scorer : StanceScorer
    combination : Combination
    threshold : float
        Below this probability of the likeliest stance the head abstains.
    """

    scorer: StanceScorer
    combination: Combination = Combination()
    threshold: float = 0.0

    def label(self, asked: Sequence[Asked], *, explain: bool = True) -> list[StanceLabel]:
        """The stance of an article towards each target that it mentions."""
        pairs = [(one.target, passage) for one in asked for passage in one.read]
        scores, added = self.scorer.explain(pairs) if explain else (self.scorer.score(pairs), [])
        labels, start = [], 0
        for one in asked:
            part = slice(start, start + len(one.read))
            labels.append(self._decide(one, scores[part], added[part]))
            start = part.stop
        return labels

    def probabilities(self, asked: Asked) -> NDArray[np.float32]:
        """Calibrated probabilities of favor, against and neutral, shape (3,)."""
        return self.combined(asked.read, self.scorer.score([(asked.target, passage) for passage in asked.read]))

    def combined(self, read: Sequence[Passage], scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities from the scores of the passages of one article."""
        log_odds = self.combination.slope * (self.combination.shares(read) @ scores) + self.combination.offsets(read)
        odds = np.exp(log_odds - log_odds.max())
        return np.asarray(odds / odds.sum(), np.float32)

    def _decide(self, one: Asked, scores: NDArray[np.float32], added: Sequence[NDArray[np.float32]]) -> StanceLabel:
        probabilities = self.combined(one.read, scores)
        likeliest = int(probabilities.argmax())
        named = {stance: float(p) for stance, p in zip(STANCES, probabilities, strict=True)}
        decided = STANCES[likeliest] if probabilities[likeliest] >= self.threshold else None
        return StanceLabel(one.name, True, decided, named, self._evidence(one.read, added))

    def _evidence(self, read: Sequence[Passage], added: Sequence[NDArray[np.float32]]) -> tuple[Span, ...]:
        """The sentences that move the article most between favor (positive) and against (negative), strongest first."""
        spans = []
        for share, passage, by_sentence in zip(self.combination.shares(read), read, added, strict=False):
            weights = self.combination.slope * share * (by_sentence[:, FAVOR] - by_sentence[:, AGAINST])
            spans += [
                Span(passage.field, passage.start + start, passage.start + end, float(weight))
                for (start, end), weight in zip(passage.sentences, weights, strict=True)
                if weight
            ]
        return tuple(sorted(spans, key=lambda span: -abs(span.weight))[:MAX_SPANS])

    def to_dict(self) -> dict[str, Any]:
        """What a manifest says of the head besides its scorer."""
        return {
            "slope": self.combination.slope,
            "offset": list(self.combination.offset),
            "longer": self.combination.longer,
            "title": self.combination.title,
            "lead": self.combination.lead,
            "threshold": self.threshold,
        }

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], scorer: StanceScorer) -> StanceHead:
        """Rebuild a head from a manifest; KeyError, TypeError or ValueError if it is not what :meth:`to_dict` wrote."""
        offset = tuple(float(number) for number in entry["offset"])
        title, lead, longer = (float(number) for number in (entry["title"], entry["lead"], entry.get("longer", 0.0)))
        combination = Combination(float(entry["slope"]), offset, title, lead, longer)  # type: ignore[arg-type]
        threshold = float(entry["threshold"])
        if not 0 <= threshold <= 1:
            raise ValueError("the threshold of the stance head must be a probability")
        return cls(scorer, combination, threshold)
