"""POST /v1/label and /v1/label/batch: the way every article takes, so nothing here is done that need not be done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from newsstand.answers import Answer
from newsstand.documents import Document
from newsstand.errors import InputError, NewsstandError
from newsstand.stance.modes import STANCE_CHOICES
from newsstand.tagger import Tagger
from service import bodies, schemas
from service.asking import Question, answer_of, read_question, read_targets, reads_slowly
from service.counts import Counts
from service.engine import Engine
from service.extraction import Extractor
from service.gate import HEADERS, RUN
from service.lines import Line, StreamedAnswer, error_line
from service.openapi import RawEndpoint, RawRoute, answers, schema, spoken
from service.options import Options, check_topics, read_options
from service.pinned import PinnedRuns
from service.receiving import Receiver
from service.settings import Settings
from service.threads import LabelThreads
from service.watch import Watch

INLINE_BYTES = 64 << 10
"""Up to this size one document is labelled at once: that takes two milliseconds at most, and a thread takes time to wake."""

_REQUEST_PROBLEMS = (
    "invalid-encoding",
    "body-too-slow",
    "too-large",
    "text-too-long",
    "unsupported-media-type",
    "invalid-document",
    "invalid-parameter",
    "extraction-failed",
)
_RUN_PROBLEMS = (
    "run-not-found",
    "run-damaged",
    "run-foreign",
    "run-too-new",
    "no-stance-head",
    "no-model",
    "overloaded",
    "too-slow",
)
Labelled = tuple[bytes, list[Answer]]
"""The content of an answer, and the answers in it."""
_PROBLEMS = (*_REQUEST_PROBLEMS, *_RUN_PROBLEMS)
_PARAMETERS = [
    {
        "name": "explain",
        "in": "query",
        "description": "Whether to give evidence; an answer without it is faster.",
        "schema": {"type": "boolean", "default": True},
    },
    {
        "name": "topics",
        "in": "query",
        "description": "The only topics to give, by id, with commas between them.",
        "schema": {"type": "string"},
    },
    {
        "name": "stance",
        "in": "query",
        "description": (
            "Which stance head answers: the fast one, the accurate one, or the accurate one where the fast one is not sure. "
            "With off there are no stances. Without it, targets that the request names are answered by the accurate one, and others by the fast one."
        ),
        "schema": {"type": "string", "enum": list(STANCE_CHOICES)},
    },
    {
        "name": "run",
        "in": "query",
        "description": "The run to label with, by name; without it, the one in use.",
        "schema": {"type": "string"},
    },
]


@dataclass(frozen=True, slots=True)
class Work:
    """What does the work that cannot be done at once.

    ``slow`` has threads of its own for answers that take an encoder, so that the others need not wait behind them;
    ``extractor`` is ``None`` where web pages are not read.
    """

    threads: LabelThreads
    slow: LabelThreads
    pinned: PinnedRuns
    extractor: Extractor | None
    counts: Counts
    watch: Watch


class JsonAnswer:
    """A good answer. Starlette's response would look through headers that are always the same."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it."""
        headers = [(b"content-length", b"%d" % len(self._content)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._content})


class LabelRoutes:
    """The two endpoints and what they need."""

    def __init__(self, engine: Engine, work: Work, settings: Settings) -> None:
        self._engine = engine
        self._threads = work.threads
        self._slow = work.slow
        self._pinned = work.pinned
        self._extractor = work.extractor
        self._watch = work.watch
        self._limits = bodies.Limits(settings.max_body_bytes, settings.max_text_chars, settings.request_seconds)
        self._receiver = Receiver(self._limits, work.threads)
        self._max_batch = settings.max_batch
        self._accepted = (bodies.JSON, bodies.TEXT, *((bodies.HTML,) if work.extractor else ()))

    async def label(self, scope: Scope, receive: Receive) -> JsonAnswer:
        """Label one document.

        Send it as a JSON object, as plain text in any common charset, or as a web page whose article is extracted. Empty
        texts and texts in other languages are answered too: their heads abstain and say why.
        """
        options = read_options(scope["query_string"])
        form, body = await self._receiver.body(scope, receive, self._accepted)
        tagger = await self._tagger(scope, options)
        most = self._limits.text_chars
        if form.kind == bodies.HTML and self._extractor:
            article = await self._extractor.extract(body, form.codec)
            question = Question(bodies.checked_length(Document(article.text, article.title), most))
            work = partial(label_article, tagger, question, options)
        else:
            small = len(body) <= INLINE_BYTES
            read = partial(question_of, body, form, most)
            question = read() if small else await self._threads.run(read)
            work = partial(label_one, tagger, question, options)
        if reads_slowly(tagger, question.targets, options):
            labelled = await self._slow.run(work)
        else:
            labelled = work() if len(body) <= INLINE_BYTES else await self._threads.run(work)
        return JsonAnswer(self._counted(labelled, work, options))

    async def batch(self, scope: Scope, receive: Receive) -> ASGIApp:
        """Label several documents.

        Send a JSON object with a list: if one of them cannot be used, none is labelled, and the answer says which. Or send
        lines of JSON, as many as you like: they are answered line by line while you send, and a line that cannot be used is
        answered with an error that has its number.
        """
        form = bodies.body_format(scope[HEADERS], (bodies.JSON, bodies.LINES))
        if form.kind == bodies.LINES:
            return await self._lines(scope, form)
        options = read_options(scope["query_string"])
        _, body = await self._receiver.body(scope, receive, (bodies.JSON, bodies.LINES))
        tagger = await self._tagger(scope, options)
        read = partial(read_batch, body, self._max_batch, self._limits.text_chars)
        questions = await self._threads.run(read)  # even a small body may hold hundreds of documents
        slow = any(reads_slowly(tagger, question.targets, options) for question in questions)
        work = partial(label_batch, tagger, questions, options)
        labelled = await (self._slow if slow else self._threads).run(work)
        return JsonAnswer(self._counted(labelled, work, options))

    async def _tagger(self, scope: Scope, options: Options) -> Tagger:
        """The run to label with, which stays the same for all of a request."""
        tagger = self._engine.current() if options.run is None else await self._pinned.tagger(options.run)
        if options.topics is not None:
            check_topics(tagger, options.topics)
        scope[RUN] = tagger.run.name
        return tagger

    def _counted(self, labelled: Labelled, work: partial[Labelled], options: Options) -> bytes:
        """The content of an answer, whose labels are counted: here, since threads must not."""
        content, given = labelled
        self._watch.answered(work, given, narrowed=options.topics is not None)
        return content

    async def _lines(self, scope: Scope, form: bodies.BodyFormat) -> StreamedAnswer:
        options = read_options(scope["query_string"])
        tagger = await self._tagger(scope, options)

        slow = reads_slowly(tagger, ("any",), options)  # its lines may name targets

        async def label(lines: list[Line], started: bool) -> bytes:
            work = partial(label_lines, tagger, lines, options, self._limits.text_chars)
            threads = self._slow if slow else self._threads
            labelled = await (threads.run_when_free(work) if started else threads.run(work))
            return self._counted(labelled, work, options)

        return StreamedAnswer(label, self._limits, compressed=form.compressed)


def add_routes(app: FastAPI, engine: Engine, work: Work, settings: Settings) -> dict[str, RawEndpoint]:
    """Add the routes of this module; returns those of which every microsecond counts, by their path."""
    routes = LabelRoutes(engine, work, settings)
    page = {"type": "string"}
    document = {bodies.JSON: schema(schemas.Document), bodies.TEXT: {"type": "string"}, bodies.HTML: page}
    _add(app, "/v1/label", routes.label, document, answers("The labels", schemas.Answer, *_PROBLEMS))
    answered = answers("The labels", schemas.Answers, *_PROBLEMS)
    answered[200]["content"][bodies.LINES] = {"schema": {"type": "string"}}
    batch = {bodies.JSON: schema(schemas.Batch), bodies.LINES: {"type": "string"}}
    _add(app, "/v1/label/batch", routes.batch, batch, answered)
    return {"/v1/label": routes.label}


def question_of(body: bytes, form: bodies.BodyFormat, max_chars: int) -> Question:
    """The question that a body asks, a text in some charset or JSON.

    Raises
    ------
    InputError, TextTooLong
    """
    if form.codec is None:
        return read_question(bodies.parse_json(body), max_chars)
    return Question(bodies.checked_length(Document(bodies.decode(body, form.codec)), max_chars))


def label_one(tagger: Tagger, question: Question, options: Options) -> Labelled:
    """Answer one document.

    Raises
    ------
    NoStanceHead
    """
    answer = answer_of(tagger, question, options)
    return to_json(answer.to_dict()), [answer]


def label_article(tagger: Tagger, question: Question, options: Options) -> Labelled:
    """Answer the article of a web page, and give it back: the spans of the answer count its characters."""
    answer = answer_of(tagger, question, options)
    found = {"title": question.document.title, "text": question.document.text}
    return to_json({**answer.to_dict(), "document": found}), [answer]


def read_batch(body: bytes, limit: int, max_chars: int) -> list[Question]:
    """The questions of a JSON object with a list of at most ``limit`` documents.

    Raises
    ------
    InputError, TextTooLong
    """
    batch = bodies.parse_json(body)
    records = batch.get("documents") if isinstance(batch, dict) else None
    if not isinstance(records, list):
        raise InputError("expected an object with a list of documents under 'documents'")
    if len(records) > limit:
        raise InputError(f"{len(records)} are more than the limit of {limit}: send several requests", "documents")
    common = read_targets(batch)
    return [read_question(record, max_chars, f"documents[{n}]", common) for n, record in enumerate(records)]


def label_batch(tagger: Tagger, questions: list[Question], options: Options) -> Labelled:
    """Answer several documents.

    Raises
    ------
    NoStanceHead
    """
    given = [answer_of(tagger, question, options) for question in questions]
    return to_json({"answers": [answer.to_dict() for answer in given]}), given


def label_lines(tagger: Tagger, lines: list[Line], options: Options, max_chars: int) -> Labelled:
    """Answer each line with a line: the answer, or why there is none."""
    output, given = [], []
    for line in lines:
        try:
            if isinstance(line.content, NewsstandError):
                raise line.content
            question = read_question(bodies.parse_json(line.content), max_chars)
            given.append(answer_of(tagger, question, options))
            output.append(to_json(given[-1].to_dict()) + b"\n")
        except NewsstandError as error:
            output.append(error_line(line.number, error))
    return b"".join(output), given


def to_json(content: Any) -> bytes:
    """JSON in UTF-8; where an id holds a lone surrogate, which UTF-8 cannot carry, in ASCII with escapes."""
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return json.dumps(content).encode()


def _add(
    app: FastAPI, path: str, endpoint: Any, contents: dict[str, Any], responses: dict[int | str, dict[str, Any]]
) -> None:
    body = {"required": True, "content": {kind: {"schema": described} for kind, described in contents.items()}}
    app.router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        route_class_override=RawRoute,
        response_model=None,
        responses=responses,
        openapi_extra={"parameters": _PARAMETERS, "requestBody": body},
        tags=["label"],
        **spoken(endpoint),
    )
