"""A head learned from a published corpus tells the contrast texts apart. The sample corpus is too small for that."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from newsstand.__main__ import main
from newsstand.documents import Document
from newsstand.tagger import Tagger

CONTRAST = Path(__file__).parents[2] / "data" / "contrast.jsonl"


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    folder = os.environ.get("NEWSSTAND_TEST_CORPORA")
    if not folder or not Path(folder, "newsmtsc").is_dir():
        pytest.skip("no newsmtsc in NEWSSTAND_TEST_CORPORA")
    path = tmp_path_factory.mktemp("learned")
    file = str(path / "newsmtsc.jsonl")
    assert main(["corpus", "import", "newsmtsc", str(Path(folder, "newsmtsc")), "--part", "train", "-o", file]) == 0
    assert main(["train", file, "--heads", "stance", "--name", "learned", "--models", str(path / "models")]) == 0
    return Tagger.load(path / "models" / "learned")


def test_texts_in_favour_are_told_from_their_opposites(learned: Tagger) -> None:
    right = {
        triple: by_stance["favor"] > by_stance["against"] for triple, by_stance in leanings_by_triple(learned).items()
    }
    plain = [told for triple, told in right.items() if not triple.endswith(("-2", "-3", "-4"))]
    assert len(plain) == 20 and sum(plain) >= 16
    assert len(right) == 63 and sum(right.values()) > 63 / 2  # reports and columns are hard for words alone


def test_contrast_texts_come_in_threes_on_one_target() -> None:
    triples: dict[str, dict[str, Document]] = {}
    for line in CONTRAST.read_text(encoding="utf-8").splitlines()[1:]:
        document = Document.from_dict(json.loads(line))
        triple, _, kind = (document.id or "").rpartition("/")
        assert kind not in triples.setdefault(triple, {}), document.id
        triples[triple][kind] = document
    by_target = Counter(_target_of(texts) for texts in triples.values())
    assert len(triples) == 63 and set(by_target.values()) == {3}


def _target_of(texts: dict[str, Document]) -> str:
    """The target of three texts, once it is sure that two of them name it and differ in stance, and the third does not."""
    gold = {kind: document.stances[0] for kind, document in texts.items() if document.stances}
    assert {kind: one.stance for kind, one in gold.items()} == {"against": "against", "favor": "favor", "other": None}
    (target,) = {one.target for one in gold.values()}
    named = {kind for kind, document in texts.items() if target.lower() in f"{document.title} {document.text}".lower()}
    assert named == {"against", "favor"}, target
    return target


def leanings_by_triple(tagger: Tagger) -> dict[str, dict[str | None, float]]:
    """How much likelier favor is than against in each text, in log-odds, by what comes before its stance in the id."""
    assert tagger.run.stance is not None
    favoured: dict[str, dict[str | None, float]] = {}
    for line in CONTRAST.read_text(encoding="utf-8").splitlines()[1:]:
        document = Document.from_dict(json.loads(line))
        assert document.stances and document.id
        gold = document.stances[0]
        probabilities, _ = tagger.run.stance.probabilities(document, [gold.target])
        triple = document.id.rpartition("/")[0]
        favoured.setdefault(triple, {})[gold.stance] = float(np.log(probabilities[0, 0] / probabilities[0, 1]))
    return favoured
