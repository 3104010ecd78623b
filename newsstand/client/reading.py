"""From the JSON of a service to the classes of the core. What does not fit raises plain errors, which the caller explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from newsstand.answers import ABSTENTION_REASONS, Abstention, Answer, LeaningLabel, Span, StanceLabel, TopicLabel
from newsstand.documents import LEANINGS, STANCES, Document
from newsstand.labels import Topic, topic_from_dict

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """The run that answers; equal fingerprints give equal answers."""

    run: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ServedLabels:
    """Everything that an answer of the run in use can hold."""

    topics: tuple[Topic, ...]
    leanings: tuple[str, ...]
    model: Model


@dataclass(frozen=True, slots=True)
class ServedRun:
    """A run of the service; ``error`` says why it cannot be used."""

    name: str
    heads: tuple[str, ...]
    created: str | None
    metrics: Json
    error: str | None


@dataclass(frozen=True, slots=True)
class ServedRuns:
    """The runs of the service and the champion among them."""

    champion: str | None
    runs: tuple[ServedRun, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A correction is kept; ``new`` is false where it was before. ``received`` is when it came first, in UTC."""

    id: str
    received: str
    new: bool


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A document worth a look, its answer, how doubtful that is (0 to 1), and when it was given, in UTC."""

    document: Document
    answer: Answer
    doubt: float
    seen: str


def read_answer(content: Json) -> Answer:
    """The answer to one document; fields that this version does not know are left out.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If it is no answer.
    """
    leaning, model = content["leaning"], _model(content["model"])
    return Answer(
        id=_text_or_none(content["id"]),
        language=_text_or_none(content["language"]),
        topics=tuple([_topic_label(topic) for topic in content["topics"]]),
        leaning=None if leaning is None else _leaning(leaning),
        abstained=tuple([_abstention(entry) for entry in content["abstained"]]),
        run=model.run,
        fingerprint=model.fingerprint,
        stances=tuple([_stance(entry) for entry in content["stances"]]),
    )


def read_answers(content: Json, expected: int) -> tuple[Answer, ...]:
    """The answers to a batch of documents.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If they are none, or not one for each document.
    """
    answers = tuple([read_answer(answer) for answer in content["answers"]])
    if len(answers) != expected:
        raise ValueError("not as many answers as documents")
    return answers


def read_labels(content: Json) -> ServedLabels:
    """What GET /v1/labels answers."""
    topics = [topic_from_dict(topic, f"topics[{n}]") for n, topic in enumerate(content["topics"])]
    return ServedLabels(tuple(topics), tuple([_text(name) for name in content["leanings"]]), _model(content["model"]))


def read_runs(content: Json) -> ServedRuns:
    """What GET /v1/models answers."""
    return ServedRuns(_text_or_none(content["champion"]), tuple([_run(run) for run in content["runs"]]))


def read_receipt(content: Json) -> Receipt:
    """What POST /v1/feedback answers."""
    return Receipt(_text(content["id"]), _text(content["received"]), bool(content["new"]))


def read_review(content: Json) -> list[Doubtful]:
    """What GET /v1/review answers."""
    return [
        Doubtful(
            Document.from_dict(entry["document"]),
            read_answer(entry["answer"]),
            float(entry["doubt"]),
            _text(entry["seen"]),
        )
        for entry in content["documents"]
    ]


def _run(content: Json) -> ServedRun:
    return ServedRun(
        name=_text(content["name"]),
        heads=tuple([_text(head) for head in content["heads"]]),
        created=_text_or_none(content["created"]),
        metrics=dict(content["metrics"]),
        error=_text_or_none(content["error"]),
    )


def _topic_label(content: Json) -> TopicLabel:
    return TopicLabel(
        _text(content["label"]), _text_or_none(content["code"]), float(content["score"]), _spans(content["evidence"])
    )


def _leaning(content: Json) -> LeaningLabel:
    label = content["label"]
    if label is not None and label not in LEANINGS:
        raise ValueError("an unknown leaning")
    return LeaningLabel(label, {name: float(content["scores"][name]) for name in LEANINGS}, _spans(content["evidence"]))


def _stance(content: Json) -> StanceLabel:
    stance, scores = content["stance"], content["scores"]
    if not isinstance(content["mentioned"], bool):
        raise TypeError("mentioned is true or false")
    if stance is not None and stance not in STANCES:
        raise ValueError("an unknown stance")
    named = None if scores is None else {name: float(scores[name]) for name in STANCES}
    return StanceLabel(_text(content["target"]), content["mentioned"], stance, named, _spans(content["evidence"]))


def _abstention(content: Json) -> Abstention:
    if content["reason"] not in ABSTENTION_REASONS:
        raise ValueError("an unknown reason")
    return Abstention(cast(Any, _text(content["head"])), content["reason"])


def _spans(content: list[Json]) -> tuple[Span, ...]:
    return tuple(
        [
            Span(cast(Any, _text(span["field"])), int(span["start"]), int(span["end"]), float(span["weight"]))
            for span in content
        ]
    )


def _model(content: Json) -> Model:
    return Model(_text(content["run"]), _text(content["fingerprint"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a string is expected")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
