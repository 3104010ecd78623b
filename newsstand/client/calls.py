"""From arguments to requests, and from responses to values or errors. Sends nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypedDict, TypeVar

import httpx

from newsstand.answers import Answer
from newsstand.client.reading import (
    Doubtful,
    Receipt,
    ServedLabels,
    ServedRuns,
    read_answer,
    read_answers,
    read_labels,
    read_receipt,
    read_review,
    read_runs,
)
from newsstand.documents import Document
from newsstand.errors import InputError, LabelError, RequestRefused, ServiceBusy, ServiceError, ServiceFailed
from newsstand.stance.modes import StanceChoice

BATCH_DOCUMENTS = 64
BATCH_BYTES = 1 << 20
"""A batch is cut before it reaches either; a service takes 256 documents and 2 MiB unless it is set otherwise."""

BUSY = (429, 503)
_SENT_FIELDS = ("id", "title", "text", "source", "date", "language")
_GOLD_FIELDS = ("topics", "stances", "leaning")  # sent only as a correction
_PLACE = re.compile(r"documents\[(\d+)\]")

AnyDocument = str | Document | Mapping[str, Any]
"""A text, a document, or the JSON object of one."""

T = TypeVar("T")


class Wishes(TypedDict, total=False):
    """The options of every method that labels; see :class:`Wish`."""

    targets: Iterable[str] | None
    stance: StanceChoice | None
    explain: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """How to label.

    Parameters
    ----------
    targets : iterable of str, optional
        What to give the document's stance towards; without it, the known targets that it mentions.
    stance : {"off", "fast", "cascade", "accurate"}, optional
        Which stance head answers; without it, the accurate one for ``targets``, and the fast one for known targets.
    explain : bool
        Whether to give evidence; an answer without it is several times faster.
    """

    targets: Iterable[str] | None = None
    stance: StanceChoice | None = None
    explain: bool = True

    def query(self) -> dict[str, str]:
        """The part of the wish that goes into the query."""
        explain = {} if self.explain else {"explain": "false"}
        return explain | ({"stance": self.stance} if self.stance else {})


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request and how to read its answer.

    ``first`` is the position of the first document of a batch among all documents, for the places that errors name.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    body: bytes | None = None
    query: dict[str, str] = field(default_factory=dict)
    first: int = 0

    def options(self) -> dict[str, Any]:
        """What ``httpx`` needs to send it."""
        options: dict[str, Any] = {"method": self.method, "url": self.path}
        if self.body is not None:
            options |= {"content": self.body, "headers": {"Content-Type": "application/json"}}
        if self.query:
            options["params"] = self.query
        return options


def label_call(document: AnyDocument, wish: Wish) -> Call[Answer]:
    """Ask for the labels of one document.

    Raises
    ------
    InputError
    """
    return Call("POST", "v1/label", read_answer, _json(_record(document, _listed(wish.targets))), wish.query())


def batch_calls(documents: Iterable[AnyDocument], wish: Wish) -> Iterator[Call[tuple[Answer, ...]]]:
    """Ask for the labels of any number of documents, in as many requests as that takes.

    Raises
    ------
    InputError
        With the place of a document that is none.
    """
    listed = _listed(wish.targets)
    waiting: list[bytes] = []
    first = size = 0
    for number, document in enumerate(documents):
        record = _json(_record(document, listed, f"documents[{number}]"))
        if waiting and (len(waiting) == BATCH_DOCUMENTS or size + len(record) > BATCH_BYTES):
            yield _batch_call(waiting, first, wish.query())
            waiting, first, size = [], number, 0
        waiting.append(record)
        size += len(record) + 1
    if waiting:
        yield _batch_call(waiting, first, wish.query())


def labels_call() -> Call[ServedLabels]:
    """Ask what the service can answer."""
    return Call("GET", "v1/labels", read_labels)


def models_call() -> Call[ServedRuns]:
    """Ask which runs the service has."""
    return Call("GET", "v1/models", read_runs)


def feedback_call(document: Document | Mapping[str, Any], run: str, note: str, correction: str | None) -> Call[Receipt]:
    """Send what the labels of a document should have been.

    Raises
    ------
    InputError
    """
    found = document if isinstance(document, Document) else Document.from_dict(document)
    gold = {name: value for name, value in found.to_dict().items() if name in _GOLD_FIELDS}
    content = {"document": _record(found, None), "run": run, **gold}
    content |= {name: value for name, value in (("note", note), ("id", correction)) if value}
    return Call("POST", "v1/feedback", read_receipt, _json(content))


def review_call(limit: int) -> Call[list[Doubtful]]:
    """Ask for the documents worth a look."""
    return Call("GET", "v1/review", read_review, query={"limit": str(limit)})


def value_of(call: Call[T], response: httpx.Response) -> T:
    """What a good response holds.

    Raises
    ------
    ServiceFailed
        If it is no answer to the call.
    """
    try:
        return call.read(response.json())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, LabelError, InputError) as error:
        raise ServiceFailed(
            f"what answered at {response.url.copy_with(query=None)} is no Newsstand service, or one of another version",
            status=response.status_code,
        ) from error


def error_of(call: Call[Any], response: httpx.Response, retry_after: float | None = None) -> ServiceError:
    """The error that a response other than a good one stands for."""
    status = response.status_code
    problem = _problem(response)
    title = str(problem.get("title") or f"{status} {response.reason_phrase}".strip())
    detail = _PLACE.sub(lambda found: f"documents[{int(found[1]) + call.first}]", str(problem.get("detail") or ""))
    kind = ServiceBusy if status in BUSY else RequestRefused if 400 <= status < 500 else ServiceFailed
    slug = problem.get("type")
    return kind(
        f"{title}: {detail}" if detail else title,
        status=status,
        problem=slug if isinstance(slug, str) else None,
        retry_after=retry_after,
    )


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _record(document: AnyDocument, targets: list[str] | None, place: str | None = None) -> dict[str, Any]:
    if isinstance(document, str):
        document = Document(document)
    elif not isinstance(document, Document):
        document = Document.from_dict(document, place)
    record = {name: value for name, value in document.to_dict().items() if name in _SENT_FIELDS}
    return record if targets is None else record | {"targets": targets}


def _listed(targets: Iterable[str] | None) -> list[str] | None:
    if targets is None:
        return None
    listed = [targets] if isinstance(targets, str) else list(targets)
    if not all(isinstance(target, str) and target.strip() for target in listed):
        raise InputError("every target must be a non-empty string", "targets")
    return listed


def _batch_call(records: list[bytes], first: int, query: dict[str, str]) -> Call[tuple[Answer, ...]]:
    def read(content: Any) -> tuple[Answer, ...]:
        return read_answers(content, len(records))

    body = b'{"documents":[' + b",".join(records) + b"]}"
    return Call("POST", "v1/label/batch", read, body, query, first)


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()  # in ASCII: a text may hold lone surrogates
