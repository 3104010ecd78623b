"""When the clients ask again, how long they wait, and what they make of strange answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand import errors
from newsstand.client import AsyncClient, Client, Retries
from newsstand.client.retries import retry_after

ANSWER = {
    "id": None,
    "language": "en",
    "topics": [],
    "stances": [{"target": "tax", "mentioned": False, "stance": None, "scores": None, "evidence": []}],
    "leaning": None,
    "abstained": [{"head": "topics", "reason": "too_short"}],
    "model": {"run": "r", "fingerprint": "sha256:0"},
}
DATE = "Tue, 24 Nov 2026 08:00:00 GMT"

Outcome = httpx.Response | Exception


def busy(status: int = 503, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def good() -> httpx.Response:
    return httpx.Response(200, json=ANSWER)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of both clients, which then take no time."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setattr(anyio, "sleep", sleep)
    return waited


Ask = Callable[..., Any]


@pytest.fixture(params=["plain", "asynchronous"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Labels a text with a client that meets these outcomes, one after the other."""

    def asked(*outcomes: Outcome, retries: Retries | None = None, **options: Any) -> Any:
        left = list(outcomes)

        def handle(_: httpx.Request) -> httpx.Response:
            outcome = left.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return httpx.Response(outcome.status_code, headers=outcome.headers, content=outcome.content)

        transport = httpx.MockTransport(handle)
        if request.param == "plain":
            with Client("http://test", retries=retries, transport=transport) as client:
                answer = client.label("A text.", **options)
        else:

            async def label() -> Any:
                async with AsyncClient("http://test", retries=retries, transport=transport) as client:
                    return await client.label("A text.", **options)

            answer = asyncio.run(label())
        assert left == []
        return answer

    return asked


def test_a_busy_service_is_asked_again(ask: Ask, waits: list[float]) -> None:
    outcomes = (busy(429), busy(503), httpx.ConnectError("refused"), httpx.RemoteProtocolError("gone"), good())
    assert ask(*outcomes).run == "r"
    assert len(waits) == 4
    for n, seconds in enumerate(waits):
        assert 0 <= seconds <= 0.5 * 2**n


def test_retry_after_is_respected(ask: Ask, waits: list[float]) -> None:
    ask(busy(retry_after="7"), busy(429, retry_after="Tue, 24 Nov 2026 08:00:12 GMT", date=DATE), good())
    assert 7 <= waits[0] <= 8
    assert 12 <= waits[1] <= 13


def test_a_wait_longer_than_the_patience_ends_in_an_error_that_names_it(ask: Ask, waits: list[float]) -> None:
    with pytest.raises(errors.ServiceBusy) as raised:
        ask(busy(429, retry_after="3600"))
    assert (raised.value.status, raised.value.retry_after, waits) == (429, 3600, [])


def test_patience_ends(ask: Ask, waits: list[float]) -> None:
    with pytest.raises(errors.ServiceBusy):
        ask(*[busy() for _ in range(3)], retries=Retries(attempts=3))
    assert len(waits) == 2
    with pytest.raises(errors.ServiceUnreachable):
        ask(httpx.ConnectError("refused"), retries=Retries(attempts=1))


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (busy(400), errors.RequestRefused),
        (busy(401), errors.RequestRefused),
        (busy(404), errors.RequestRefused),
        (busy(500), errors.ServiceFailed),
        (busy(502), errors.ServiceFailed),
        (busy(302), errors.ServiceFailed),
        (httpx.ReadTimeout("slow"), errors.ServiceUnreachable),
        (httpx.Response(200, text="<h1>Welcome</h1>"), errors.ServiceFailed),
        (httpx.Response(200, json=[]), errors.ServiceFailed),
        (httpx.Response(200, json=ANSWER | {"topics": [{"label": 3}]}), errors.ServiceFailed),
        (httpx.Response(200, json=ANSWER | {"leaning": {"label": "up", "scores": {}}}), errors.ServiceFailed),
        (httpx.Response(200, json={name: ANSWER[name] for name in ANSWER if name != "model"}), errors.ServiceFailed),
    ],
)
def test_everything_else_is_not_tried_again(
    ask: Ask, waits: list[float], outcome: Outcome, kind: type[errors.ServiceError]
) -> None:
    with pytest.raises(kind) as raised:
        ask(outcome)
    assert type(raised.value) is kind
    assert isinstance(raised.value, errors.NewsstandError)
    assert waits == []


def test_the_problem_of_the_service_is_the_message() -> None:
    problem = {
        "type": "/problems/invalid-document",
        "title": "The document cannot be used",
        "detail": "documents[3]: x",
    }
    sent: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(len(json.loads(request.content)["documents"]))
        if len(sent) == 1:
            return httpx.Response(200, json={"answers": [ANSWER] * sent[0]})
        return httpx.Response(422, json=problem, headers={"Content-Type": "application/problem+json"})

    message = r"The document cannot be used: documents\[67\]: x"
    with (
        Client("http://test", transport=httpx.MockTransport(handle)) as client,
        pytest.raises(errors.RequestRefused, match=message) as raised,
    ):
        client.label_batch(["text"] * 100)
    assert (raised.value.problem, raised.value.status, sent) == ("/problems/invalid-document", 422, [64, 36])


def test_as_many_answers_as_documents_are_expected() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"answers": [ANSWER]}))
    with Client("http://test", transport=transport) as client, pytest.raises(errors.ServiceFailed):
        client.label_batch(["one", "two"])


def test_targets_a_key_and_a_path_are_sent(waits: list[float]) -> None:
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return good()

    with Client("http://test/tags/", "secret", transport=httpx.MockTransport(handle)) as client:
        answer = client.label("A text.", targets=("tax", "mayor"), explain=False)
        client.label("A text.", targets="tax")
        client.label("A text.", targets=[], stance="fast")
    assert answer.to_dict() == ANSWER
    assert str(requests[0].url) == "http://test/tags/v1/label?explain=false"
    assert requests[0].headers["authorization"] == "Bearer secret"
    assert requests[2].url.params["stance"] == "fast"
    bodies = [json.loads(request.content) for request in requests]
    assert bodies == [
        {"text": "A text.", "targets": ["tax", "mayor"]},
        {"text": "A text.", "targets": ["tax"]},
        {"text": "A text.", "targets": []},
    ]
    with pytest.raises(errors.InputError, match="targets"):
        client.label("A text.", targets=[" "])


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "localhost:8000", "ftp://test", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(errors.SettingError, match="http://127"):
            kind(url)


def test_a_key_that_no_header_can_carry_is_not_repeated() -> None:
    with pytest.raises(errors.SettingError) as raised:
        Client("http://test", "secret\n")
    assert "secret" not in str(raised.value)


@given(st.text(max_size=40))
def test_any_retry_after_is_read_or_ignored(value: str) -> None:
    response = httpx.Response(503, headers=[(b"retry-after", value.encode("utf-8", "replace"))])
    seconds = retry_after(response)
    assert seconds is None or seconds >= 0
    wait = Retries().wait(response, 1)
    assert wait is None or 0 <= wait <= Retries().longest_seconds


@given(st.integers(1, 10**9))
def test_waits_stay_bounded_however_often_it_fails(attempt: int) -> None:
    wait = Retries(attempts=2 * 10**9).wait(httpx.ConnectError("refused"), attempt)
    assert wait is not None and 0 <= wait <= 30


def test_dates_are_compared_with_the_clock_of_the_service() -> None:
    later = busy(retry_after="Tue, 24 Nov 2026 08:02:00 GMT", date=DATE)
    assert retry_after(later) == 120
    assert retry_after(busy(retry_after=DATE, date="Tue, 24 Nov 2026 09:00:00 GMT")) == 0
    assert retry_after(busy(retry_after="Wed, 01 Jan 1997 00:00:00 GMT")) == 0
