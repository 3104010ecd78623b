"""GET /metrics: what the service has done, in the words of Prometheus."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.counts import COUNTERS, Counts
from service.keys import KeyFile
from service.metrics import Metrics, Moment
from service.settings import Settings

WRITTEN = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
Values = dict[tuple[str, ...], float]


def read(text: str) -> dict[str, Values]:
    """The samples by name, each by the values of its labels in the order of their names."""
    found: dict[str, Values] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def metrics(client: Any) -> dict[str, Values]:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    return read(response.text)


def test_requests_are_counted_by_route_and_status(client: Any, article: str) -> None:
    client.label_text(article)
    client.label_text(article, query="?explain=false")
    client.label_json("{")
    client.get("/v1/models/first")
    client.request("HEAD", "/v1/models/second")
    client.get("/v1/models/third")
    client.get("/nothing/here")
    client.request("BREW", "/v1/label")
    found = metrics(client)
    assert found["newsstand_requests_total"] == {
        ("POST", "/v1/label", "200"): 2,
        ("POST", "/v1/label", "422"): 1,
        ("GET", "/v1/models/{run}", "200"): 1,
        ("HEAD", "/v1/models/{run}", "200"): 1,
        ("GET", "/v1/models/{run}", "404"): 1,
        ("GET", "unmatched", "404"): 1,
        ("other", "/v1/label", "405"): 1,
    }
    assert found["newsstand_request_seconds_count"][("/v1/label",)] == 4
    assert found["newsstand_request_seconds_bucket"]["+Inf", "/v1/label"] == 4
    assert 0 < found["newsstand_request_seconds_sum"][("/v1/label",)] < 10


@pytest.mark.parametrize("form", ["texts", "batch", "lines"])
def test_labels_and_abstentions_are_counted_however_they_were_asked_for(client: Any, article: str, form: str) -> None:
    documents = [{"text": article}, {"text": article}, {"text": ""}]
    if form == "texts":
        for document in documents:
            client.label_json(json.dumps(document))
    elif form == "batch":
        client.post("/v1/label/batch", json={"documents": documents})
    else:
        body = "\n".join(map(json.dumps, documents))
        client.post("/v1/label/batch", content=body, headers={"Content-Type": "application/x-ndjson"})
    found = metrics(client)
    assert found["newsstand_documents_total"] == {("first",): 3}
    assert found["newsstand_topics_total"] == {("economy",): 2, ("taxes",): 2}
    abstentions = found["newsstand_abstentions_total"]
    assert abstentions["topics", "too_short"] == abstentions["leaning", "too_short"] == 1


def test_the_state_of_the_service_is_shown(client: Any) -> None:
    found = metrics(client)
    [((fingerprint, run), workers)] = found["newsstand_run_in_use"].items()
    assert (run, workers) == ("first", 1)
    assert fingerprint.startswith("sha256:")
    for name, value in (("requests_in_flight", 1), ("queue_depth", 0), ("workers", 1), ("workers_ready", 1)):
        assert found[f"newsstand_{name}"] == {(): value}


def test_refusals_are_counted_by_type(settings: Settings, new_client: Callable[..., Any]) -> None:
    with new_client(settings.model_copy(update={"rate": "2/hour"})) as client:
        for _ in range(3):
            client.label_text("a")
        text = Metrics(client.app.state.counts, lambda: Moment(0, 0, None, None, ready=False), None).render()
    assert read(text.decode())["newsstand_refused_total"] == {("too-many-requests",): 1}


def test_only_admins_and_the_machine_itself_read_the_metrics(
    settings: Settings, new_client: Callable[..., Any]
) -> None:
    with new_client(settings, "203.0.113.9") as remote:
        assert remote.get("/metrics").status_code == 403
    key = KeyFile(settings.keys).create("prometheus", ("admin",))[1]
    with new_client(settings, "203.0.113.9") as remote:
        assert remote.get("/metrics").status_code == 401
        assert remote.get("/metrics", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def some_counts() -> Counts:
    counts = Counts()
    counts.request("GET", "/a", 200, 0.003)
    counts.request("GET", "/a", 200, 99)
    counts.refused("overloaded")
    return counts


def worker(folder: Path, counts: Counts, name: str) -> Metrics:
    made = Metrics(counts, lambda: Moment(1, 2, "first", "sha256:1", ready=True), folder)
    made._name = name
    return made


def test_the_counts_of_all_workers_are_added_up(tmp_path: Path) -> None:
    one, two = worker(tmp_path, some_counts(), "1"), worker(tmp_path, some_counts(), "2")
    two.write()
    found = read(one.render().decode())
    assert found["newsstand_requests_total"] == {("GET", "/a", "200"): 4}
    buckets = found["newsstand_request_seconds_bucket"]
    assert [buckets[bound, "/a"] for bound in ("0.0025", "0.005", "30.0", "+Inf")] == [0, 2, 2, 4]
    assert found["newsstand_run_in_use"] == {("sha256:1", "first"): 2}
    assert found["newsstand_queue_depth"] == {(): 4}
    assert read(two.render().decode()) == found


def test_a_worker_that_has_ended_still_counts_and_is_not_shown_as_running(tmp_path: Path) -> None:
    one, two = worker(tmp_path, some_counts(), "1"), worker(tmp_path, some_counts(), "2")
    two.write()
    [file] = tmp_path.iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"time": 0}))
    found = read(one.render().decode())
    assert found["newsstand_requests_total"] == {("GET", "/a", "200"): 4}
    assert found["newsstand_workers"] == {(): 1}


def test_a_folder_that_is_gone_or_damaged_does_not_matter(tmp_path: Path) -> None:
    one = worker(tmp_path, some_counts(), "1")
    (tmp_path / "2.counts.json").write_text('{"time":')
    assert b'newsstand_requests_total{method="GET",route="/a",status="200"} 2.0' in one.render()
    gone = worker(tmp_path / "gone", some_counts(), "1")
    assert b"newsstand_requests_total" in gone.render()
    assert os.listdir(tmp_path) != []


def test_every_metric_is_written_down(client: Any) -> None:
    written = WRITTEN.read_text(encoding="utf-8")
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    assert len(families) >= len(COUNTERS) + 6
    for family in families:
        name = family.name + ("_total" if family.type == "counter" else "")
        assert f"| `{name}` |" in written
    for labels in COUNTERS.values():
        assert all(f"`{label}`" in written for label in labels)
