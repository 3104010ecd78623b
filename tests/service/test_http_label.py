"""POST /v1/label and /v1/label/batch, as their users see them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from service import bodies
from service.settings import Settings

SPANISH = (
    "El ayuntamiento de Puerto Claro aprobó el martes una subida del alquiler de los puestos del mercado. Los "
    "vendedores dijeron que la medida los obligaría a cerrar antes del verano, y que nadie les había pedido su opinión."
)


def problem(response: httpx.Response, status: int, slug: str) -> str:
    """Checks that a response is this problem; returns its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert content["type"] == f"/problems/{slug}"
    assert content["status"] == status
    assert content["title"]
    return str(content.get("detail", ""))


def labels(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [topic["label"] for topic in response.json()["topics"]]


def test_a_plain_text_gets_its_topics_and_the_run_that_gave_them(client: Any, article: str) -> None:
    response = client.label_text(article)
    assert labels(response) == ["economy", "taxes"]
    assert response.headers["content-type"] == "application/json"
    assert response.json()["model"]["run"] == "first"


def test_evidence_cuts_out_the_words_that_made_the_label(client: Any, article: str) -> None:
    answer = client.label_json(json.dumps({"text": "Ælfrid & 🏠 — " + article})).json()
    spans = [span for topic in answer["topics"] for span in topic["evidence"]]
    assert {("Ælfrid & 🏠 — " + article)[span["start"] : span["end"]] for span in spans} >= {"tax", "rent", "tariff"}


@pytest.mark.parametrize(
    ("query", "expected"), [("?explain=false", False), ("?explain=true", True), ("", True), ("?other=1", True)]
)
def test_evidence_comes_unless_it_is_turned_off(client: Any, article: str, query: str, expected: bool) -> None:
    assert bool(client.label_text(article, query=query).json()["topics"][0]["evidence"]) is expected


@pytest.mark.parametrize("value", ["maybe", "", "1"])
def test_explain_is_true_or_false(client: Any, article: str, value: str) -> None:
    assert "true or false" in problem(client.label_text(article, query=f"?explain={value}"), 422, "invalid-parameter")


def test_json_and_text_get_the_same_answer(client: Any, article: str) -> None:
    assert client.label_json(json.dumps({"text": article})).json() == client.label_text(article).json()


def test_the_id_comes_back_and_unknown_fields_are_ignored(client: Any, article: str) -> None:
    answer = client.label_json(json.dumps({"text": article, "id": 17, "colour": {"red": [1]}, "targets": []})).json()
    assert answer["id"] == "17"


def test_the_title_counts(client: Any) -> None:
    text = "Nobody in the room said a word about it for the whole of the evening."
    assert labels(client.label_json(json.dumps({"text": text}))) == []
    assert labels(client.label_json(json.dumps({"title": "Asylum at the border", "text": text}))) == ["immigration"]


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_an_empty_text_is_too_short(client: Any, kind: str) -> None:
    response = client.label_text("" if kind == "text/plain" else '{"text": ""}', kind)
    assert response.status_code == 200
    assert response.json()["abstained"] == [
        {"head": "topics", "reason": "too_short"},
        {"head": "leaning", "reason": "too_short"},
    ]


def test_a_text_in_another_language_is_answered_with_an_abstention(client: Any) -> None:
    answer = client.label_text(SPANISH).json()
    assert answer["language"] == "es"
    assert {entry["reason"] for entry in answer["abstained"]} == {"language_not_supported"}


def test_nul_bytes_separate_words(client: Any, article: str) -> None:
    assert labels(client.label_text(article.replace(" ", "\0"))) == labels(client.label_text(article))


@pytest.mark.parametrize(
    "charset", ["utf-8", "UTF-8", '"utf-8"', "utf-16", "utf-16le", "iso-8859-1", "windows-1252", "latin1"]
)
def test_the_charset_of_a_text_is_honoured(client: Any, article: str, charset: str) -> None:
    body = f"Café: {article}".encode(charset.strip('"'))
    response = client.label_text(body, f"text/plain; format=flowed; charset={charset}")
    assert response.json() == client.label_text(f"Café: {article}").json()


def test_a_byte_order_mark_is_dropped(client: Any, article: str) -> None:
    plain = client.label_text(article).json()
    assert client.label_text(b"\xef\xbb\xbf" + article.encode()).json() == plain
    assert client.label_json(b"\xef\xbb\xbf" + json.dumps({"text": article}).encode()).json() == plain
    assert (
        client.label_text(
            "\ufeff".encode("utf-16-le") + article.encode("utf-16-le"), "text/plain; charset=utf-16le"
        ).json()
        == plain
    )


@pytest.mark.parametrize("charset", ["klingon", "unicode_escape", "rot13", "punycode", "zip", "é", "", "../os"])
def test_an_unknown_charset_is_refused(client: Any, charset: str) -> None:
    response = client.label_text("a", f"text/plain; charset={charset}".encode())
    assert "charset" in problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("charset", "body", "name"),
    [("utf-8", b"ab\xff", "UTF-8"), ("utf-16-le", b"a\0b", "UTF-16-LE"), ("ascii", b"ab\xe9", "ASCII")],
)
def test_bytes_outside_the_charset_are_named_by_their_offset(client: Any, charset: str, body: bytes, name: str) -> None:
    detail = problem(client.label_text(body, f"text/plain; charset={charset}"), 422, "invalid-document")
    assert detail == f"the body is not valid {name}: the byte at offset 2 does not fit"


def test_invalid_utf8_in_json_is_named_by_its_offset(client: Any) -> None:
    assert "offset 11" in problem(client.label_json(b'{"text": "a\xff"}'), 422, "invalid-document")


@pytest.mark.parametrize(
    "content_type", [None, "", "text/css", "application/x-ndjson", "multipart/form-data; boundary=x", ";"]
)
def test_other_media_types_are_refused_and_the_right_ones_named(client: Any, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    detail = problem(client.post("/v1/label", content="A text.", headers=headers), 415, "unsupported-media-type")
    assert "application/json or text/plain" in detail


def test_curls_default_is_told_what_to_add(client: Any) -> None:
    response = client.label_text("A text.", "application/x-www-form-urlencoded")
    assert "-H 'Content-Type: text/plain'" in problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"text": "a",\n "title" "b"}', "line 2, column 10"),
        ("", "line 1, column 1"),
        ('{"text": "a"', "malformed JSON at line 1, column"),
        ('{"text": "a"} {}', "malformed JSON at line 1, column 15"),
        ('{"text": "a", "id": NaN}', "malformed JSON"),
        ("[]", "expected an object with a 'text' field, got an array"),
        ('"a"', "got a string"),
        ("17", "got a number"),
        ("null", "got null"),
        ("true", "got a boolean"),
        ("{}", "'text' is missing"),
        ('{"text": null}', "'text' is missing"),
        ('{"text": 1}', "'text' must be a string, got a number"),
        ('{"text": ["a"]}', "'text' must be a string, got an array"),
        ('{"text": "a", "title": {}}', "'title' must be a string, got an object"),
        ('{"text": "a", "leaning": "up"}', "'leaning' must be one of left, center, right"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(client: Any, body: str, expected: str) -> None:
    assert expected in problem(client.label_json(body), 422, "invalid-document")


@pytest.mark.parametrize("depth", [1_100, 100_000])
@pytest.mark.parametrize("brackets", [('{"a":', "}"), ("[", "]")])
def test_deeply_nested_json_is_refused(client: Any, depth: int, brackets: tuple[str, str]) -> None:
    body = '{"text": "a", "x": ' + brackets[0] * depth + "1" + brackets[1] * depth + "}"
    assert "nested too deeply" in problem(client.label_json(body), 422, "invalid-document")


def test_a_lone_surrogate_escape_is_fine_in_any_field(client: Any, article: str) -> None:
    body = json.dumps({"id": "a\ud800", "title": "b\udfff", "text": article + "\ud83d"})
    answer = json.loads(client.label_json(body).content)
    assert answer["id"] == "a\ud800"
    assert answer["topics"]


def test_of_two_equal_keys_the_last_counts(client: Any, article: str) -> None:
    assert labels(client.label_json(f'{{"text": "", "text": {json.dumps(article)}}}')) == ["economy", "taxes"]


def test_targets_need_a_stance_head(client: Any, article: str) -> None:
    response = client.label_json(json.dumps({"text": article, "targets": ["market stalls"]}))
    assert "this run has no stance head" in problem(response, 422, "no-stance-head")


def test_errors_never_repeat_the_text(client: Any) -> None:
    secret = "Quillfeather"
    for body in (
        f'{{"text": "{secret}',
        f'{{"text": 1, "title": "{secret}"}}',
        f'["{secret}"]',
        f'{{"text": "a", "leaning": "{secret}"}}',
    ):
        assert secret not in client.label_json(body).text


@pytest.fixture
def small_limit(settings: Settings, new_client: Callable[..., Any]) -> Any:
    with new_client(settings.model_copy(update={"max_body_bytes": 300})) as client:
        yield client


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_refused(small_limit: Any) -> None:
    assert small_limit.label_text("a " * 150).status_code == 200
    assert "300 bytes" in problem(small_limit.label_text("a " * 150 + "a"), 413, "too-large")


def test_a_body_that_comes_in_chunks_is_refused_once_a_bounded_rest_is_thrown_away(
    small_limit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_DRAINED_BYTES", 500)
    sent = []

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            sent.append(1)
            yield b"word " * 20

    response = small_limit.label_text(chunks())
    problem(response, 413, "too-large")
    assert len(sent) < 12


def test_a_body_that_comes_in_chunks_is_put_together(client: Any, article: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for character in article:
            yield character.encode()

    assert client.label_text(chunks()).json() == client.label_text(article).json()


def test_a_long_body_is_labelled_like_a_short_one(client: Any, article: str) -> None:
    assert labels(client.label_text((article + " ") * 1000)) == ["economy", "taxes"]


def test_a_batch_is_answered_in_order(client: Any, article: str) -> None:
    documents = [{"id": "a", "text": article}, {"id": "b", "text": ""}, {"id": "c", "text": SPANISH}]
    response = client.post("/v1/label/batch", json={"documents": documents})
    answers = response.json()["answers"]
    assert [answer["id"] for answer in answers] == ["a", "b", "c"]
    assert answers[0] == client.label_json(json.dumps(documents[0])).json()
    assert client.post("/v1/label/batch", json={"documents": []}).json() == {"answers": []}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"text": 4}, "documents[3].text: the field 'text' must be a string, got a number"),
        ({}, "documents[3].text: the field 'text' is missing"),
        ({"text": "a", "title": 1}, "documents[3].title: "),
        ("a", "documents[3]: expected an object"),
    ],
)
def test_one_wrong_document_fails_a_batch_and_is_named(client: Any, article: str, wrong: Any, expected: str) -> None:
    response = client.post("/v1/label/batch", json={"documents": [{"text": article}] * 3 + [wrong]})
    assert problem(response, 422, "invalid-document").startswith(expected)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/label", json.dumps({"text": "word " * 20_000})),
        ("/v1/label/batch", json.dumps({"documents": [{"text": "word"}]})),
    ],
)
def test_long_work_lets_other_requests_through(
    client: Any, path: str, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, busy = client.engine.tagger.label, threading.Event()

    def slowly(*arguments: Any, **options: Any) -> Any:
        busy.set()
        for _ in range(2_000):
            if not busy.is_set():
                return label(*arguments, **options)
            time.sleep(0.001)
        raise TimeoutError

    monkeypatch.setattr(client.engine.tagger, "label", slowly)
    headers = {"Content-Type": "application/json"}
    assert client.get_while(busy, "/health/live", "POST", path, content=body, headers=headers) == [200, 200]


def test_a_batch_has_a_limit(settings: Settings, new_client: Callable[..., Any]) -> None:
    with new_client(settings.model_copy(update={"max_batch": 2})) as client:
        assert client.post("/v1/label/batch", json={"documents": [{"text": "a"}] * 2}).status_code == 200
        response = client.post("/v1/label/batch", json={"documents": [{"text": "a"}] * 3})
        assert "limit of 2" in problem(response, 422, "invalid-document")


@pytest.mark.parametrize("body", ["[]", "{}", '{"documents": {"text": "a"}}', '{"documents": null}', "1"])
def test_a_batch_is_an_object_with_a_list(client: Any, body: str) -> None:
    response = client.post("/v1/label/batch", content=body, headers={"Content-Type": "application/json"})
    assert "list of documents" in problem(response, 422, "invalid-document")


def test_a_batch_is_json_only(client: Any) -> None:
    response = client.post("/v1/label/batch", content="a", headers={"Content-Type": "text/plain"})
    assert problem(response, 415, "unsupported-media-type") == "send application/json or application/x-ndjson"


RECORDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "title", "id", "topics", "stances"]), inner)
    ),
    max_leaves=8,
)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60) | RECORDS.map(lambda record: json.dumps(record).encode()))
def test_any_bytes_get_an_answer_or_a_problem(client: Any, body: bytes) -> None:
    for kind in ("application/json", "text/plain", "text/plain; charset=utf-16"):
        assert client.label_text(body, kind).status_code in (200, 422)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=80))
def test_any_text_is_legal(client: Any, text: str) -> None:
    response = client.label_json(json.dumps({"text": text}))
    assert response.status_code == 200
