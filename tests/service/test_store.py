"""The store in each database that it may be. PostgreSQL is tried where NEWSSTAND_TEST_POSTGRESQL names an empty one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsstand.answers import Abstention, Answer
from newsstand.documents import Document
from service.corrections import Correction, read_correction
from service.problems import FeedbackConflict, StoreUnavailable
from service.review import Seen
from service.store import Store

POSTGRESQL = os.environ.get("NEWSSTAND_TEST_POSTGRESQL")
needs_postgresql = pytest.mark.skipif(not POSTGRESQL, reason="NEWSSTAND_TEST_POSTGRESQL names no database")


def address_of(kind: str, folder: Path) -> str:
    return str(POSTGRESQL) if kind == "postgresql" else f"sqlite:///{folder / 'store.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield address_of(request.param, tmp_path)
    if request.param == "postgresql":
        import sqlalchemy

        engine = sqlalchemy.create_engine(str(POSTGRESQL).replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.exec_driver_sql("drop table if exists newsstand_corrections, newsstand_review")
        engine.dispose()


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    store = Store(address)
    yield store
    store.close()


def make(text: str = "Rents rose.", topics: list[str] | None = None, **fields: object) -> Correction:
    record = {"document": {"text": text}, "run": "first", "topics": topics or ["economy"], **fields}
    return read_correction(record, 1000, {"economy", "taxes"})


def seen(text: str, doubt: float) -> Seen:
    return Seen(
        Document(text), Answer(None, "en", (), None, (Abstention("topics", "low_confidence"),), "a", "b"), doubt
    )


def test_corrections_come_back_as_they_were_in_their_order(store: Store) -> None:
    given = [make(f"Rents rose by {n}.\0\ud800 – „x“", note="ü") for n in range(3)]
    assert [store.add(one, "key").new for one in given] == [True] * 3
    assert store.corrections() == given


def test_an_empty_store_holds_nothing(store: Store) -> None:
    assert store.corrections() == []
    assert store.next_documents(5) == []


def test_an_id_is_kept_once_and_stands_for_one_content(store: Store) -> None:
    first = store.add(make(id="a"), None)
    assert store.add(make(id="a"), "other") == type(first)(first.received, new=False)
    with pytest.raises(FeedbackConflict):
        store.add(make("Other.", id="a"), None)
    assert len(store.corrections()) == 1


def test_the_most_doubtful_documents_are_kept(store: Store) -> None:
    store.keep([seen(f"Text {n}", n / 10) for n in range(8)], most=3)
    store.keep([seen("Text 6", 0.95), seen("Text 9", 0.1)], most=3)
    assert [(one["document"]["text"], one["doubt"]) for one in store.next_documents(2)] == [
        ("Text 6", 0.95),
        ("Text 7", 0.7),
    ]
    assert len(store.next_documents(100)) == 3


def test_a_document_that_was_corrected_is_not_kept_again(store: Store) -> None:
    store.keep([seen("Rents rose.", 1.0)], most=3)
    store.add(make(), None)
    store.keep([seen("Rents rose.", 1.0)], most=3)
    assert store.next_documents(5) == []


def test_workers_that_begin_together_lose_nothing(address: str) -> None:
    stores = [Store(address) for _ in range(4)]
    failed: list[Exception] = []

    def work(number: int) -> None:
        try:
            for n in range(5):
                stores[number].add(make(id=f"{number}-{n}"), None)
                stores[number].add(make("The same.", id=f"same-{n}"), None)
                stores[number].keep([seen(f"Text {n}", 0.5)], most=3)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(stores[0].corrections()) == 4 * 5 + 5
    for store in stores:
        store.close()


def test_a_database_that_is_not_there_is_a_problem_at_once() -> None:
    pytest.importorskip("psycopg")
    store = Store("postgresql://user:secret@127.0.0.1:1/name")
    with pytest.raises(StoreUnavailable) as error:
        store.add(make(), None)
    assert "secret" not in str(error.value)
    store.close()


def test_a_running_service_makes_no_new_file_for_one_that_is_gone(tmp_path: Path) -> None:
    place, away = tmp_path / "place", tmp_path / "away"
    place.mkdir()
    address = address_of("sqlite", place)
    Store(address).make_file()
    store = Store(address, makes_file=False)
    store.add(make(id="before"), None)
    place.rename(away)
    place.mkdir()  # as a folder is on which nothing is mounted
    with pytest.raises(StoreUnavailable):
        store.add(make(id="meanwhile"), None)
    with pytest.raises(StoreUnavailable):
        store.keep([seen("Rents rose.", 1.0)], most=3)
    with pytest.raises(StoreUnavailable):
        store.next_documents(5)
    assert list(place.iterdir()) == []
    place.rmdir()
    away.rename(place)
    store.add(make(id="after"), None)
    assert [correction.id for correction in store.corrections()] == ["before", "after"]


def test_the_service_loads_no_database_library_unless_it_keeps_something() -> None:
    code = "import sys; from service.app import create_app; from service.settings import Settings; create_app(Settings()); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
