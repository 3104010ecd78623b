"""What the service takes, and what it answers to more than that."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from service.gate import REQUESTS
from service.rates import address_group
from service.settings import Settings

NewClient = Callable[..., Any]


def slug(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def changed(settings: Settings, **limits: Any) -> Settings:
    return Settings.model_validate(settings.model_dump() | limits)


def test_the_limits_are_published(settings: Settings, new_client: NewClient) -> None:
    with new_client(changed(settings, rate="5/minute", max_batch=9)) as client:
        content = client.get("/v1/limits").json()
    assert content == {
        "max_body_bytes": 2097152,
        "max_text_chars": 1000000,
        "max_batch": 9,
        "max_requests": 256,
        "label_threads": 2,
        "encoder_threads": 1,
        "max_targets": 20,
        "max_target_characters": 500,
        "max_queue": 64,
        "request_seconds": 30.0,
        "rate": {"requests": 5, "seconds": 60},
        "workers": 1,
    }


def test_a_text_at_the_limit_is_labelled_and_one_character_more_is_refused(
    settings: Settings, new_client: NewClient
) -> None:
    with new_client(changed(settings, max_text_chars=40)) as client:
        assert client.label_text("é" * 40).status_code == 200
        assert slug(client.label_text("é" * 41)) == (413, "text-too-long")
        assert slug(client.label_json(json.dumps({"text": "", "title": "b" * 41}))) == (413, "text-too-long")
        batch = client.post("/v1/label/batch", json={"documents": [{"text": ""}, {"text": "a" * 41}]})
        assert slug(batch) == (413, "text-too-long")
        assert batch.json()["detail"].startswith("documents[1].text: the limit is 40 characters")


def test_a_client_that_asks_too_often_is_told_when_to_come_back(settings: Settings, new_client: NewClient) -> None:
    with new_client(changed(settings, rate="3/hour")) as client:
        assert [client.label_text("a").status_code for _ in range(3)] == [200] * 3
        refused = client.label_text("a")
        assert slug(refused) == (429, "too-many-requests")
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert slug(client.get("/v1/labels")) == (429, "too-many-requests")
        for path in ("/health/live", "/health/ready", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "unknown", False),
    ],
)
def test_a_client_is_an_address_or_an_ipv6_network(one: str, other: str, same: bool) -> None:
    assert (address_group(one) == address_group(other)) is same


@pytest.mark.parametrize("rate", ["", "often", "0/minute", "5 per fortnight", "-1/second"])
def test_a_rate_that_makes_no_sense_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="600/minute"):
        Settings(rate=rate)


@pytest.fixture
def one_thread(
    settings: Settings, new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Any, threading.Event]]:
    """A service with one thread, one place in the queue and half a second; labelling waits for the event."""
    limits = {"label_threads": 1, "max_queue": 1, "request_seconds": 0.5}
    with new_client(changed(settings, **limits)) as client:
        label, go_on = client.engine.tagger.label, threading.Event()

        def slowly(*arguments: Any, **options: Any) -> Any:
            assert go_on.wait(20)
            return label(*arguments, **options)

        monkeypatch.setattr(client.engine.tagger, "label", slowly)
        yield client, go_on
        go_on.set()


BATCH = ("POST", "/v1/label/batch", {"json": {"documents": [{"text": "a"}]}})


def test_work_beyond_the_queue_is_refused_at_once_and_the_rest_is_answered(one_thread: Any) -> None:
    client, go_on = one_thread
    threading.Timer(0.2, go_on.set).start()
    answers = client.together(*[BATCH] * 5)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503]
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert slug(refused) == (503, "overloaded")
    assert refused.headers["retry-after"] == "1"


def test_work_that_takes_too_long_is_given_up_and_keeps_its_thread(one_thread: Any) -> None:
    client, go_on = one_thread
    assert slug(client.request(*BATCH[:2], **BATCH[2])) == (503, "too-slow")
    waiting, refused = client.together(BATCH, BATCH)
    assert slug(waiting) == (503, "too-slow")
    assert slug(refused) == (503, "overloaded")
    go_on.set()
    client.wait(0.1)
    assert client.request(*BATCH[:2], **BATCH[2]).status_code == 200


@pytest.mark.parametrize("first", [b"", b"word "])
def test_a_body_that_does_not_arrive_is_given_up(settings: Settings, new_client: NewClient, first: bytes) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        if first:
            yield first
        await asyncio.sleep(20)

    with new_client(changed(settings, request_seconds=0.1)) as client:
        assert slug(client.label_text(stalling())) == (408, "body-too-slow")
        assert client.label_text("a").status_code == 200


class Task:
    def __init__(self, ended: bool) -> None:
        self._ended = ended

    def done(self) -> bool:
        return self._ended


@pytest.mark.parametrize(
    ("begun", "path", "status"),
    [
        ([Task(False)] * 5, "/v1/labels", 503),
        ([Task(False)] * 4, "/v1/labels", 200),
        ([Task(False)] * 4 + [Task(True)] * 50, "/v1/labels", 200),
        ([Task(False)] * 50, "/health/live", 200),
        ([Task(False)] * 50, "/health/ready", 200),
        ([Task(False)] * 50, "/docs", 200),
    ],
)
def test_requests_beyond_the_most_at_once_are_refused_but_health_is_answered(
    settings: Settings, new_client: NewClient, begun: list[Task], path: str, status: int
) -> None:
    with new_client(changed(settings, max_requests=4)) as client:
        app = client.app

        async def served(scope: Any, receive: Any, send: Any) -> None:
            await app(scope | {"state": {REQUESTS: begun}}, receive, send)

        client._http._transport.app = served
        response = client.get(path)
    assert response.status_code == status
    if status == 503:
        assert slug(response) == (503, "overloaded")
        assert response.headers["retry-after"] == "1"
