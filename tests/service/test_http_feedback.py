"""Corrections over HTTP, and documents worth a look."""

from __future__ import annotations

import gzip
import json
import logging
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newsstand.errors import SettingError
from service import feedback_schemas
from service.app import create_app
from service.keys import KeyFile
from service.settings import Settings

NewClient = Callable[..., Any]
CORRECTION = {
    "document": {"id": "a1", "title": "Stalls", "text": "The council of Quillfeather raised the rent."},
    "topics": ["economy"],
    "run": "first",
}


def correction(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CORRECTION, **changes}.items() if value is not None}


def slug(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "store.db"


@pytest.fixture
def keeping(settings: Settings, database: Path) -> Settings:
    database.parent.mkdir()
    return settings.model_copy(update={"store": f"sqlite:///{database}", "review_documents": 2})


@pytest.fixture
def open_client(keeping: Settings, new_client: NewClient) -> Iterator[Any]:
    with new_client(keeping) as client:
        yield client


def kept(database: Path, table: str = "newsstand_corrections") -> list[sqlite3.Row]:
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    try:
        return list(connection.execute(f"select * from {table}"))
    finally:
        connection.close()


def looked_up(client: Any, query: str = "") -> list[dict[str, Any]]:
    client.wait(1.2)
    found = client.get(f"/v1/review{query}")
    feedback_schemas.ReviewQueue.model_validate_json(found.content)
    return list(found.json()["documents"])


# --- corrections ------------------------------------------------------------------------------------------------------


def test_a_correction_is_kept_with_its_text_time_run_and_key(
    keeping: Settings, database: Path, new_client: NewClient
) -> None:
    key, text = KeyFile(keeping.keys).create("desk", ("feedback",))
    with new_client(keeping, address="203.0.113.9") as client:
        answered = client.post("/v1/feedback", json=correction(), headers={"Authorization": f"Bearer {text}"})
    receipt = feedback_schemas.Receipt.model_validate_json(answered.content)
    [row] = kept(database)
    assert (row["id"], row["key_id"], row["run"], row["received"]) == (receipt.id, key.id, "first", receipt.received)
    assert json.loads(row["content"])["document"] == {**CORRECTION["document"], "topics": ["economy"]}
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_the_same_correction_sent_again_is_kept_once(open_client: Any, database: Path) -> None:
    first, again = (open_client.post("/v1/feedback", json=correction()).json() for _ in range(2))
    assert again == {**first, "new": False}
    assert first["new"] is True
    assert len(kept(database)) == 1


def test_an_id_stands_for_one_correction(open_client: Any) -> None:
    assert open_client.post("/v1/feedback", json=correction(id="c-1")).json()["id"] == "c-1"
    other = open_client.post("/v1/feedback", json=correction(id="c-1", topics=["taxes"]))
    assert slug(other) == (409, "feedback-conflict")


def test_many_at_a_time_are_all_kept(open_client: Any, database: Path) -> None:
    requests = [("POST", "/v1/feedback", {"json": correction(id=f"c-{n}")}) for n in range(30)]
    assert {response.status_code for response in open_client.together(*requests)} == {200}
    assert len(kept(database)) == 30


def test_it_may_be_compressed_and_hold_any_character(open_client: Any, database: Path) -> None:
    body = b'{"document": {"text": "\\ud800 and \\u0000"}, "leaning": "left", "run": "first"}'
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert open_client.post("/v1/feedback", content=gzip.compress(body), headers=headers).status_code == 200
    assert json.loads(kept(database)[0]["content"])["document"]["text"] == "\ud800 and \0"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"document": None}, "'document' is missing"),
        ({"document": {"title": "x"}}, "document.text: the field 'text' is missing"),
        ({"document": "Quillfeather"}, "document: expected an object"),
        ({"run": None}, "'run' is missing"),
        ({"run": "no run"}, "run: expected 1 to 200 letters"),
        ({"id": ""}, "id: expected 1 to 200 letters"),
        ({"topics": None}, "nothing is corrected"),
        ({"topics": "economy"}, "'topics' must be a list"),
        ({"topics": ["economy", "Quillfeather"]}, "topics: 1 of 2 are no topics"),
        ({"stances": [{"target": "rent"}]}, "needs a 'stance'"),
        ({"stances": [{"target": str(n), "stance": "favor"} for n in range(201)]}, "stances: there are more than 200"),
        ({"leaning": "up"}, "'leaning' must be one of"),
        ({"note": 7}, "note: expected a string"),
    ],
)
def test_what_is_no_correction_is_refused_without_repeating_it(
    open_client: Any, database: Path, changes: dict[str, Any], detail: str
) -> None:
    response = open_client.post("/v1/feedback", json=correction(**changes))
    assert slug(response) == (422, "invalid-document")
    assert detail in response.json()["detail"]
    assert "Quillfeather" not in response.text
    assert not database.exists()


def test_limits_hold_for_corrections_too(keeping: Settings, new_client: NewClient) -> None:
    with new_client(keeping.model_copy(update={"max_text_chars": 10})) as client:
        assert slug(client.post("/v1/feedback", json=correction())) == (413, "text-too-long")
    with new_client(keeping.model_copy(update={"max_body_bytes": 10})) as client:
        assert slug(client.post("/v1/feedback", json=correction())) == (413, "too-large")
        assert slug(client.post("/v1/feedback", content="x", headers={"Content-Type": "text/plain"})) == (
            415,
            "unsupported-media-type",
        )


def test_without_a_store_the_problem_says_what_to_set(client: Any) -> None:
    for response in (client.post("/v1/feedback", json=correction()), client.get("/v1/review")):
        assert slug(response) == (404, "not-kept")
        assert "set NEWSSTAND_STORE" in response.json()["detail"]


def test_without_keys_only_the_machine_itself_may_correct_and_look(keeping: Settings, new_client: NewClient) -> None:
    with new_client(keeping, address="203.0.113.9") as remote:
        for response in (remote.post("/v1/feedback", json=correction()), remote.get("/v1/review")):
            assert slug(response) == (403, "admin-only-from-loopback")


def test_with_keys_the_scope_is_needed_also_on_the_machine_itself(keeping: Settings, new_client: NewClient) -> None:
    text = KeyFile(keeping.keys).create("reader", ("label",))[1]
    with new_client(keeping) as local:
        assert slug(local.get("/v1/review")) == (401, "unauthorized")
        refused = local.get("/v1/review", headers={"Authorization": f"Bearer {text}"})
        assert slug(refused) == (403, "insufficient-scope")


# --- a store that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", ["folder gone", "no database", "locked"])
def test_a_store_that_cannot_be_used_is_a_problem_and_labelling_goes_on(
    open_client: Any, database: Path, broken: str, article: str, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    blocker = None
    if broken == "folder gone":
        database.parent.rmdir()
    elif broken == "no database":
        database.write_bytes(b"Quillfeather" * 100)
    else:
        open_client.post("/v1/feedback", json=correction(id="before"))
        monkeypatch.setattr("service.store.BUSY_SECONDS", 0.05)
        blocker = sqlite3.connect(database, isolation_level=None)
        blocker.execute("begin exclusive")
    with caplog.at_level(logging.ERROR, "service"):
        for _ in range(2):
            response = open_client.post("/v1/feedback", json=correction())
            assert slug(response) == (503, "store-unavailable")
            assert response.headers["retry-after"]
            assert open_client.label_text(article).status_code == 200
    assert len([r for r in caplog.records if "the store cannot be used" in r.getMessage()]) == 1
    assert "Quillfeather" not in caplog.text
    if blocker:
        blocker.close()
        assert open_client.post("/v1/feedback", json=correction()).status_code == 200


def test_a_store_that_may_only_be_read_can_still_be_looked_at(open_client: Any, database: Path, article: str) -> None:
    open_client.label_text("Words about nothing much were said in the town hall on Tuesday by several old people.")
    assert len(looked_up(open_client)) == 1
    connection = sqlite3.connect(database)
    connection.execute("create trigger stop before insert on newsstand_corrections begin select raise(abort, 'x'); end")
    connection.commit()
    connection.close()
    assert slug(open_client.post("/v1/feedback", json=correction())) == (503, "store-unavailable")
    assert len(open_client.get("/v1/review").json()["documents"]) == 1


@pytest.mark.parametrize(
    "address", ["nonsense", "sqlite://", "mysql://user:secret@host/name", "postgresql://host:x/name"]
)
def test_a_service_does_not_start_with_an_address_that_makes_no_sense(settings: Settings, address: str) -> None:
    with pytest.raises(SettingError, match="NEWSSTAND_STORE") as error:
        create_app(settings.model_copy(update={"store": address}))
    assert "secret" not in str(error.value)


def test_documents_to_look_at_need_a_store(settings: Settings) -> None:
    with pytest.raises(SettingError, match="set NEWSSTAND_STORE"):
        create_app(settings.model_copy(update={"review_documents": 1}))


# --- documents worth a look -------------------------------------------------------------------------------------------

DOUBTFUL = "Words about nothing much were said in the town hall on {} by several old people who had come."


def test_documents_with_doubtful_answers_are_offered_until_they_are_corrected(open_client: Any, article: str) -> None:
    text = DOUBTFUL.format("Monday")
    open_client.label_json(json.dumps({"id": "a7", "text": text}))
    open_client.label_text(article)
    [found] = looked_up(open_client)
    assert found["document"] == {"id": "a7", "text": text}
    assert found["doubt"] == 1
    assert found["answer"]["abstained"][0] == {"head": "topics", "reason": "low_confidence"}
    open_client.post("/v1/feedback", json=correction(document=found["document"], topics=[]))
    assert open_client.get("/v1/review").json() == {"documents": []}
    open_client.label_text(text)
    assert looked_up(open_client) == []


def test_only_so_many_are_kept_and_each_once(open_client: Any, database: Path) -> None:
    for day in ("Monday", "Monday", "Tuesday", "Friday"):
        open_client.label_text(DOUBTFUL.format(day))
    texts = [found["document"]["text"] for found in looked_up(open_client)]
    assert len(texts) == 2 == len(set(texts))
    assert len(kept(database, "newsstand_review")) == 2
    assert len(looked_up(open_client, "?limit=1")) == 1


def test_documents_of_a_batch_are_offered_too_and_those_of_narrowed_questions_not(open_client: Any) -> None:
    batch = {"documents": [{"id": day, "text": DOUBTFUL.format(day)} for day in ("Monday", "Friday")]}
    open_client.post("/v1/label/batch?topics=taxes", json=batch)
    assert looked_up(open_client) == []
    open_client.post("/v1/label/batch", json=batch)
    assert {found["document"]["id"] for found in looked_up(open_client)} == {"Monday", "Friday"}


@pytest.mark.parametrize("text", ["", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich am Montag."])
def test_texts_that_are_not_read_are_not_worth_a_look(open_client: Any, text: str) -> None:
    open_client.label_text(text)
    assert looked_up(open_client) == []


@pytest.mark.parametrize("limit", ["0", "101", "x", "", "-1", "²"])
def test_a_limit_that_makes_no_sense_is_refused(open_client: Any, limit: str) -> None:
    assert slug(open_client.get("/v1/review", params={"limit": limit})) == (422, "invalid-parameter")


def test_texts_are_not_kept_unless_that_is_wanted(keeping: Settings, database: Path, new_client: NewClient) -> None:
    with new_client(keeping.model_copy(update={"review_documents": 0})) as client:
        client.label_text(DOUBTFUL.format("Monday"))
        client.wait(1.2)
        response = client.get("/v1/review")
    assert slug(response) == (404, "not-kept")
    assert "NEWSSTAND_REVIEW_DOCUMENTS" in response.json()["detail"]
    assert not database.exists()


def test_what_waits_is_kept_when_the_service_ends(keeping: Settings, database: Path, new_client: NewClient) -> None:
    with new_client(keeping) as client:
        client.label_text(DOUBTFUL.format("Monday"))
    assert len(kept(database, "newsstand_review")) == 1
