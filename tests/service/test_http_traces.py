"""A span for every request, with what an operator needs and nothing of the article."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import pytest

from newsstand.errors import SettingError
from newsstand.registry import Registry
from service import tracing
from service.app import create_app
from service.engine import Engine
from service.settings import Settings

pytest.importorskip("opentelemetry.sdk", reason="traces need the extra 'otel'")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def traced(settings: Settings, new_client: Callable[..., Any]) -> Any:
    """A client of a service whose spans stay here, and these spans."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    client = new_client(settings)
    client.engine = Engine(Registry(settings.models))
    client.app = create_app(settings, engine=client.engine, traces=provider)
    with client as running:
        yield running, exporter


def test_a_request_is_a_span_with_its_route_its_run_and_its_id(traced: Any, article: str) -> None:
    client, exporter = traced
    headers = {"Content-Type": "text/plain", "X-Request-ID": "r-1", "traceparent": PARENT}
    client.post("/v1/label?topics=economy", content=article, headers=headers)
    client.get("/v1/models/nobody")
    client.get("/health/ready")
    client.get("/metrics")
    labelled, missing = exporter.get_finished_spans()
    assert labelled.name == "POST /v1/label"
    assert dict(labelled.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/label",
        "http.response.status_code": 200,
        "newsstand.request_id": "r-1",
        "newsstand.run": "first",
    }
    assert f"{labelled.context.trace_id:032x}" == PARENT.split("-")[1]
    assert missing.name == "GET /v1/models/{run}"
    assert missing.attributes["http.response.status_code"] == 404
    assert missing.status.is_ok or missing.status.is_unset


def test_no_span_holds_a_word_of_the_article_and_failures_are_marked(
    traced: Any, article: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, exporter = traced

    def fail(*_: Any, **__: Any) -> Any:
        raise KeyError(article)

    monkeypatch.setattr(client.engine.tagger, "label", fail, raising=False)
    assert client.label_text(article).status_code == 500
    [span] = exporter.get_finished_spans()
    assert not span.status.is_ok
    assert "Harbour" not in span.to_json()
    assert "127.0.0.1" not in span.to_json()


def test_without_the_extra_the_setting_says_what_is_missing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = builtins.__import__

    def missing(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return load(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(SettingError, match="extra 'otel'"):
        create_app(settings.model_copy(update={"traces": True}))


def test_spans_are_sent_as_newsstand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    provider = tracing.new_provider()
    try:
        assert provider.resource.attributes["service.name"] == "newsstand"
    finally:
        provider.shutdown()
