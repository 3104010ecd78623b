"""A head learned from a published corpus tells the contrast texts apart. The sample corpus is too small for that."""

from __future__ import annotations

import json
import os
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
    assert learned.run.stance is not None
    favoured: dict[str, dict[str | None, float]] = {}
    for line in CONTRAST.read_text(encoding="utf-8").splitlines()[1:]:
        document = Document.from_dict(json.loads(line))
        assert document.stances
        gold = document.stances[0]
        probabilities, _ = learned.run.stance.probabilities(document, [gold.target])
        favoured.setdefault(gold.target, {})[gold.stance] = float(np.log(probabilities[0, 0] / probabilities[0, 1]))
    right = [by_stance["favor"] > by_stance["against"] for by_stance in favoured.values()]
    assert len(right) == 20 and sum(right) >= 16
