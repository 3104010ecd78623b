"""What the reliability measurements send: good requests whose answers are known beforehand, and bad ones whose status is.

Not for sending them (see :mod:`bench.load`).
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from newsstand.documents import Document
from newsstand.formats import read_documents
from newsstand.tagger import Tagger
from service import bodies
from service.options import Options
from service.routes.label import label_batch, label_one, question_of, read_batch

SMALLEST, LARGEST = 1_000, 60_000
BAD_SHARE = 0.05
BATCH = 4
MAX_CHARS = 1_000_000
_JSON, _TEXT = "application/json", "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire, and what has to come back.

    ``answers`` maps each right answer, byte for byte, to the run that gives it; a bad request has none.
    """

    wire: bytes
    status: int
    answers: dict[bytes, str]
    size: int

    @property
    def good(self) -> bool:
        """Whether the service has to answer it with labels."""
        return self.status == 200


def mixed_requests(
    files: Sequence[Path], taggers: Sequence[Tagger], count: int, smallest: int, seed: int = 0
) -> list[Request]:
    """Good requests of all kinds with articles of ``smallest`` to 60,000 bytes, all sizes alike on a scale of logarithms.

    Parameters
    ----------
    files : sequence of Path
        Corpora; articles are joined and cut to the sizes.
    taggers : sequence of Tagger
        The runs that may answer.
    count : int
    smallest : int
        In bytes.
    """
    chance = random.Random(seed)
    texts = [document.text for file in files for document in read_documents(file)]
    articles = [_article(texts, int(smallest * (LARGEST / smallest) ** chance.random()), chance) for _ in range(count)]
    return [_good(articles, n, chance.random(), taggers) for n in range(count)]


def bad_requests(good: Sequence[Request]) -> list[Request]:
    """Requests that clients send by mistake or on purpose, each with the status that it deserves."""
    article = good[0].wire.partition(b"\r\n\r\n")[2] or b"{}"
    packed = gzip.compress(b'{"text": "cut"}' * 50)
    return [
        _request("/v1/label", b'{"text": "never closed', _JSON, 422),
        _request("/v1/label", b'{"title": "no text"}', _JSON, 422),
        _request("/v1/label", b'{"text": 5}', _JSON, 422),
        _request("/v1/label", b"[" * 5_000, _JSON, 422),
        _request("/v1/label", b"\xff\xfe\xfa" * 400, _TEXT, 422),
        _request("/v1/label", article[:2_000], "application/x-www-form-urlencoded", 415),
        _request("/v1/label?explain=perhaps", article[:2_000], _TEXT, 422),
        _request("/v1/label?run=nobody-has-this", article[:2_000], _TEXT, 404),
        _request("/v1/label", packed[:-20], _JSON, 400, b"Content-Encoding: gzip\r\n"),
        _request("/v1/labels/of/nothing", article[:2_000], _JSON, 404),
        _request("/v1/label/batch", b'{"documents": [{"text": "a"}, {"text": null}]}', _JSON, 422),
    ]


def _article(texts: Sequence[str], size: int, chance: random.Random) -> Document:
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        parts.append(chance.choice(texts))
    text = "\n\n".join(parts).encode()[:size].decode("utf-8", "ignore")
    return Document(text=text, title=" ".join(text.split()[:9]))


def _good(articles: Sequence[Document], n: int, kind: float, taggers: Sequence[Tagger]) -> Request:
    article = articles[n]
    single = json.dumps({"title": article.title, "text": article.text}).encode()
    if kind < 0.05:
        several = [articles[(n + k) % len(articles)] for k in range(BATCH)]
        batch = json.dumps({"documents": [{"title": d.title, "text": d.text} for d in several]}).encode()
        batched = {label_batch(t, read_batch(batch, 256, MAX_CHARS), Options())[0]: t.run.name for t in taggers}
        return _request("/v1/label/batch", batch, _JSON, 200, answers=batched)
    if kind < 0.15:
        text = article.text.encode()
        plain = {
            label_one(t, question_of(text, bodies.BodyFormat(bodies.TEXT, "utf_8"), MAX_CHARS), Options())[
                0
            ]: t.run.name
            for t in taggers
        }
        return _request("/v1/label", text, _TEXT, 200, answers=plain)
    explain = kind < 0.6
    form = bodies.BodyFormat(bodies.JSON, None)
    question = question_of(single, form, MAX_CHARS)
    answers = {label_one(t, question, Options(explain=explain))[0]: t.run.name for t in taggers}
    path = "/v1/label" if explain else "/v1/label?explain=false"
    if kind > 0.9:
        return _request(path, gzip.compress(single, 1), _JSON, 200, b"Content-Encoding: gzip\r\n", answers)
    return _request(path, single, _JSON, 200, answers=answers)


def _request(
    path: str, body: bytes, kind: str, status: int, headers: bytes = b"", answers: dict[bytes, str] | None = None
) -> Request:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n".encode()
    )
    return Request(head + headers + b"\r\n" + body, status, answers or {}, len(body))
