"""The texts on stances that were written for this project: those to learn from share no target with those to judge by."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.formats import read_documents, read_header

DATA = Path(__file__).parents[2] / "data"
FILES = sorted((DATA / "stances").glob("*.jsonl"))


def documents(file: Path) -> list[Document]:
    return list(read_documents(file, on_error=None))


def words(target: str) -> frozenset[str]:
    return frozenset(word for word in re.findall(r"\w+", target.casefold()) if len(word) > 3)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_says_what_it_is_and_has_every_stance(file: Path) -> None:
    header = read_header(file)
    assert header is not None and header.corpus == f"newsstand-stances-{file.stem}" and header.licence == "Apache-2.0"
    given = Counter(stance.stance for document in documents(file) for stance in document.stances or ())
    assert min(given[stance] for stance in ("favor", "against", "neutral")) >= 5
    assert max(given.values()) < 2.5 * given["neutral"], "no stance is so common that it pays to guess it"


def test_every_text_has_an_id_of_its_own() -> None:
    ids = [json.loads(line).get("id") for file in FILES for line in file.read_text("utf-8").splitlines()[1:]]
    assert len(ids) == len(set(ids)) and None not in ids


def test_nothing_that_is_judged_by_is_learned_from() -> None:
    judged = {stance.target for document in documents(DATA / "contrast.jsonl") for stance in document.stances or ()}
    learned = {stance.target for file in FILES for document in documents(file) for stance in document.stances or ()}
    assert {words(target) for target in judged}.isdisjoint({words(target) for target in learned})
