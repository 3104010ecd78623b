"""The clients against the real application, in this process and over a socket."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsstand.client import AsyncClient, Client, Retries
from newsstand.documents import Document, GoldStance
from newsstand.errors import InputError, RequestRefused, ServiceBusy, ServiceUnreachable
from newsstand.tagger import Tagger
from service.app import create_app
from service.settings import Settings

TEXT = "The state senate voted on Tuesday to cut the property tax after homeowners complained about the budget deficit."


@pytest.fixture
def url(models_dir: Path, serve: Callable[..., Any]) -> Iterator[str]:
    with serve(create_app(Settings(models=models_dir, max_batch=64))) as address:
        yield f"http://{address}"


def test_a_text_is_answered_as_the_tagger_would(url: str, tagger: Tagger) -> None:
    document = Document(TEXT, title="A 😀 tax cut \ud800", id="a1", topics=("taxes",))
    with Client(url) as client:
        for given in (document, document.to_dict()):
            assert client.label(given).to_dict() == tagger.label(document).to_dict()
        assert client.label(TEXT).to_dict() == tagger.label(Document(TEXT)).to_dict()
        assert client.label("") == tagger.label(Document(""))
        plain = client.label(document, explain=False)
    assert plain.topics and not any(topic.evidence for topic in plain.topics)


def test_a_large_batch_is_cut_into_requests_and_comes_back_in_order(url: str) -> None:
    documents = [Document(TEXT, id=str(n)) for n in range(150)]
    documents += [Document("tax " * 150_000, id=f"long {n}") for n in range(4)]
    with Client(url) as client:
        answers = client.label_batch(iter(documents), explain=False)
        assert client.label_batch([]) == []
    assert [answer.id for answer in answers] == [document.id for document in documents]


def test_the_labels_and_the_models_are_told(url: str, tagger: Tagger) -> None:
    with Client(url) as client:
        labels, models = client.labels(), client.models()
    assert tagger.run.topics is not None
    assert [topic.id for topic in labels.topics] == list(tagger.run.topics.labels.ids)
    assert labels.leanings == ("left", "center", "right")
    assert (labels.model.run, labels.model.fingerprint) == ("small", tagger.run.fingerprint)
    assert models.champion == "small"
    assert [(run.name, set(run.heads), run.error) for run in models.runs] == [
        ("small", {"topics", "leaning", "stance"}, None)
    ]


def test_a_refusal_has_the_type_of_the_problem_and_no_word_of_the_text(url: str) -> None:
    with Client(url) as client:
        with pytest.raises(RequestRefused) as refused:
            client.label("Quillfeather " * 400_000)
        assert (refused.value.status, refused.value.problem) == (413, "/problems/too-large")
        assert "2097152" in str(refused.value) and "Quillfeather" not in str(refused.value)
        with pytest.raises(InputError, match=r"documents\[1\]"):
            client.label_batch(["good", {"title": "no text"}])


def test_the_asynchronous_client_gives_the_same(url: str, models_dir: Path) -> None:
    async def ask(client: AsyncClient) -> tuple[object, ...]:
        async with client:
            return (
                await client.label(TEXT),
                await client.label_batch([TEXT, ""], explain=False),
                await client.labels(),
                await client.models(),
            )

    async def ask_application() -> tuple[object, ...]:
        app = create_app(Settings(models=models_dir))
        async with app.router.lifespan_context(app):
            return await ask(AsyncClient("http://test", transport=httpx.ASGITransport(app)))

    with Client(url) as client:
        plain = (client.label(TEXT), client.label_batch([TEXT, ""], explain=False), client.labels(), client.models())
    assert asyncio.run(ask(AsyncClient(url))) == plain
    assert asyncio.run(ask_application()) == plain


def test_corrections_and_documents_worth_a_look_go_both_ways(
    models_dir: Path, tmp_path: Path, serve: Callable[..., Any]
) -> None:
    async def ask(url: str, right: Document) -> tuple[object, ...]:
        async with AsyncClient(url) as client:
            return await client.feedback(right, "small", note="a tax"), await client.review(limit=1)

    settings = Settings(models=models_dir, store=f"sqlite:///{tmp_path / 'store.db'}", review_documents=5)
    with serve(create_app(settings)) as address, Client(f"http://{address}") as client:
        doubtful = Document("A harvest of plums was brought in by volunteers near the old quarry.", id="a1 \ud800")
        answer = client.label(doubtful)
        for _ in range(100):
            if found := client.review():
                break
            time.sleep(0.05)
        assert [(entry.document, entry.answer) for entry in found] == [(doubtful, answer)]
        assert 0.5 <= found[0].doubt <= 1 and found[0].seen
        right = replace(doubtful, topics=("taxes",), stances=(GoldStance("tax cuts", None),), leaning="left")
        receipt = client.feedback(right, answer.run, note="a tax")
        assert receipt.new
        assert asyncio.run(ask(f"http://{address}", right)) == (replace(receipt, new=False), [])
        assert client.feedback(right.to_dict(), answer.run, id="mine").id == "mine"
        with pytest.raises(RequestRefused, match="nothing is corrected"):
            client.feedback(doubtful, answer.run)
        with pytest.raises(InputError):
            client.feedback({"topics": []}, answer.run)


def test_an_option_that_there_is_not_is_refused(url: str) -> None:
    with Client(url) as client, pytest.raises(TypeError, match="explian"):
        client.label(TEXT, explian=False)  # type: ignore[call-arg]


def test_a_service_without_a_run_is_busy(tmp_path: Path) -> None:
    async def ask() -> None:
        app = create_app(Settings(models=tmp_path))
        async with app.router.lifespan_context(app):
            retries = Retries(attempts=2, first_seconds=0)
            async with AsyncClient("http://test", retries=retries, transport=httpx.ASGITransport(app)) as client:
                await client.label(TEXT)

    with pytest.raises(ServiceBusy) as busy:
        asyncio.run(ask())
    assert (busy.value.status, busy.value.problem) == (503, "/problems/no-model")


def test_where_nothing_listens_the_address_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        Client(f"http://127.0.0.1:{port}", retries=Retries(attempts=2, first_seconds=0)) as client,
        pytest.raises(ServiceUnreachable, match=f"127.0.0.1:{port}/v1/label cannot be reached"),
    ):
        client.label(TEXT)


def test_the_examples_of_the_guide_run(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "howto" / "call-from-python.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        exec(example.replace("http://127.0.0.1:8000", url), {})
    assert "413 /problems/" in capsys.readouterr().out
