"""Compressed bodies, web pages, and what the query may ask for."""

from __future__ import annotations

import gzip
import json
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.registry import Registry
from service import extraction
from service.gunzip import Gunzip, gunzip
from service.problems import InvalidEncoding
from service.settings import Settings

NewClient = Callable[..., Any]
PARAGRAPH = (
    "<p>Traders of <b>Harbour&nbsp;Falls</b> said that the tariff and the tax would hurt the economy of the town.</p>"
)
PAGE = (
    "<!doctype html><html><head><title>Rents rise in Harbour Falls</title><style>p {color: red}</style></head><body>"
    "<nav><a href='/'>Home</a> <a href='/asylum'>Asylum</a></nav>"
    f"<article><h1>Rents rise in Harbour Falls</h1>{PARAGRAPH * 6}</article>"
    "<script>alert('asylum border')</script><footer>All rights reserved</footer></body></html>"
)


def slug(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def post_gzip(client: Any, body: bytes, path: str = "/v1/label", kind: str = "application/json") -> Any:
    return client.post(path, content=body, headers={"Content-Type": kind, "Content-Encoding": "gzip"})


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_compressed_body_is_answered_like_a_plain_one(client: Any, article: str, kind: str) -> None:
    body = article.encode() if kind == "text/plain" else json.dumps({"text": article}).encode()
    assert post_gzip(client, gzip.compress(body), kind=kind).json() == client.label_text(body, kind).json()


def test_a_compressed_batch_is_answered(client: Any, article: str) -> None:
    body = gzip.compress(json.dumps({"documents": [{"text": article}] * 3}).encode())
    assert len(post_gzip(client, body, "/v1/label/batch").json()["answers"]) == 3


def test_a_body_that_grows_beyond_the_limit_is_refused_soon(client: Any) -> None:
    bomb = gzip.compress(b" " * (256 << 20), 9)
    assert len(bomb) < 300_000
    start = time.perf_counter()
    assert slug(post_gzip(client, bomb)) == (413, "too-large")
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "wrong",
    [b"", b"\x1f\x8b", b"no gzip at all", gzip.compress(b"{}", mtime=0)[:-3], zlib.compress(b"{}")],
    ids=["empty", "begun", "words", "truncated", "zlib"],  # a gzip holds the time
)
def test_a_body_that_is_no_whole_gzip_is_refused(client: Any, wrong: bytes) -> None:
    assert slug(post_gzip(client, wrong)) == (400, "invalid-encoding")


def test_a_gzip_with_altered_content_is_refused(client: Any, article: str) -> None:
    body = bytearray(gzip.compress(article.encode()))
    body[-6] ^= 1  # of the checksum
    assert slug(post_gzip(client, bytes(body), kind="text/plain")) == (400, "invalid-encoding")


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", ""])
def test_other_content_codings_are_refused(client: Any, coding: str) -> None:
    headers = {"Content-Type": "text/plain", "Content-Encoding": coding}
    response = client.post("/v1/label", content=b"a", headers=headers)
    assert slug(response) == (415, "unsupported-media-type")
    assert "gzip" in response.json()["detail"]


@given(
    members=st.lists(st.binary(max_size=300), min_size=1, max_size=3), cut=st.integers(1, 40), zeros=st.integers(0, 9)
)
def test_any_gzip_comes_out_as_it_went_in(members: list[bytes], cut: int, zeros: int) -> None:
    packed = b"".join(map(gzip.compress, members)) + b"\0" * zeros
    assert gunzip(packed, 1000) == b"".join(members)
    unpacker = Gunzip()
    parts = [packed[n : n + cut] for n in range(0, len(packed), cut)]
    assert b"".join(piece for part in parts for piece in unpacker.feed(part)) == b"".join(members)
    unpacker.end()


@given(body=st.binary(max_size=200), end=st.integers(0, 17))
def test_any_gzip_that_is_cut_off_is_noticed(body: bytes, end: int) -> None:
    with pytest.raises(InvalidEncoding):
        gunzip(gzip.compress(body)[: end - 18], 1000)


def test_pieces_stay_small(article: str) -> None:
    packed = gzip.compress(b"a" * (4 << 20))
    sizes = [len(piece) for piece in Gunzip().feed(packed)]
    assert sum(sizes) == 4 << 20
    assert max(sizes) <= 64 << 10


@pytest.fixture
def reader(settings: Settings, new_client: NewClient) -> Iterator[Any]:
    """A service that reads web pages."""
    if not extraction.is_installed():
        pytest.skip("web pages need the extra html")
    with new_client(settings) as client:
        yield client


def test_the_article_of_a_web_page_is_labelled_and_given_back(reader: Any) -> None:
    answer = reader.label_text(PAGE, "text/html").json()
    assert [topic["label"] for topic in answer["topics"]] == ["economy", "taxes"]
    found = answer["document"]
    assert found["title"] == "Rents rise in Harbour Falls"
    assert "the tariff and the tax would hurt" in found["text"]
    assert not {"asylum", "alert", "Home"} & set(found["text"].split())
    spans = [(span["field"], span["start"], span["end"]) for topic in answer["topics"] for span in topic["evidence"]]
    assert {found[field][start:end] for field, start, end in spans} >= {"tariff", "tax", "economy"}


def test_the_charset_of_a_page_is_that_of_the_header_or_that_of_the_page(reader: Any) -> None:
    page = PAGE.replace("Harbour&nbsp;Falls", "Havené")
    with_meta = page.replace("<head>", "<head><meta charset='iso-8859-1'>")
    sent = [
        (page.encode("utf-8"), "text/html"),
        (page.encode("utf-16"), "text/html; charset=utf-16"),
        (page.encode("cp1252"), "text/html; charset=windows-1252"),
        (with_meta.encode("iso-8859-1"), "text/html"),
        (with_meta.encode("utf-8"), "text/html; charset=utf-8"),
    ]
    for body, kind in sent:
        assert "Havené" in reader.label_text(body, kind).json()["document"]["text"], kind


def test_a_short_page_is_an_article_too(reader: Any) -> None:
    answer = reader.label_text("<p>The tax on rent and the tariff on tea are higher.</p>", "text/html").json()
    assert answer["document"]["text"] == "The tax on rent and the tariff on tea are higher."


@pytest.mark.parametrize(
    "page",
    [
        "",
        "\0",
        "<",
        "<!--",
        "<html></html>",
        "plain words",
        "<div>" * 50_000 + "deep",
        "<table><tr><td>" * 5_000,
        "<p>&#xd800; &#x110000; &#0;</p>",
        "<?xml version='1.0' encoding='utf-7'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><p>&b;</p>",
        "<![CDATA[" * 1_000,
        "\ud800".encode("utf-8", "surrogatepass"),
        bytes(range(256)),
    ],
)
def test_a_hostile_page_gets_an_answer(reader: Any, page: str | bytes) -> None:
    response = reader.label_text(page, "text/html")
    assert response.status_code == 200
    assert "root:" not in response.text


def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read(
    settings: Settings, new_client: NewClient
) -> None:
    if not extraction.is_installed():
        pytest.skip("web pages need the extra html")
    tangled = "<a " + " ".join(f"x{n}=1" for n in range(60_000)) + ">a</a>"
    with new_client(settings.model_copy(update={"html_seconds": 0.5})) as client:
        assert client.label_text(PAGE, "text/html").status_code == 200
        start = time.perf_counter()
        response = client.label_text(tangled, "text/html")
        assert slug(response) == (422, "extraction-failed")
        assert "x17" not in response.text
        assert time.perf_counter() - start < 4
        assert client.label_text(PAGE, "text/html").status_code == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the memory")
def test_a_process_that_dies_is_replaced(reader: Any) -> None:
    reader.label_text(PAGE, "text/html")
    extractor = reader.app.state.extractor
    extractor._process.kill()
    extractor._process.join()
    assert slug(reader.label_text(PAGE, "text/html")) == (422, "extraction-failed")
    assert reader.label_text(PAGE, "text/html").status_code == 200


def test_a_compressed_page_is_read(reader: Any) -> None:
    assert post_gzip(reader, gzip.compress(PAGE.encode()), kind="text/html").json()["topics"]


def test_without_the_extra_pages_are_refused_with_advice(
    settings: Settings, new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.app.is_installed", lambda: False)
    with new_client(settings) as client:
        response = client.label_text(PAGE, "text/html")
        assert slug(response) == (415, "unsupported-media-type")
        assert "extra 'html'" in response.json()["detail"]


def test_only_the_topics_that_are_asked_for_are_given(client: Any, article: str) -> None:
    def labels(query: str) -> list[str]:
        return [topic["label"] for topic in client.label_text(article, query=query).json()["topics"]]

    assert labels("?topics=taxes,immigration") == ["taxes"]
    assert labels("?topics=taxes&topics=economy&explain=false") == ["economy", "taxes"]
    none = client.label_text(article, query="?topics=immigration").json()
    assert none["topics"] == []
    assert {"head": "topics", "reason": "low_confidence"} in none["abstained"]


def test_a_batch_can_ask_for_topics_and_a_run(client: Any, article: str) -> None:
    batch = {"documents": [{"text": article}, {"text": ""}]}
    answers = client.post("/v1/label/batch?topics=taxes&run=second", json=batch).json()["answers"]
    assert [[topic["label"] for topic in answer["topics"]] for answer in answers] == [["taxes"], []]
    assert {answer["model"]["run"] for answer in answers} == {"second"}


@pytest.mark.parametrize(
    "query", ["?topics=", "?topics=taxes,", "?topics=sports", "?topics=Taxes", "?run=", "?" + "a=1&" * 101]
)
def test_a_query_that_makes_no_sense_is_refused(client: Any, article: str, query: str) -> None:
    assert slug(client.label_text(article, query=query)) == (422, "invalid-parameter")


def test_a_run_can_be_asked_for_while_another_is_in_use(client: Any, article: str, registry: Registry) -> None:
    asked = client.label_text(article, query="?run=second").json()
    assert asked["model"]["run"] == "second"
    assert client.label_text(article, query="?run=champion").json()["model"]["run"] == "first"
    registry.promote("second")
    deadline = time.monotonic() + 20
    while client.label_text(article).json() != asked and time.monotonic() < deadline:
        client.wait(0.05)
    assert client.label_text(article).json() == asked
    assert client.label_text(article, query="?run=first").json()["model"]["run"] == "first"


@pytest.mark.parametrize("name", ["third", "..", "%2e%2e", "%2fetc", "champion.json", "first%00", "a" * 300])
def test_a_run_that_is_not_there_is_not_found(client: Any, article: str, name: str) -> None:
    assert slug(client.label_text(article, query=f"?run={name}")) == (404, "run-not-found")


def test_a_damaged_run_is_refused(client: Any, article: str, registry: Registry, damage: Callable[..., None]) -> None:
    damage(registry.path / "second")
    assert slug(client.label_text(article, query="?run=second")) == (409, "run-damaged")


def test_few_runs_are_kept_loaded(
    settings: Settings, new_client: NewClient, registry: Registry, article: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service import copies

    loads = []
    load = copies.load_run
    monkeypatch.setattr(copies, "load_run", lambda path: loads.append(path.name) or load(path))
    for name in ("third", "fourth"):
        (registry.path / name).symlink_to(registry.path / "second")
    with new_client(settings.model_copy(update={"pinned_runs": 2})) as client:
        for name in ("second", "third", "second", "fourth", "second", "third"):
            assert client.label_text(article, query=f"?run={name}").status_code == 200
    assert loads == ["first", "second", "third", "fourth", "third"]
