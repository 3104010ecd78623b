"""A teacher says what it thinks of examples, and of new ones; what it said is kept when it is stopped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand.errors import InputError
from newsstand.stance.encoder import EncoderScorer
from train.encoder.mix import Pair
from train.encoder.teacher import SAVE_EVERY, taught


def pairs(count: int) -> list[Pair]:
    words = ("praise", "blame", "town")
    return [Pair(f"kites {n}", f"the kites {words[n % 3]} it {n}", n % 3, "mine", mentioned=True) for n in range(count)]


@dataclass
class Counting:
    """A teacher that counts what it is asked, and may be stopped."""

    scorer: EncoderScorer
    stop_at: int = -1
    asked: list[Any] = field(default_factory=list)
    learned_from: tuple[str, ...] = ("mine",)

    def score(self, asked: Any) -> Any:
        if len(self.asked) == self.stop_at:
            raise KeyboardInterrupt
        self.asked += asked
        return self.scorer.score(asked)


def teacher(folder: Path) -> EncoderScorer:
    return EncoderScorer(folder, learned_from=("mine", "others"))


def test_examples_are_half_gold_and_half_told_and_new_ones_are_told(tiny_encoder: Path, tmp_path: Path) -> None:
    learned = [*pairs(30), Pair("kites 9", "the town flies it", 0, "mine", mentioned=True)]
    found = taught(learned, teacher(tiny_encoder), tmp_path / "told.npy", 1, lambda done: None)
    known, new = found[:31], found[31:]
    assert [(pair.target, pair.passage, pair.gold) for pair in known] == [
        (p.target, p.passage, p.gold) for p in learned
    ]
    assert known[0].aim == pytest.approx((0.98, 0.01, 0.01), abs=0.01)  # both say in favour
    assert known[30].aim == pytest.approx(
        (0.667, 0.167, 0.167), abs=0.01
    )  # the gold stance is in favour, the teacher does not know
    assert len(new) > 20 and {pair.corpus for pair in new} == {"mine, asked"}
    praised = [pair for pair in new if "praise" in pair.passage]
    assert praised and all(pair.gold == 0 and pair.aim[0] > 0.9 for pair in praised)


def test_a_stopped_teacher_goes_on_where_it_was(tiny_encoder: Path, tmp_path: Path) -> None:
    learned, file = pairs(SAVE_EVERY), tmp_path / "work" / "told.npy"
    scorer = teacher(tiny_encoder)
    whole = taught(learned, scorer, tmp_path / "whole.npy", 1, lambda done: None)
    with pytest.raises(KeyboardInterrupt):
        taught(learned, Counting(scorer, SAVE_EVERY + 7), file, 1, lambda done: None)  # type: ignore[arg-type]
    again = Counting(scorer)
    assert taught(learned, again, file, 1, lambda done: None) == whole  # type: ignore[arg-type]
    assert len(again.asked) == len(whole) - SAVE_EVERY - 7


def test_a_teacher_is_not_asked_about_corpora_that_it_did_not_learn_from(tiny_encoder: Path, tmp_path: Path) -> None:
    articles = [replace(pair, corpus="articles", passage=f"{pair.passage} in a whole article") for pair in pairs(30)]
    motions = [replace(pair, corpus="mine, subject") for pair in pairs(9)]
    asked = Counting(teacher(tiny_encoder))
    found = taught([*articles, *pairs(30), *motions], asked, tmp_path / "told.npy", 1, lambda done: None)  # type: ignore[arg-type]
    assert [pair for pair in found if pair.corpus == "articles"] == articles
    assert len(asked.asked) == len(found) - 30
    assert all(pair.told for pair in found if pair.corpus != "articles")
    with pytest.raises(InputError, match="learned from none"):
        taught(articles, asked, tmp_path / "none.npy", 1, lambda done: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_damaged_answers_are_named_and_never_learned(content: bytes | None, tiny_encoder: Path, tmp_path: Path) -> None:
    file = tmp_path / "told.npy"
    if content is None:
        np.save(file, np.zeros((10_000, 3), np.float32))
    else:
        file.write_bytes(content)
    with pytest.raises(InputError, match="remove the folder"):
        taught(pairs(9), teacher(tiny_encoder), file, 1, lambda done: None)
    assert content is None or file.read_bytes() == content
