"""What the service writes about requests, and what every answer carries."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.keys import KeyFile
from service.logs import json_formatter, log_configuration, text_formatter
from service.settings import Settings

WRITTEN = Path(__file__).parents[2] / "docs" / "reference" / "logs.md"
SECRET = "Quillfeather"


@contextmanager
def capture(formatter: logging.Formatter) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("service")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.fixture(params=[json_formatter, text_formatter])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the service logs, in either form."""
    with capture(request.param()) as stream:
        yield stream


@pytest.fixture
def written_json() -> Iterator[io.StringIO]:
    """What the service logs, in JSON."""
    with capture(json_formatter()) as stream:
        yield stream


def json_lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_no_request_is_logged_unless_that_is_wanted(client: Any, written: io.StringIO) -> None:
    client.label_text("A text.")
    client.get("/nothing")
    assert written.getvalue() == ""


@pytest.fixture
def talkative(settings: Settings, new_client: Callable[..., Any]) -> Iterator[Any]:
    with new_client(settings.model_copy(update={"access_log": True})) as client:
        yield client


def test_a_request_is_one_line_with_documented_fields(talkative: Any, written_json: io.StringIO) -> None:
    written_json.truncate(0)
    written_json.seek(0)
    talkative.post("/v1/label?run=second", content="a", headers={"Content-Type": "text/plain", "X-Request-ID": "abc-1"})
    talkative.get("/v1/models/third")
    one, two = json_lines(written_json)
    assert (one["event"], one["request_id"], one["method"], one["route"]) == ("request", "abc-1", "POST", "/v1/label")
    assert (one["status"], one["run"], one["key"], one["level"]) == (200, "second", None, "info")
    assert 0 < one["duration_ms"] < 10_000
    assert (two["route"], two["status"], two["run"]) == ("/v1/models/{run}", 404, None)
    documented = WRITTEN.read_text(encoding="utf-8")
    assert all(f"| `{field}` |" in documented for field in one)


def test_the_key_is_logged_by_its_id_and_never_whole(
    settings: Settings, new_client: Callable[..., Any], written: io.StringIO
) -> None:
    key, text = KeyFile(settings.keys).create("a", ("label",))
    with new_client(settings.model_copy(update={"access_log": True})) as client:
        client.get("/v1/labels", headers={"Authorization": f"Bearer {text}"})
        client.get("/v1/labels", headers={"Authorization": f"Bearer {text}x"})
    assert key.id in written.getvalue()
    assert text.split("_", 2)[2] not in written.getvalue()


def test_texts_paths_and_queries_are_never_logged(talkative: Any, written: io.StringIO) -> None:
    talkative.label_json(json.dumps({"text": SECRET, "id": SECRET, "title": SECRET}))
    talkative.label_json(f'{{"text": "{SECRET}')
    talkative.label_text(SECRET, query=f"?topics={SECRET}&run={SECRET}")
    talkative.get(f"/{SECRET}")
    talkative.get("/v1/models", headers={"X-Request-ID": f"{SECRET} and\nmore", "User-Agent": SECRET})
    assert written.getvalue().count("\n") >= 5
    assert SECRET not in written.getvalue()


@pytest.mark.parametrize("path", ["/v1/label", "/v1/label/batch"])
def test_a_failure_is_logged_with_its_place_but_without_its_message(
    client: Any, written_json: io.StringIO, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(client.engine.tagger, "label", fail)
    body = json.dumps({"text": "a", "documents": [{"text": "a"}]})
    response = client.post(path, content=body, headers={"Content-Type": "application/json", "X-Request-ID": "r7"})
    assert response.status_code == 500
    assert response.headers["x-request-id"] == "r7"
    assert SECRET not in written_json.getvalue()
    [line] = json_lines(written_json)
    assert (line["event"], line["error"], line["request_id"], line["route"]) == (
        "the service failed",
        "KeyError",
        "r7",
        path,
    )
    assert line["frames"][-1].endswith(" fail")
    documented = WRITTEN.read_text(encoding="utf-8")
    assert all(f"| `{field}` |" in documented for field in line)


@pytest.mark.parametrize("given", ["a", "0f3c-77", "req_1.2:3/4+5=", "x" * 128])
def test_a_sane_request_id_comes_back(client: Any, given: str) -> None:
    for path in ("/v1/labels", "/nothing", "/health/live"):
        assert client.get(path, headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 129, "<script>", '"', "é".encode()])
def test_another_request_id_is_replaced(client: Any, given: str | bytes | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    ids = [client.get("/v1/labels", headers=headers).headers["x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", one) for one in ids)


@pytest.mark.parametrize("path", ["/v1/label", "/v1/models", "/nothing", "/health/live", "/docs"])
def test_every_answer_tells_browsers_to_be_careful(client: Any, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers


def test_other_sites_may_not_read_answers_unless_they_are_named(
    client: Any, settings: Settings, new_client: Callable[..., Any]
) -> None:
    origin = {"Origin": "https://news.example"}
    assert "access-control-allow-origin" not in client.get("/v1/labels", headers=origin).headers
    with new_client(settings.model_copy(update={"cors_origins": "https://news.example", "rate": "1/hour"})) as named:
        preflight = {**origin, "Access-Control-Request-Method": "POST"}
        assert named.request("OPTIONS", "/v1/label", headers=preflight).status_code == 200
        for status in (200, 429):
            response = named.get("/v1/labels", headers=origin)
            assert response.status_code == status
            assert response.headers["access-control-allow-origin"] == "https://news.example"
        other = named.get("/health/live", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize("origins", ["*", "news.example", "https://a.example, https://b.example", ""])
def test_origins_that_make_no_sense_are_refused(origins: str) -> None:
    with pytest.raises(ValueError, match=r"https://news\.example"):
        Settings(cors_origins=origins)


def test_logs_go_to_stderr_in_the_form_that_is_set() -> None:
    for form in ("json", "text"):
        configuration = log_configuration("info", form)
        assert [handler["stream"] for handler in configuration["handlers"].values()] == ["ext://sys.stderr"]
        assert configuration["formatters"]["lines"]["()"] == f"service.logs.{form}_formatter"
