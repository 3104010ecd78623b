"""From what on a text is strange to a run."""

from __future__ import annotations

import numpy as np
import pytest

from newsstand.documents import Document
from train.familiarity import ENOUGH, SHORT, measure_familiarity


def test_half_a_per_cent_of_the_corpus_is_strange_to_it() -> None:
    random = np.random.default_rng(0)
    documents = [Document("word " * int(n)) for n in random.integers(100, 400, size=ENOUGH)]
    density = iter(random.normal(30, 3, size=3 * ENOUGH))

    def norm(document: Document) -> tuple[float, int]:
        words = len(document.text.split())
        return (words * next(density)) ** 0.5, words

    found = measure_familiarity(norm, documents)
    assert found and found.words[0] == SHORT and max(found.words) < 400
    values = 30 + 3 * random.normal(size=20_000)
    strange = np.mean([found.is_strange(200, (200 * value) ** 0.5) for value in values])
    assert strange == pytest.approx(0.005, abs=0.004)


def test_a_small_corpus_cannot_tell() -> None:
    assert measure_familiarity(lambda document: (1.0, 100), [Document("word")] * (ENOUGH - 1)) is None
