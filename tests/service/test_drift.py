"""What is counted by day, kept in bounds and over restarts, and compared with the training corpus."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from newsstand import artifact
from newsstand.answers import Abstention, Answer, TopicLabel
from newsstand.artifact import load
from newsstand.errors import InputError
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from service import drift
from service.drift import ENOUGH, KEPT_DAYS, KEPT_RUNS, PAST, Days, Drift, gather, read_folder
from service.settings import Settings

NewClient = Callable[..., Any]
DAY = 86_400.0


def answer(topic: str = "economy", run: str = "first", mark: str = "sha256:1") -> Answer:
    return Answer(None, "en", (TopicLabel(topic, None, 0.8),), None, (), run, mark)


def documents(days: Days) -> dict[str, int]:
    return {day: sum(tally.documents for tally in runs.values()) for day, runs in days.tallies.items()}


def total(counted: Drift) -> Days:
    return asyncio.run(counted.total())


def test_days_are_those_of_utc_and_runs_are_told_apart() -> None:
    now = [20_000 * DAY - 1]
    counted = Drift(None, lambda: now[0])
    counted.count([answer(), answer(mark="sha256:2")])
    now[0] += 2
    counted.count([answer()])
    assert {day: set(runs) for day, runs in total(counted).tallies.items()} == {
        "2024-10-03": {"sha256:1", "sha256:2"},
        "2024-10-04": {"sha256:1"},
    }


def test_old_days_and_runs_without_end_are_not_kept() -> None:
    now = [0.0]
    counted = Drift(None, lambda: now[0])
    for day in range(KEPT_DAYS + 10):
        now[0] = day * DAY
        counted.count([answer()])
    counted.count([answer(mark=str(n)) for n in range(KEPT_RUNS + 10)])
    days = total(counted).tallies
    assert len(days) == KEPT_DAYS
    assert max(len(runs) for runs in days.values()) == KEPT_RUNS


def test_texts_that_are_not_read_are_only_numbered() -> None:
    counted = Drift(None, lambda: 0.0)
    counted.count([Answer(None, None, (), None, (Abstention("topics", "too_short"),), "first", "sha256:1")])
    tally = total(counted).tallies["1970-01-01"]["sha256:1"]
    assert (tally.documents, tally.not_read, tally.classes["topics"]) == (0, 1, {})


def worker(folder: Path, name: str, n: int) -> Drift:
    made = Drift(folder, lambda: 0.0)
    made._name = f"{name}{drift.SUFFIX}"
    made.count([answer()] * n)
    return made


def test_all_workers_count_together_and_former_ones_still(tmp_path: Path) -> None:
    one, two = worker(tmp_path, "1", 3), worker(tmp_path, "2", 4)
    one.write()
    two.write()
    assert documents(total(one)) == documents(total(two)) == {"1970-01-01": 7}
    gather(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [PAST]
    three = worker(tmp_path, "3", 1)
    assert documents(total(three)) == {"1970-01-01": 8}
    gather(tmp_path)
    assert documents(read_folder(tmp_path)) == {"1970-01-01": 7}


def test_an_interrupted_gathering_loses_and_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker(tmp_path, "1", 3).write()
    worker(tmp_path, "2", 4).write()

    remove = Path.unlink

    def interrupted(path: Path, missing_ok: bool = False) -> None:
        if path.name == f"1{drift.SUFFIX}":
            raise KeyboardInterrupt
        remove(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", interrupted)
    with pytest.raises(KeyboardInterrupt):
        gather(tmp_path)
    monkeypatch.undo()
    assert documents(read_folder(tmp_path)) == {"1970-01-01": 7}
    gather(tmp_path)
    assert documents(read_folder(tmp_path)) == {"1970-01-01": 7}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"days": 5}',
        b'{"days": {"2026-01-01": {"a": {}}}}',
        b'{"days": {"1970-01-01": {"a": {"run": "a", "documents": NaN, "not_read": 0, "classes": {}}}}}',
        b'{"days": {"1970-01-01": {"a": {"run": "a", "documents": 1, "not_read": 0, "classes": {"topics": {"a": -1}}}}}}',
        b'{"absorbed": null}',
        b'{"absorbed": [[], 1]}',
        b"\xff" * 10,
    ],
)
@pytest.mark.parametrize("name", [PAST, f"2{drift.SUFFIX}"])
def test_a_file_that_is_something_else_does_not_matter(tmp_path: Path, name: str, content: bytes) -> None:
    one = worker(tmp_path, "1", 3)
    (tmp_path / name).write_bytes(content)
    assert documents(total(one))["1970-01-01"] == 3


def test_a_folder_that_is_gone_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = worker(tmp_path / "gone", "1", 3)
    one.write()
    one.write()
    assert caplog.text.count("the counts for drift cannot be written") == 1
    assert documents(total(one)) == {"1970-01-01": 3}


# --- over HTTP --------------------------------------------------------------------------------------------------------


def with_reference(registry: Registry, reference: Any) -> None:
    """Give the champion a reference, as training would."""
    run = load(registry.path / "first")
    artifact.save(replace(run, about={**run.about, "reference": reference}), registry.path / "third")
    registry.promote("third")


def test_a_run_without_a_reference_is_counted_and_says_so(client: Any, article: str) -> None:
    client.label_text(article)
    client.label_text(article, query="?topics=taxes")
    found = client.get("/v1/drift").json()
    assert found["reference"] is None
    assert "the run first has no reference" in found["missing"]
    [day] = found["days"]
    assert (day["documents"], day["distributions"]) == (1, {})
    assert day["counts"]["topics"] == {"economy": 1, "taxes": 1}


def test_days_with_enough_documents_are_compared(
    settings: Settings, registry: Registry, new_client: NewClient, article: str
) -> None:
    usual = {"topics": {"economy": 500, "taxes": 500}, "leaning": {"left": 900, "none": 100}}
    with_reference(registry, usual)
    batch = {"documents": [{"text": article}] * 100}
    with new_client(settings) as client:
        client.post("/v1/label/batch", json=batch)
        assert client.get("/v1/drift").json()["days"][0]["distributions"] == {}
        assert "newsstand_drift_psi{" not in client.get("/metrics").text
        for _ in range(ENOUGH // 100):
            client.post("/v1/label/batch", json=batch)
        found = client.get("/v1/drift").json()
        assert found["missing"] is None
        distances = found["days"][0]["distributions"]
        assert distances["topics"]["verdict"] == "stable"
        assert distances["leaning"]["verdict"] == "large"
        samples = {
            (sample.name, sample.labels["distribution"]): sample.value
            for family in text_string_to_metric_families(client.get("/metrics").text)
            for sample in family.samples
            if sample.name.startswith("newsstand_drift")
        }
        assert samples["newsstand_drift_psi", "leaning"] == distances["leaning"]["psi"] > 0.25
        assert samples["newsstand_drift_by_chance", "leaning"] < 0.1
        assert client.get("/v1/drift?run=first").json()["run"] == "first"
        assert client.get("/v1/drift?run=nobody").status_code == 404


@pytest.mark.parametrize(
    "reference", [5, {"topics": 5}, {"topics": {"a": "many"}}, {"topics": {}}, {"other": {"a": 1}}]
)
def test_a_reference_that_makes_no_sense_is_none(small_run_path: Path, reference: Any) -> None:
    run = replace(load(small_run_path), about={"reference": reference})
    assert drift.run_reference(run) is None


def test_training_writes_the_reference_down(tagger: Tagger) -> None:
    reference = drift.run_reference(tagger.run)
    assert reference is not None
    assert set(reference) == {"topics", "topic_scores", "leaning", "leaning_scores"}
    assert sum(reference["topic_scores"].values()) == 252
    assert sum(reference["leaning_scores"].values()) == sum(reference["leaning"].values()) > 200


def test_a_folder_that_is_set_is_kept_over_restarts(
    settings: Settings, new_client: NewClient, article: str, tmp_path: Path
) -> None:
    (tmp_path / "drift").mkdir()
    kept = settings.model_copy(update={"drift_folder": str(tmp_path / "drift")})
    for n in (1, 2):
        gather(tmp_path / "drift")
        with new_client(kept) as client:
            client.label_text(article)
            assert client.get("/v1/drift").json()["days"][0]["documents"] == n
    assert json.loads((tmp_path / "drift" / PAST).read_text())["days"]


def test_a_folder_that_cannot_be_written_is_no_way_to_lose_counts(tmp_path: Path) -> None:
    worker(tmp_path, "1", 3).write()
    (tmp_path / PAST).mkdir()
    with pytest.raises(InputError):
        gather(tmp_path)
    assert documents(read_folder(tmp_path)) == {"1970-01-01": 3}
