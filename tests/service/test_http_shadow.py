"""NEWSSTAND_SHADOW: another run labels a share of the traffic, and only its agreement is seen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from newsstand.answers import Abstention, Answer, LeaningLabel, TopicLabel
from newsstand.tagger import Tagger
from service import shadow
from service.settings import Settings
from service.shadow import agreements

NewClient = Callable[..., Any]


def shaded(settings: Settings, run: str = "second", share: float = 1.0) -> Settings:
    return settings.model_copy(update={"shadow": run, "shadow_share": share})


def report(client: Any, until: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """What the service says about its shadow, once it is so far."""
    for _ in range(500):
        found = client.get("/v1/shadow").json()
        if until(found):
            return dict(found)
        client.wait(0.01)
    raise AssertionError(found)


def loaded(client: Any) -> None:
    """Wait until the run labels in the shadow; its comparisons of a text too short for any head count for none."""

    def compared(found: dict[str, Any]) -> bool:
        if not found["documents"]["compared"]:
            client.label_text("Some words of text.")
        return bool(found["documents"]["compared"])

    report(client, compared)


def test_without_the_setting_nothing_is_compared(client: Any, article: str) -> None:
    client.label_text(article)
    assert client.get("/v1/shadow").json() == {
        "run": None,
        "share": 0,
        "degraded": None,
        "documents": {},
        "against": [],
    }


def test_every_kind_of_request_is_compared_and_answered_by_the_run_in_use(
    settings: Settings, new_client: NewClient, article: str
) -> None:
    document = {"text": article}
    with new_client(shaded(settings)) as client:
        loaded(client)
        answered = [
            client.label_text(article).json(),
            client.label_json(json.dumps(document), "?topics=economy").json(),
            *client.post("/v1/label/batch", json={"documents": [document, document]}).json()["answers"],
            json.loads(
                client.post(
                    "/v1/label/batch", content=json.dumps(document), headers={"Content-Type": "application/x-ndjson"}
                ).text
            ),
        ]
        assert {answer["model"]["run"] for answer in answered} == {"first"}
        tensor = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": [article]}]}
        assert client.post("/v2/models/newsstand/infer", json=tensor).status_code == 200
        found = report(
            client, lambda found: found["against"] and found["against"][0]["heads"]["leaning"]["documents"] >= 6
        )
        assert found["documents"]["failed"] == 0
        [against] = found["against"]
        assert against["run"] == "first"
        assert against["heads"]["topics"]["documents"] == against["heads"]["leaning"]["documents"] == 6
        assert 0 < against["heads"]["topics"]["agreement"] <= 1
        metrics = client.get("/metrics").text
        assert 'newsstand_shadow_documents_total{outcome="compared",run="second"}' in metrics
        assert 'newsstand_shadow_comparisons_total{against="first",head="topics",run="second"}' in metrics


def test_requests_that_name_their_run_and_those_outside_of_the_share_are_left_out(
    settings: Settings, new_client: NewClient, article: str
) -> None:
    with new_client(shaded(settings)) as client:
        for _ in range(5):
            client.label_text(article, query="?run=second")
        client.wait(0.1)
        assert sum(client.get("/v1/shadow").json()["documents"].values()) == 0
    with new_client(shaded(settings, share=0.0)) as client:
        client.label_text(article)
        assert sum(client.get("/v1/shadow").json()["documents"].values()) == 0


def test_a_run_that_cannot_be_loaded_is_named_and_changes_no_answer(
    settings: Settings, new_client: NewClient, article: str
) -> None:
    with new_client(shaded(settings, "nobody")) as client:
        assert client.label_text(article).status_code == 200
        found = report(client, lambda found: found["degraded"])
        assert "'nobody'" in found["degraded"]
        assert client.get("/health/ready").status_code == 200


def test_a_slow_shadow_delays_nobody_and_what_waits_too_long_is_dropped(
    settings: Settings, new_client: NewClient, article: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = Tagger.label

    def slow(self: Tagger, *arguments: Any, **options: Any) -> Answer:
        if self.run.name == "second" and self.run.golden and arguments[0].text == article + ".":
            time.sleep(0.2)
        return label(self, *arguments, **options)

    monkeypatch.setattr(Tagger, "label", slow)
    monkeypatch.setattr(shadow, "MOST_DOCUMENTS", 2)
    with new_client(shaded(settings)) as client:
        loaded(client)
        begun = time.perf_counter()
        for _ in range(10):
            assert client.label_text(article + ".").status_code == 200
        assert time.perf_counter() - begun < 1.5
        found = report(client, lambda found: found["documents"]["dropped"] >= 5)
        assert found["documents"]["failed"] == 0


def test_a_shadow_that_fails_is_counted_and_no_text_is_logged(
    settings: Settings,
    new_client: NewClient,
    article: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    label = Tagger.label

    def failing(self: Tagger, *arguments: Any, **options: Any) -> Answer:
        if self.run.name == "second" and arguments[0].text.endswith("!"):
            raise KeyError(arguments[0].text)
        return label(self, *arguments, **options)

    monkeypatch.setattr(Tagger, "label", failing)
    with new_client(shaded(settings)) as client:
        loaded(client)
        assert client.label_text(article + "!").status_code == 200
        report(client, lambda found: found["documents"]["failed"] or client.label_text(article + "!").is_error)
    assert "the run second failed in the shadow (KeyError)" in caplog.text
    assert "Harbour" not in caplog.text


def answer(topics: list[str], leaning: str | None = None) -> Answer:
    labels = tuple(TopicLabel(topic, None, 0.9) for topic in topics)
    return Answer("1", "en", labels, LeaningLabel(leaning, {}), (Abstention("leaning", "low_confidence"),), "a", "b")  # type: ignore[arg-type]


def unread() -> Answer:
    abstained = (Abstention("topics", "too_short"), Abstention("leaning", "too_short"))
    return Answer("1", None, (), None, abstained, "a", "b")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (answer(["a", "b"]), answer(["b", "c"]), {"topics": 1 / 3, "leaning": 1.0}),
        (answer([]), answer([]), {"topics": 1.0, "leaning": 1.0}),
        (unread(), unread(), {}),
        (unread(), answer(["a"]), {"topics": 0.0}),
        (answer([], "left"), answer(["a"]), {"topics": 0.0, "leaning": 0.0}),
    ],
)
def test_agreement_is_what_both_say_of_what_either_says(one: Answer, other: Answer, expected: dict[str, float]) -> None:
    assert agreements(one, other) == expected
