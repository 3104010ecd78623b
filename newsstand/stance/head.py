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
FAVOR, AGAINST, NEUTRAL = (STANCES.index(stance) for stance in ("favor", "against", "neutral"))
ADDED = ("longer", "often", "titled")  # parameters of a combination that an older run may lack
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
    than they are. Those of neutral lose ``often`` times the logarithm of how often the passages mention the target, and
    ``titled`` where the title mentions it: on what an article names in passing it seldom takes a side. A passage weighs as much
    as it has sentences, times ``title`` for the title and ``lead`` for the first passage of the text.
    """

    slope: float = 1.0
    offset: Triple = (0.0, 0.0, 0.0)
    title: float = 1.0
    lead: float = 1.0
    longer: float = 0.0
    often: float = 0.0
    titled: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.slope, *self.offset, self.title, self.lead, self.longer, self.often, self.titled)
        if len(self.offset) != len(STANCES) or not all(math.isfinite(number) for number in numbers):
            raise ValueError(
                "the stance head needs a slope, three offsets, two weights and what length and mentions change"
            )
        if min(self.slope, self.title, self.lead) < 0:
            raise ValueError("the weights of the stance head must not be negative")

    def shares(self, read: Sequence[Passage]) -> list[float]:
        """The part of each passage of one article, together 1."""
        weights = [float(_sentences(passage)) for passage in read]
        lead = next((n for n, passage in enumerate(read) if passage.field == "text"), None)
        for n, passage in enumerate(read):
            weights[n] *= self.title if passage.field == "title" else self.lead if n == lead else 1.0
        total = sum(weights)
        return [weight / total if total else 1 / len(read) for weight in weights]

    def offsets(self, read: Sequence[Passage]) -> Triple:
        """What is added to the log-odds of one article whatever its passages say."""
        added = self.longer * log_length(read)
        lost = self.often * log_mentions(read) + self.titled * is_titled(read)
        favor, against, neutral = self.offset
        return favor + added, against - added, neutral - lost


def log_length(read: Sequence[Passage]) -> float:
    """The logarithm of the number of sentences in the passages of one article."""
    return math.log(max(1, sum(map(_sentences, read))))


def log_mentions(read: Sequence[Passage]) -> float:
    """The logarithm of how often the passages of one article mention the target; 0 where they do not."""
    return math.log(max(1, sum(len(passage.mentions) for passage in read)))


def is_titled(read: Sequence[Passage]) -> bool:
    """Whether the title of an article mentions the target."""
    return any(passage.field == "title" and passage.mentions for passage in read)


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
        scores = self.scorer.score([(asked.target, passage) for passage in asked.read])
        return np.array(self._combined(asked.read, scores, self.combination.shares(asked.read)), np.float32)

    def _combined(self, read: Sequence[Passage], scores: NDArray[np.float32], shares: Sequence[float]) -> list[float]:
        """Calibrated probabilities from the scores of the passages of one article."""
        log_odds = list(self.combination.offsets(read))
        for share, row in zip(shares, scores.tolist(), strict=True):
            for n, score in enumerate(row):
                log_odds[n] += self.combination.slope * share * score
        most = max(log_odds)
        odds = [math.exp(number - most) for number in log_odds]
        total = sum(odds)
        return [number / total for number in odds]

    def _decide(self, one: Asked, scores: NDArray[np.float32], added: Sequence[NDArray[np.float32]]) -> StanceLabel:
        shares = self.combination.shares(one.read)
        probabilities = self._combined(one.read, scores, shares)
        likeliest = max(range(len(STANCES)), key=probabilities.__getitem__)
        decided = STANCES[likeliest] if probabilities[likeliest] >= self.threshold else None
        named = dict(zip(STANCES, probabilities, strict=True))
        return StanceLabel(one.name, True, decided, named, self._evidence(one.read, added, shares))

    def _evidence(
        self, read: Sequence[Passage], added: Sequence[NDArray[np.float32]], shares: Sequence[float]
    ) -> tuple[Span, ...]:
        """The sentences that move the article most between favor (positive) and against (negative), strongest first."""
        moving = []
        for share, passage, by_sentence in zip(shares, read, added, strict=False):
            for span, row in zip(passage.sentences, by_sentence.tolist(), strict=True):
                weight = self.combination.slope * share * (row[FAVOR] - row[AGAINST])
                if weight:
                    moving.append((weight, passage, span))
        moving.sort(key=lambda one: -abs(one[0]))
        return tuple(
            [
                Span(passage.field, passage.start + start, passage.start + end, weight)
                for weight, passage, (start, end) in moving[:MAX_SPANS]
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """What a manifest says of the head besides its scorer."""
        return {
            "slope": self.combination.slope,
            "offset": list(self.combination.offset),
            **{name: getattr(self.combination, name) for name in ADDED},
            "title": self.combination.title,
            "lead": self.combination.lead,
            "threshold": self.threshold,
        }

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any], scorer: StanceScorer) -> StanceHead:
        """Rebuild a head from a manifest; KeyError, TypeError or ValueError if it is not what :meth:`to_dict` wrote."""
        offset = tuple(float(number) for number in entry["offset"])
        added = {name: float(entry.get(name, 0.0)) for name in ADDED}
        combination = Combination(
            float(entry["slope"]),
            offset,  # type: ignore[arg-type]
            float(entry["title"]),
            float(entry["lead"]),
            **added,
        )
        threshold = float(entry["threshold"])
        if not 0 <= threshold <= 1:
            raise ValueError("the threshold of the stance head must be a probability")
        return cls(scorer, combination, threshold)
