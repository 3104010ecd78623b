"""``newsstand feedback export``: what was corrected, as a corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newsstand.__main__ import main
from newsstand.formats import read_documents, read_header
from newsstand.registry import Registry
from service.corrections import read_correction
from service.store import Store


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


def keep(address: str, *records: dict[str, Any]) -> None:
    store = Store(address)
    for record in records:
        correction = read_correction({"run": "first", **record}, 1000, {"economy", "taxes"})
        store.add(correction, None)


RENTS = {"id": "a", "title": "Rents", "text": "Rents rose."}


def test_corrections_become_a_corpus_to_train_on(
    address: str, registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(
        address,
        {"document": RENTS, "topics": ["economy"], "stances": [{"target": "Rent", "stance": "favor"}]},
        {"document": {"text": "Taxes fell."}, "topics": []},
        {"document": RENTS, "leaning": "left", "stances": [{"target": "rent", "stance": "against"}]},
        {"document": RENTS, "topics": ["taxes"], "note": "the headline says so"},
    )
    out = tmp_path / "corrections.jsonl"
    command = ["feedback", "export", "-o", str(out), "--store", address, "--models", str(registry.path)]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"corrections": 4, "documents": 2, "output": str(out)}
    header = read_header(out)
    assert header
    assert (header.corpus, header.scope) == ("corrections", ("economy", "taxes", "immigration"))
    assert [document.to_dict() for document in read_documents(out)] == [
        {**RENTS, "topics": ["taxes"], "stances": [{"target": "rent", "stance": "against"}], "leaning": "left"},
        {"text": "Taxes fell.", "topics": []},
    ]


def test_without_a_champion_the_header_names_no_scope(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(address, {"document": RENTS, "topics": ["economy"]})
    out = tmp_path / "corrections.jsonl"
    assert main(["feedback", "export", "-o", str(out), "--store", address, "--models", str(tmp_path / "none")]) == 0
    header = read_header(out)
    assert header
    assert header.scope is None
    assert "names no scope" in capsys.readouterr().err


def test_they_can_be_piped(address: str, registry: Registry, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    keep(address, {"document": RENTS, "topics": ["economy"]})
    assert main(["feedback", "export", "-o", "-", "--store", address, "--models", str(registry.path)]) == 0
    assert [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()][1]["id"] == "a"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--store sqlite:///store.db, or NEWSSTAND_STORE"),
        (["--store", "nonsense"], "NEWSSTAND_STORE must be like"),
        (["--store", "sqlite:///none.db"], "holds no correction yet"),
        (["--store", "sqlite:////none/none.db"], "nothing can be kept or read there now"),
    ],
)
def test_where_there_is_nothing_to_write_it_says_why(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSSTAND_STORE", raising=False)
    assert main(["feedback", "export", "-o", "out.jsonl", *options]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()
