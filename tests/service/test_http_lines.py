"""POST /v1/label/batch with lines of JSON, answered while they are sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import schemas
from service.lines import LineSplitter
from service.settings import Settings

LINES = "application/x-ndjson"


def ask(client: Any, body: bytes, query: str = "", **headers: str) -> Any:
    return client.post(f"/v1/label/batch{query}", content=body, headers={"Content-Type": LINES, **headers})


def lines(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == LINES
    return [json.loads(line) for line in response.text.splitlines()]


def test_every_line_gets_a_line_in_the_same_order(client: Any, article: str) -> None:
    documents = [{"id": str(n), "text": article if n % 2 else ""} for n in range(1000)]
    answers = lines(ask(client, "\n".join(map(json.dumps, documents)).encode()))
    assert [answer["id"] for answer in answers] == [str(n) for n in range(1000)]
    assert answers[1] == client.label_json(json.dumps(documents[1])).json()
    schemas.Answer.model_validate(answers[1])


def test_a_line_that_cannot_be_used_is_named_and_the_rest_is_answered(
    settings: Settings, new_client: Callable[..., Any], article: str
) -> None:
    good = json.dumps({"text": article})
    body = [good, "{", "", "[]", '{"text": 1}', json.dumps({"text": "x" * 900}), '{"text": "\xff"}', good]
    with new_client(settings.model_copy(update={"max_body_bytes": 500})) as client:
        answers = lines(ask(client, "\r\n".join(body).encode("latin-1")))
    assert [answer.get("line") for answer in answers] == [None, 2, 4, 5, 6, 7, None]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert [error["type"] for error in errors] == ["/problems/invalid-document"] * 3 + [
        "/problems/too-large",
        "/problems/invalid-document",
    ]
    for error in errors:
        schemas.Problem.model_validate(error)


def test_a_line_that_is_too_long_as_a_document_is_named(settings: Settings, new_client: Callable[..., Any]) -> None:
    with new_client(settings.model_copy(update={"max_text_chars": 5})) as client:
        [answer] = lines(ask(client, b'{"text": "123456"}'))
    assert (answer["line"], answer["error"]["status"]) == (1, 413)


def test_answers_come_while_lines_are_still_being_sent(client: Any, article: str) -> None:
    line = json.dumps({"text": article}).encode() + b"\n"
    seen = client.talk("/v1/label/batch", LINES, [line, line[:40], line[40:] + line, b""])
    assert [part.count(b"\n") for part in seen] == [1, 1, 3, 3]


@pytest.mark.parametrize("body", [b"", b"\n\n", b" \n\t\r\n", b"\xef\xbb\xbf\n"])
def test_no_lines_get_no_answers(client: Any, body: bytes) -> None:
    assert lines(ask(client, body)) == []


def test_a_byte_order_mark_is_dropped(client: Any) -> None:
    assert "error" not in lines(ask(client, b'\xef\xbb\xbf{"text": "a"}'))[0]


def test_the_query_holds_for_every_line(client: Any, article: str) -> None:
    line = json.dumps({"text": article}).encode() + b"\n"
    for answer in lines(ask(client, line * 3, "?topics=taxes&explain=false&run=second")):
        assert [(topic["label"], topic["evidence"]) for topic in answer["topics"]] == [("taxes", [])]
        assert answer["model"]["run"] == "second"


def test_what_is_wrong_with_the_request_is_a_problem_before_any_line(client: Any) -> None:
    assert ask(client, b"{}", "?run=third").status_code == 404
    assert ask(client, b"{}", "?explain=no").status_code == 422
    assert ask(client, b"no gzip", **{"Content-Encoding": "gzip"}).status_code == 400


def test_compressed_lines_are_answered_and_a_cut_is_named(client: Any, article: str) -> None:
    line = json.dumps({"text": article}).encode() + b"\n"
    packed = gzip.compress(line * 3000)
    assert len(lines(ask(client, packed, **{"Content-Encoding": "gzip"}))) == 3000
    answers = lines(ask(client, packed[:-20], **{"Content-Encoding": "gzip"}))
    assert answers[-1]["error"]["type"] == "/problems/invalid-encoding"
    assert "model" in answers[0]


def test_every_line_of_a_request_is_answered_by_one_run(client: Any, article: str) -> None:
    line = json.dumps({"text": article}).encode() + b"\n"

    class Promoting(list[bytes]):
        def __getitem__(self, n: Any) -> Any:
            if n == 1:
                client.engine.registry.promote("second")
                client.engine.tagger = None
            return super().__getitem__(n)

    *_, whole = client.talk("/v1/label/batch", LINES, Promoting([line, line, line]))
    assert [json.loads(answer)["model"]["run"] for answer in whole.splitlines()] == ["first"] * 3


@given(
    contents=st.lists(st.binary(max_size=30).map(lambda content: content.replace(b"\n", b"")), max_size=8),
    cut=st.integers(1, 20),
)
def test_lines_come_out_whole_however_they_are_cut(contents: list[bytes], cut: int) -> None:
    body = b"\n".join(contents)
    splitter = LineSplitter(20)
    found = [line for n in range(0, len(body), cut) for line in splitter.feed(body[n : n + cut])]
    found += splitter.end()
    long = {n for n, content in enumerate(contents, 1) if len(content) > 20}
    assert {line.number for line in found if isinstance(line.content, Exception)} == long
    readable = [
        (n, content.removeprefix(b"\xef\xbb\xbf") if n == 1 else content) for n, content in enumerate(contents, 1)
    ]
    expected = [(n, content) for n, content in readable if content.strip() and n not in long]
    assert [(line.number, line.content) for line in found if line.number not in long] == expected


def test_a_line_without_end_is_not_kept_in_memory() -> None:
    splitter = LineSplitter(100)
    for _ in range(1000):
        assert list(splitter.feed(b"a" * 1000)) == []
    assert splitter._kept == []
    assert [line.number for line in splitter.feed(b'\n{"text": ""}\n')] == [1, 2]
