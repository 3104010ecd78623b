"""Keys and scopes, as clients of the service meet them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from newsstand.errors import SettingError
from service import keyring
from service.access import need_of
from service.app import create_app
from service.keys import KeyFile
from service.settings import Settings

NewClient = Callable[..., Any]


def slug(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def bearing(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}", "Content-Type": "text/plain"}


def label(client: Any, text: str) -> Any:
    return client.post("/v1/label", content="A text.", headers=bearing(text))


@pytest.fixture
def file(settings: Settings) -> KeyFile:
    return KeyFile(settings.keys)


@pytest.fixture
def reader(file: KeyFile) -> str:
    """A key with the scope label."""
    return file.create("reader", ("label",))[1]


@pytest.fixture
def remote(settings: Settings, reader: str, new_client: NewClient) -> Iterator[Any]:
    """A service with a key, seen from another machine."""
    with new_client(settings, "203.0.113.9") as client:
        yield client


def test_without_a_key_the_service_says_how_to_send_one(remote: Any) -> None:
    for method, path in (("POST", "/v1/label"), ("POST", "/v1/label/batch"), ("GET", "/v1/models"), ("GET", "/v1/x")):
        response = remote.request(method, path)
        assert slug(response) == (401, "unauthorized")
        assert response.headers["www-authenticate"] == 'Bearer realm="newsstand"'
        assert "Authorization: Bearer KEY" in response.json()["detail"]


def test_with_a_key_the_service_answers(remote: Any, reader: str) -> None:
    for _ in range(3):
        assert label(remote, reader).status_code == 200
    for path in ("/v1/labels", "/v1/models", "/v1/limits"):
        assert remote.get(path, headers=bearing(reader)).status_code == 200


def test_health_and_pages_need_no_key(remote: Any) -> None:
    for path in ("/health/live", "/health/ready", "/docs", "/openapi.json"):
        assert remote.get(path).status_code == 200
    assert remote.request("OPTIONS", "/v1/label").status_code == 204


@pytest.mark.parametrize("wrong", ["secret", "id", "prefix", "empty", "basic", "bytes", "longer"])
def test_a_wrong_key_is_refused_in_one_way(remote: Any, reader: str, wrong: str) -> None:
    sent = {
        "secret": f"Bearer {reader[:-1]}{'b' if reader[-1] == 'a' else 'a'}",
        "id": "Bearer ns_000000000000_" + "a" * 43,
        "prefix": "Bearer " + reader.replace("ns_", "xx_"),
        "empty": "Bearer ",
        "basic": "Basic dXNlcjpwYXNz",
        "bytes": "Bearer ns_\xff_\xfe",
        "longer": f"Bearer {reader}{reader}",
    }[wrong].encode("latin-1")
    for _ in range(2):
        response = remote.post("/v1/label", content="a", headers={"Authorization": sent, "Content-Type": "text/plain"})
        assert slug(response) == (401, "unauthorized")
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
        assert reader not in response.text


def test_a_key_that_has_been_checked_once_is_known_at_once(
    remote: Any, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert label(remote, reader).status_code == 200
    wrong = f"{reader[:-4]}AAAA"
    assert slug(label(remote, wrong)) == (401, "unauthorized")

    def never(*_: Any) -> bool:
        raise AssertionError("Argon2 was asked again")

    monkeypatch.setattr(keyring, "_matches", never)
    start = time.perf_counter()
    for _ in range(20):
        assert label(remote, reader).status_code == 200
        assert slug(label(remote, wrong)) == (401, "unauthorized")
    assert time.perf_counter() - start < 1


def test_a_flood_of_new_secrets_is_shed(remote: Any, reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*_: Any) -> bool:
        time.sleep(0.02)
        return False

    monkeypatch.setattr(keyring, "_matches", slowly)
    guesses = [("GET", "/v1/labels", {"headers": bearing(f"{reader}{n}")}) for n in range(30)]
    statuses = [response.status_code for response in remote.together(*guesses)]
    assert statuses.count(401) == 8
    assert statuses.count(503) == 22


def test_a_revoked_key_stops_and_a_new_one_works_without_a_restart(remote: Any, reader: str, file: KeyFile) -> None:
    assert label(remote, reader).status_code == 200
    other = file.create("other", ("label",))[1]
    file.revoke(reader.split("_")[1])
    remote.wait(0.1)
    assert slug(label(remote, reader)) == (401, "unauthorized")
    assert label(remote, other).status_code == 200


@pytest.mark.parametrize("how", ["removed", "all revoked"])
def test_a_service_that_had_keys_never_opens_by_itself(remote: Any, reader: str, file: KeyFile, how: str) -> None:
    if how == "removed":
        file.path.unlink()
    else:
        file.revoke(reader.split("_")[1])
    remote.wait(0.1)
    assert slug(label(remote, reader)) == (401, "unauthorized")
    assert slug(remote.get("/v1/labels")) == (401, "unauthorized")


def test_a_file_that_is_damaged_changes_nothing_and_is_logged(
    remote: Any, reader: str, file: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "service"):
        file.path.write_text("{")
        remote.wait(0.1)
    assert label(remote, reader).status_code == 200
    assert [record.getMessage().count("is no file of keys") for record in caplog.records] == [1]


def test_a_service_does_not_start_with_a_damaged_file(settings: Settings, file: KeyFile) -> None:
    file.path.write_text('{"format": 1, "keys": [{"id": 1}]}')
    with pytest.raises(SettingError, match="is no file of keys"):
        create_app(settings)


def test_a_file_that_appears_closes_an_open_service(settings: Settings, file: KeyFile, new_client: NewClient) -> None:
    with new_client(settings) as client:
        assert client.get("/v1/labels").status_code == 200
        key = file.create("first", ("label",))[1]
        deadline = time.monotonic() + 20
        while client.get("/v1/labels").status_code == 200 and time.monotonic() < deadline:
            client.wait(0.05)
        assert slug(client.get("/v1/labels")) == (401, "unauthorized")
        assert client.get("/v1/labels", headers=bearing(key)).status_code == 200


def test_the_champion_is_changed_with_the_scope_admin_from_anywhere(remote: Any, reader: str, file: KeyFile) -> None:
    admin = file.create("admin", ("admin",))[1]
    remote.wait(0.1)
    refused = remote.post("/v1/models/second/promote", headers=bearing(reader))
    assert slug(refused) == (403, "insufficient-scope")
    assert 'error="insufficient_scope", scope="admin"' in refused.headers["www-authenticate"]
    assert slug(remote.post("/v1/models/second/promote")) == (401, "unauthorized")
    assert remote.post("/v1/models/second/promote", headers=bearing(admin)).json()["champion"] == "second"
    assert slug(label(remote, admin)) == (403, "insufficient-scope")


def test_the_champion_is_changed_from_the_machine_itself_without_a_key(
    settings: Settings, reader: str, new_client: NewClient
) -> None:
    with new_client(settings) as local:
        assert slug(local.get("/v1/models")) == (401, "unauthorized")
        assert local.post("/v1/models/second/promote").status_code == 200
        assert slug(local.post("/v1/models/rollback", headers={"Origin": "https://evil.example"})) == (
            401,
            "unauthorized",
        )


def test_each_key_has_a_rate_of_its_own(settings: Settings, file: KeyFile, new_client: NewClient) -> None:
    keys = [file.create(name, ("label",))[1] for name in ("one", "two")]
    with new_client(settings.model_copy(update={"rate": "2/hour"})) as client:
        for key in keys:
            statuses = [label(client, key).status_code for _ in range(3)]
            assert statuses == [200, 200, 429]


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [
        ("POST", "/v1/label", "label"),
        ("GET", "/v1/models", "label"),
        ("GET", "/v1/models/promote", "admin"),
        ("POST", "/v1/models/a/promote", "admin"),
        ("POST", "/v1/models/rollback", "admin"),
        ("GET", "/metrics", "admin"),
        ("POST", "/v1/feedback", "feedback"),
        ("GET", "/v1/review", "feedback"),
        ("POST", "/v2/models/champion/infer", "label"),
        ("GET", "/v2/health/ready", None),
        ("GET", "/health/ready", None),
        ("GET", "/", None),
        ("OPTIONS", "/v1/label", None),
        ("POST", "/v1/something-new", "label"),
    ],
)
def test_every_route_asks_for_a_scope_or_is_open(method: str, path: str, need: str | None) -> None:
    assert need_of(method, path) == need


def test_the_openapi_document_tells_of_the_keys(client: Any) -> None:
    document = json.loads(client.get("/openapi.json").text)
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    assert document["paths"]["/v1/label"]["post"]["security"] == [{"key": []}, {}]
    assert "scope `admin`" in document["paths"]["/v1/models/rollback"]["post"]["description"]
    assert "security" not in document["paths"]["/health/live"]["get"]
