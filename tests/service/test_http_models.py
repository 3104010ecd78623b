"""/v1/models, /v1/labels and /health: which run answers, and how that changes."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsstand.registry import POINTER, Registry
from service.settings import Settings

ARTICLE = "Traders said that the tariff and the tax would hurt the economy of the town, and that the rent is high."


def slug(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def run_in_use(client: Any) -> str:
    return client.label_text(ARTICLE).json()["model"]["run"]


def wait_for(client: Any, condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        client.wait(0.01)
    raise AssertionError("it did not happen within four seconds")


def test_the_labels_are_those_of_the_run_in_use(client: Any) -> None:
    content = client.get("/v1/labels").json()
    assert [topic["id"] for topic in content["topics"]] == ["economy", "taxes", "immigration"]
    assert content["topics"][0] == {
        "id": "economy",
        "name": "Economy",
        "code": "medtop:04000000",
        "parent": None,
        "kind": "subject",
        "definition": "Money and work.",
    }
    assert content["leanings"] == ["left", "center", "right"]
    assert {"reason": "too_short", "meaning": "the text has too few words to be labelled"} in content[
        "abstention_reasons"
    ]


def test_the_models_are_listed_with_the_champion(client: Any) -> None:
    content = client.get("/v1/models").json()
    assert content["champion"] == "first"
    assert content["runs"][1] == {
        "name": "second",
        "heads": ["topics", "leaning"],
        "created": "2026-11-24T00:00:00Z",
        "metrics": {"topics": {"micro_f1": 0.5}},
        "error": None,
    }


def test_a_run_with_an_unreadable_manifest_is_listed_with_the_reason(client: Any, registry: Registry) -> None:
    (registry.path / "second" / "manifest.json").write_text("{")
    listed = client.get("/v1/models").json()["runs"][1]
    assert (listed["name"], listed["heads"]) == ("second", [])
    assert "truncated or altered" in listed["error"]
    assert slug(client.get("/v1/models/second")) == (409, "run-damaged")


@pytest.mark.parametrize("name", ["first", "champion"])
def test_a_run_tells_about_itself(client: Any, name: str) -> None:
    content = client.get(f"/v1/models/{name}").json()
    assert (content["name"], content["champion"], content["heads"]) == ("first", True, ["topics", "leaning"])
    assert content["about"]["seed"] == 0


@pytest.mark.parametrize("name", ["third", "..", "%2e%2e", "champion.json", ".first-x", "first%00"])
def test_an_unknown_run_is_not_found(client: Any, name: str) -> None:
    assert client.get(f"/v1/models/{name}").status_code == 404
    assert client.post(f"/v1/models/{name}/promote").status_code == 404


def test_an_unknown_run_is_told_which_ones_there_are(client: Any) -> None:
    response = client.get("/v1/models/third")
    assert slug(response) == (404, "run-not-found")
    assert "first, second" in response.json()["detail"]


def test_promotion_takes_effect_at_once_and_is_rolled_back_at_once(client: Any) -> None:
    assert client.post("/v1/models/second/promote").json() == {"champion": "second", "previous": "first"}
    assert run_in_use(client) == "second"
    assert client.post("/v1/models/rollback").json() == {"champion": "first", "previous": "second"}
    assert run_in_use(client) == "first"
    assert slug(client.post("/v1/models/rollback")) == (409, "no-earlier-champion")


def test_a_promotion_by_another_program_is_noticed(client: Any, registry: Registry) -> None:
    registry.promote("second")
    wait_for(client, lambda: run_in_use(client) == "second")


def test_a_damaged_run_is_not_promoted(client: Any, registry: Registry, damage: Callable[[Path], None]) -> None:
    damage(registry.path / "second")
    assert slug(client.post("/v1/models/second/promote")) == (409, "run-damaged")
    assert registry.champion() == "first"
    assert client.get("/health/ready").json() == {"status": "ready", "run": "first", "degraded": None}


def test_a_directory_that_is_no_run_is_not_promoted(client: Any, registry: Registry) -> None:
    (registry.path / "photos").mkdir()
    assert slug(client.post("/v1/models/photos/promote")) == (409, "run-foreign")


def test_a_run_of_a_newer_version_is_not_promoted(client: Any, registry: Registry) -> None:
    manifest = registry.path / "second" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 99}))
    assert slug(client.post("/v1/models/second/promote")) == (409, "run-too-new")


def test_a_damaged_run_is_not_rolled_back_to(client: Any, registry: Registry, damage: Callable[[Path], None]) -> None:
    client.post("/v1/models/second/promote")
    damage(registry.path / "first")
    assert slug(client.post("/v1/models/rollback")) == (409, "run-damaged")
    assert registry.champion() == run_in_use(client) == "second"


def test_a_pointer_that_cannot_be_read_is_a_problem_and_labelling_goes_on(client: Any, registry: Registry) -> None:
    (registry.path / POINTER).write_text("{")
    assert slug(client.get("/v1/models")) == (503, "registry-unavailable")
    assert slug(client.post("/v1/models/rollback")) == (503, "registry-unavailable")
    assert run_in_use(client) == "first"


def test_a_pointer_that_cannot_be_read_is_written_anew_by_promoting(client: Any, registry: Registry) -> None:
    (registry.path / POINTER).write_text("{")
    assert client.post("/v1/models/second/promote").json() == {"champion": "second", "previous": None}
    assert run_in_use(client) == registry.champion() == "second"


def test_a_pointer_that_cannot_be_written_is_a_problem_and_labelling_goes_on(client: Any, registry: Registry) -> None:
    (registry.path / POINTER).unlink()
    (registry.path / POINTER).mkdir()
    assert slug(client.post("/v1/models/second/promote")) == (503, "registry-unavailable")
    assert run_in_use(client) == "first"


@pytest.mark.parametrize("path", ["/v1/models/second/promote", "/v1/models/rollback"])
def test_only_this_machine_may_change_the_champion(
    settings: Settings, new_client: Callable[..., Any], path: str
) -> None:
    for address in ("203.0.113.9", "::ffff:203.0.113.9", "testclient"):
        with new_client(settings, address) as remote:
            assert slug(remote.post(path)) == (403, "admin-only-from-loopback")
            assert remote.get("/v1/models").status_code == 200
    for address in ("::1", "127.0.0.9", "::ffff:127.0.0.1"):
        with new_client(settings, address) as local:
            assert local.post(path).status_code in (200, 409)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "newsstand.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
    ],
)
def test_other_sites_and_proxies_may_not_change_the_champion(client: Any, headers: dict[str, str]) -> None:
    assert slug(client.post("/v1/models/second/promote", headers=headers)) == (403, "admin-only-from-loopback")


@pytest.mark.parametrize(
    "headers", [{"Host": "localhost:8000"}, {"Host": "[::1]:8000"}, {"Origin": "http://127.0.0.1:8000"}]
)
def test_pages_of_the_service_itself_may_change_the_champion(client: Any, headers: dict[str, str]) -> None:
    assert client.post("/v1/models/second/promote", headers=headers).status_code == 200


def test_a_champion_that_cannot_be_loaded_leaves_the_old_one_in_use(
    client: Any, registry: Registry, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    damage(registry.path / "second")
    with caplog.at_level(logging.ERROR, "service"):
        registry.promote("second")
        wait_for(client, lambda: client.get("/health/ready").json()["degraded"] is not None)
        client.wait(0.1)
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["run"]) == (200, "first")
    assert "table.npy was truncated or altered" in ready.json()["degraded"]
    assert run_in_use(client) == "first"
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "still labelling with first" in line
    assert "\n" not in line


def test_a_champion_that_is_repaired_is_picked_up(
    client: Any, registry: Registry, two_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.engine.FIRST_RETRY_SECONDS", 0.02)
    shutil.rmtree(registry.path / "second")
    (registry.path / POINTER).write_text('{"champion": "second"}')
    wait_for(client, lambda: client.get("/health/ready").json()["degraded"] is not None)
    shutil.copytree(two_runs / "second", registry.path / "second")
    wait_for(client, lambda: run_in_use(client) == "second")
    assert client.get("/health/ready").json()["degraded"] is None


@pytest.mark.parametrize("exists", [True, False])
def test_without_a_champion_the_service_starts_and_says_how_to_get_one(
    tmp_path: Path, two_runs: Path, new_client: Callable[..., Any], exists: bool
) -> None:
    models = tmp_path / "models"
    if exists:
        models.mkdir()
    with new_client(Settings(models=models, poll_seconds=0.02)) as client:
        assert client.get("/health/live").json() == {"status": "live"}
        for response in (client.get("/health/ready"), client.label_text("A text."), client.get("/v1/labels")):
            assert slug(response) == (503, "no-model")
            assert "newsstand promote" in response.json()["detail"]
        assert client.get("/v1/models").json() == {"champion": None, "runs": []}
        shutil.copytree(two_runs, models, dirs_exist_ok=True)
        Registry(models).promote("first")
        wait_for(client, lambda: client.get("/health/ready").status_code == 200)
        assert run_in_use(client) == "first"


def test_a_service_that_starts_with_a_damaged_champion_says_so(
    settings: Settings, registry: Registry, damage: Callable[[Path], None], new_client: Callable[..., Any]
) -> None:
    damage(registry.path / "first")
    with new_client(settings) as client:
        response = client.label_text("A text.")
        assert slug(response) == (503, "no-model")
        assert "truncated or altered" in response.json()["detail"]
        assert client.post("/v1/models/second/promote").status_code == 200
        assert run_in_use(client) == "second"
