"""What comes out: the labels of one document with their scores and evidence. Not for computing them.

Named tuples, since a document has a dozen of them, and to make a frozen dataclass takes more than twice as long.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from newsstand.documents import LeaningName, StanceName

AbstentionReason = Literal["low_confidence", "off_topic", "language_not_supported", "too_short", "target_not_mentioned"]
HeadName = Literal["topics", "stance", "leaning"]
FieldName = Literal["title", "text"]

ABSTENTION_REASONS: dict[AbstentionReason, str] = {
    "low_confidence": "no label of this head is likely enough",
    "off_topic": "the text is unlike everything the run was trained on",
    "language_not_supported": "the text is in a language that the run was not trained on",
    "too_short": "the text has too few words to be labelled",
    "target_not_mentioned": "the article does not mention the target",
}


class Span(NamedTuple):
    """A passage of the original text, in code points of its field, and what it adds to a label's log-odds."""

    field: FieldName
    start: int
    end: int
    weight: float

    def to_dict(self) -> dict[str, Any]:
        """The span as a JSON object."""
        return {"field": self.field, "start": self.start, "end": self.end, "weight": round(self.weight, 4)}


class TopicLabel(NamedTuple):
    """A topic that a document was given, with its calibrated probability."""

    label: str
    code: str | None
    score: float
    evidence: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The label as a JSON object."""
        return {
            "label": self.label,
            "code": self.code,
            "score": round(self.score, 4),
            "evidence": [span.to_dict() for span in self.evidence],
        }


class LeaningLabel(NamedTuple):
    """The leaning of a document, ``None`` where the head abstains, with the probability of each."""

    label: LeaningName | None
    scores: dict[str, float]
    evidence: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The leaning as a JSON object."""
        return {
            "label": self.label,
            "scores": {name: round(score, 4) for name, score in self.scores.items()},
            "evidence": [span.to_dict() for span in self.evidence],
        }


class StanceLabel(NamedTuple):
    """The stance of a document towards one target.

    ``stance`` is ``None`` where the head abstains; where the target is not mentioned, ``scores`` are ``None`` too.
    """

    target: str
    mentioned: bool
    stance: StanceName | None
    scores: dict[StanceName, float] | None
    evidence: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The stance as a JSON object."""
        return {
            "target": self.target,
            "mentioned": self.mentioned,
            "stance": self.stance,
            "scores": {name: round(score, 4) for name, score in self.scores.items()} if self.scores else None,
            "evidence": [span.to_dict() for span in self.evidence],
        }


class Abstention(NamedTuple):
    """A head that gives no label, and why."""

    head: HeadName
    reason: AbstentionReason


class Answer(NamedTuple):
    """All labels of one document. ``stances`` is empty where the run has no stance head or no target was looked for."""

    id: str | None
    language: str | None
    topics: tuple[TopicLabel, ...]
    leaning: LeaningLabel | None
    abstained: tuple[Abstention, ...]
    run: str
    fingerprint: str
    stances: tuple[StanceLabel, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The answer as the JSON object of the contract."""
        return {
            "id": self.id,
            "language": self.language,
            "topics": [topic.to_dict() for topic in self.topics],
            "stances": [stance.to_dict() for stance in self.stances],
            "leaning": self.leaning.to_dict() if self.leaning else None,
            "abstained": [{"head": a.head, "reason": a.reason} for a in self.abstained],
            "model": {"run": self.run, "fingerprint": self.fingerprint},
        }
