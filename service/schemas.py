"""The bodies of requests and answers, written down for the OpenAPI document. Requests are not validated with them.

Validating every request with pydantic would cost more than labelling it, so :class:`newsstand.documents.Document`
checks what comes in, and a test holds what goes out against these models.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from newsstand.answers import AbstentionReason, FieldName, HeadName
from newsstand.documents import LeaningName, StanceName
from newsstand.labels import TopicKind
from newsstand.stance.targets import TargetKind


class _Given(BaseModel):
    """What clients send; fields that are not named are ignored."""


class _Answered(BaseModel):
    """What the service sends: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Document(_Given):
    """One article."""

    text: str = Field(description="The article. Any text is legal, also an empty one.")
    title: str | None = Field(None, description="The headline; its words count more than those of the text.")
    id: str | int | None = Field(None, description="Comes back in the answer, as a string.")
    source: str | None = Field(None, description="Who published it. Does not change the labels.")
    date: str | None = Field(None, description="When it was published. Does not change the labels.")
    targets: list[str] | None = Field(
        None,
        max_length=20,
        description="What to give stances towards, any phrases; without it, the known targets that the article mentions.",
    )
    language: str | None = Field(None, description="ISO 639-1 code; without it the language is identified.")


class Batch(_Given):
    """Several articles."""

    documents: list[Document] = Field(description="At most NEWSSTAND_MAX_BATCH (256) documents.")
    targets: list[str] | None = Field(None, max_length=20, description="For the documents without their own.")


class Span(_Answered):
    """A passage of the document; offsets count Unicode code points of the field."""

    field: FieldName
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    weight: float = Field(description="What the passage adds to the log-odds of the label.")


class TopicLabel(_Answered):
    """A topic that the document has."""

    label: str = Field(description="Id of the topic, as in /v1/labels.")
    code: str | None = Field(description="Code of the topic in a public list, such as IPTC Media Topics.")
    score: float = Field(ge=0, le=1, description="Calibrated probability.")
    evidence: list[Span]


class StanceScores(_Answered):
    """Probability of each stance."""

    favor: float
    against: float
    neutral: float


class StanceLabel(_Answered):
    """The stance of the document towards one target."""

    target: str
    mentioned: bool
    stance: StanceName | None = Field(description="null where the run abstains or the target is not mentioned.")
    scores: StanceScores | None = Field(description="null where the target is not mentioned.")
    evidence: list[Span]


class LeaningScores(_Answered):
    """Probability of each leaning."""

    left: float
    center: float
    right: float


class LeaningLabel(_Answered):
    """The leaning of the document."""

    label: LeaningName | None = Field(description="null where the run abstains.")
    scores: LeaningScores
    evidence: list[Span]


class Abstention(_Answered):
    """A head that gives no label, and why."""

    head: HeadName
    reason: AbstentionReason


class ModelReference(_Answered):
    """The run that answered."""

    run: str
    fingerprint: str = Field(description="Equal fingerprints give equal answers.")


class Answer(_Answered):
    """All labels of one document."""

    id: str | None
    language: str | None = Field(description="ISO 639-1 code.")
    topics: list[TopicLabel] = Field(description="Likeliest first.")
    stances: list[StanceLabel]
    leaning: LeaningLabel | None = Field(description="null where the run has no leaning head or did not look.")
    abstained: list[Abstention]
    model: ModelReference
    document: Article | None = Field(None, description="For a web page: the article, in which the spans count.")


class Article(_Answered):
    """What was found on a web page."""

    title: str
    text: str


class Answers(_Answered):
    """The answers to a batch."""

    answers: list[Answer] = Field(description="In the order of the documents.")


class Topic(_Answered):
    """A topic that the run in use can give."""

    id: str
    name: str
    code: str | None
    parent: str | None = Field(description="Id of the topic that this one is a special case of.")
    kind: TopicKind
    definition: str


class KnownTarget(_Answered):
    """A target that the run in use looks for in every article."""

    id: str
    name: str
    kind: TargetKind
    description: str


class ReasonMeaning(_Answered):
    """A reason to give no label."""

    reason: AbstentionReason
    meaning: str


class Labels(_Answered):
    """Everything that an answer of the run in use can hold."""

    label_set: str | None = Field(description="null where the run has no topics head.")
    topics: list[Topic]
    targets: list[KnownTarget] = Field(
        description="Looked for in every article; empty where the run has no stance head."
    )
    leanings: list[LeaningName] = Field(description="Empty where the run has no leaning head.")
    abstention_reasons: list[ReasonMeaning]
    model: ModelReference


class RunSummary(_Answered):
    """A run in the models directory."""

    name: str
    heads: list[str]
    created: str | None
    metrics: dict[str, Any]
    error: str | None = Field(description="Why the run cannot be used, where its manifest already shows it.")


class Runs(_Answered):
    """The runs in the models directory."""

    champion: str | None
    runs: list[RunSummary]


class Run(_Answered):
    """What a run tells about itself."""

    name: str
    champion: bool
    heads: list[str]
    languages: list[str]
    about: dict[str, Any] = Field(description="Training corpora, metrics, versions, seed and time.")


class Promotion(_Answered):
    """The champion after a change."""

    champion: str
    previous: str | None = Field(description="The champion before the change.")


class Rate(_Answered):
    """How often one client may ask."""

    requests: int
    seconds: int = Field(description="Length of the window in which they are counted.")


class Limits(_Answered):
    """What the service takes. Counts of requests hold for one worker."""

    max_body_bytes: int = Field(description="Largest body, also after decompression.")
    max_text_chars: int = Field(description="Longest title or text, in Unicode code points.")
    max_batch: int = Field(description="Most documents in one batch.")
    max_targets: int = Field(description="Most targets of one document.")
    max_target_characters: int = Field(description="Longest target.")
    max_requests: int = Field(description="Most requests begun and not answered.")
    label_threads: int = Field(description="How much long work is done at once.")
    encoder_threads: int = Field(description="How many answers that take an encoder are read at once.")
    max_queue: int = Field(description="How much long work may wait; as much again for the encoder.")
    request_seconds: float = Field(description="How long a body may take to arrive, and an answer to be made.")
    rate: Rate | None = Field(description="null where there is no such limit.")
    workers: int


class Live(_Answered):
    """The service runs."""

    status: Literal["live"]


class Ready(_Answered):
    """The service can label."""

    status: Literal["ready"]
    run: str
    degraded: str | None = Field(description="Why the run in use is not the champion, where it is not.")


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(description="Stable; programs tell problems apart by it.")
    title: str
    status: int
    detail: str | None = Field(None, description="What is wrong with this request and what to do about it.")


_REQUESTS: tuple[type[BaseModel], ...] = (Document, Batch)
_RESPONSES: tuple[type[BaseModel], ...] = (Answer, Answers, Labels, Runs, Run, Promotion, Limits, Live, Ready, Problem)
DOCUMENTED = (*_REQUESTS, *_RESPONSES)
