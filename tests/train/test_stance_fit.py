"""Stance heads learned from small corpora of invented sentences."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand.documents import Document, GoldStance
from newsstand.errors import InputError, SettingError
from newsstand.registry import Registry
from newsstand.stance.heads import StanceHeads
from newsstand.stance.targets import KnownTargets
from newsstand.tagger import Tagger
from train.commands.train import parse_weights
from train.fit import FitOptions
from train.stance.fit import StanceOptions, calibrated, fit_stance, folds_by_document, learners
from train.stance.pairs import stance_examples
from train.stance.vectors import learn_words
from train.training import train

TARGETS = [
    f"{kind} of {place}" for kind in ("tunnel", "tax", "market") for place in ("Orle", "Wendle", "Brisdal", "Pell")
]
SAID = {
    "favor": "Everybody praised the {} as a wonderful success, and they were right to be grateful.",
    "against": "Everybody condemned the {} as a terrible failure, and they were right to be angry.",
    "neutral": "The {} was discussed on Tuesday, and a report will be published in the autumn.",
}


def documents(times: int = 2) -> list[Document]:
    return [
        Document(said.format(target), stances=(GoldStance(target, stance),))  # type: ignore[arg-type]
        for target in TARGETS
        for stance, said in SAID.items()
        for _ in range(times)
    ]


class StandIn:
    """A scorer that nobody asks."""

    rounding = 0.0

    def load(self) -> None:
        pass

    def score(self, pairs: Any) -> Any:
        raise NotImplementedError

    explain = score


def quiet(stage: str, share: float) -> None:
    pass


def test_what_is_learned_carries_over_to_targets_never_seen(make_corpus: Callable[..., Any], tmp_path: Path) -> None:
    examples = stance_examples([make_corpus(documents())], KnownTargets())
    words = learn_words(said.format(target) for target in TARGETS for said in SAID.values())
    fitted = fit_stance(examples, words, StanceOptions(C=10), lambda share: None)
    assert (fitted.held_out.argmax(axis=1) == examples.gold).mean() > 0.9
    labels, _ = StanceHeads(fast=fitted.head).label(
        Document(SAID["against"].format("fountain in Hallen")), ["fountain in Hallen"]
    )
    assert labels[0].stance == "against"


def test_the_same_corpus_gives_the_same_head(make_corpus: Callable[..., Any]) -> None:
    examples = stance_examples([make_corpus(documents())], KnownTargets())
    words = learn_words(document.text for document in documents())
    first, second = (fit_stance(examples, words, StanceOptions(), lambda share: None).head for _ in range(2))
    assert np.array_equal(first.scorer.weights, second.scorer.weights)  # type: ignore[attr-defined]
    assert first.combination == second.combination


def test_a_corpus_of_doubtful_stances_is_learned_with_more_caution(make_corpus: Callable[..., Any]) -> None:
    draw = random.Random(1)
    wordy = []
    for document in documents(17):
        assert document.stances
        gold = replace(
            document.stances[0], stance=draw.choice(list(SAID)) if draw.random() < 0.4 else document.stances[0].stance
        )
        beside = " ".join(f"word{draw.randrange(500)}" for _ in range(15))
        wordy.append(Document(f"{document.text} {beside}.", stances=(gold,)))
    examples = stance_examples([make_corpus(wordy)], KnownTargets())
    words = learn_words(document.text for document in wordy)
    chosen, same = (fit_stance(examples, words, StanceOptions(C=C), lambda share: None) for C in (None, 0.1))
    assert np.array_equal(chosen.head.scorer.weights, same.head.scorer.weights)  # type: ignore[attr-defined]


def test_a_corpus_of_clear_stances_is_learned_boldly(make_corpus: Callable[..., Any]) -> None:
    draw = random.Random(1)
    said = [
        replace(document, text=f"{document.text} {' '.join(f'word{draw.randrange(500)}' for _ in range(15))}.")
        for document in documents(17)
    ]
    examples = stance_examples([make_corpus(said)], KnownTargets())
    words = learn_words(document.text for document in said)
    chosen, same = (fit_stance(examples, words, StanceOptions(C=C), lambda share: None) for C in (None, 1.6))
    assert np.array_equal(chosen.head.scorer.weights, same.head.scorer.weights)  # type: ignore[attr-defined]


def test_examples_that_count_little_do_not_make_the_head_unsure(make_corpus: Callable[..., Any]) -> None:
    examples = stance_examples([make_corpus(documents())], KnownTargets())
    owner = np.arange(len(examples.gold))
    scores = np.zeros((len(owner), 3), np.float32)
    contrary = owner % 2 == 1
    scores[owner, np.where(contrary, (examples.gold + 1) % 3, examples.gold)] = 3
    unsure, sure = (
        calibrated(StandIn(), examples, owner, scores, np.where(contrary, weight, 1.0)).head.combination.slope
        for weight in (1.0, 0.01)
    )
    assert sure > 2 * unsure


def test_a_scorer_that_takes_longer_texts_for_kinder_is_corrected(make_corpus: Callable[..., Any]) -> None:
    padding = " The library in Dorn is open on Mondays. A bus leaves from the square at noon." * 3
    long = [
        Document(d.text + padding * (d.stances[0].stance != "favor"), stances=d.stances)
        for d in documents()
        if d.stances
    ]
    examples = stance_examples([make_corpus(long)], KnownTargets())
    owner = np.arange(len(examples.gold))
    scores = np.zeros((len(owner), 3), np.float32)
    scores[examples.gold == 2, 2] = 3
    fitted = calibrated(StandIn(), examples, owner, scores, np.ones(len(owner)))
    assert fitted.head.combination.longer < -0.1
    assert (fitted.held_out.argmax(axis=1) == examples.gold).mean() > 0.9


@pytest.mark.parametrize(("where", "learned", "other"), [("title", "titled", "often"), ("text", "often", "titled")])
def test_that_what_is_discussed_is_seldom_neutral_is_learned(
    where: str, learned: str, other: str, make_corpus: Callable[..., Any]
) -> None:
    said = [d for d in documents() if d.stances]
    for n, document in enumerate(said):
        target, stance = document.stances[0].target, document.stances[0].stance  # type: ignore[index]
        discussed = "" if stance == "neutral" else target
        title, more = (discussed or "Elsewhere", "") if where == "title" else ("Elsewhere", f" {discussed}." * 4)
        said[n] = replace(document, title=title, text=document.text + (more if discussed else ""))
    examples = stance_examples([make_corpus(said)], KnownTargets())
    owner = np.repeat(np.arange(len(examples.gold)), [len(read) for read in examples.read])
    scores = np.zeros((len(owner), 3), np.float32)  # of favor and against, which the scorer can tell
    scores[examples.gold[owner] == 0, 0] = scores[examples.gold[owner] == 1, 1] = 1
    combination = calibrated(StandIn(), examples, owner, scores, np.ones(len(examples.gold))).head.combination
    assert getattr(combination, learned) > 0.5
    assert getattr(combination, learned) > getattr(combination, other)


def test_nobody_is_judged_by_who_saw_the_document_or_the_rare_target(make_corpus: Callable[..., Any]) -> None:
    examples = stance_examples([make_corpus(documents())], KnownTargets())
    folds = folds_by_document(examples, 0)
    for fold in range(3):
        learn = learners(examples, folds, fold)
        judged = folds == fold
        assert not set(examples.document[learn]) & set(examples.document[judged])
        seen = {examples.targets[n] for n in np.flatnonzero(learn)}
        assert not seen & {examples.targets[n] for n in np.flatnonzero(judged)}


@pytest.mark.parametrize("few", [documents()[:6], [d for d in documents(4) if "praised" in d.text]])
def test_too_little_to_learn_from_is_an_error(make_corpus: Callable[..., Any], few: list[Document]) -> None:
    examples = stance_examples([make_corpus(few)], KnownTargets())
    with pytest.raises(InputError, match="gold stances"):
        fit_stance(examples, learn_words([]), StanceOptions(), lambda share: None)


def test_a_target_that_is_not_mentioned_counts_as_neutral(make_corpus: Callable[..., Any]) -> None:
    document = Document("The fair opened.", stances=(GoldStance("harbour tunnel", None),))
    examples = stance_examples([make_corpus([document])], KnownTargets())
    assert examples.gold.tolist() == [2] and not examples.mentioned[0]


def test_stances_alone_make_a_run_and_a_base_keeps_the_rest(write_corpus: Callable[..., Path], tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")
    file = str(write_corpus(documents(), corpus="made-up", scope=()))
    alone = train([file], "alone", registry, FitOptions(n_jobs=1), on_progress=quiet)
    assert alone.heads == ("stance",)
    assert alone.about["metrics"]["stance"]["per_corpus"]["made-up"]["n"] == 72
    options = FitOptions(heads=("stance",), n_jobs=1)
    again = train([file], "again", registry, options, base=registry.named("alone"), on_progress=quiet)
    assert again.about["base"] == "alone" and again.heads == ("stance",)
    assert [corpus["corpus"] for corpus in again.about["corpora"]] == ["made-up"]
    assert "### Stance" in (registry.named("again") / "card.md").read_text()
    Tagger.load(registry.named("again"))


def test_a_base_is_for_the_stance_head_only(write_corpus: Callable[..., Path], tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")
    file = str(write_corpus(documents(), corpus="made-up", scope=()))
    train([file], "alone", registry, FitOptions(heads=("stance",), n_jobs=1), on_progress=quiet)
    with pytest.raises(SettingError, match="--heads stance"):
        train([file], "b", registry, FitOptions(n_jobs=1), base=registry.named("alone"), on_progress=quiet)


def test_a_weight_names_a_corpus_of_the_training(write_corpus: Callable[..., Path], tmp_path: Path) -> None:
    file = str(write_corpus(documents(), corpus="made-up", scope=()))
    options = FitOptions(heads=("stance",), stance_weights=(("vast", 0.5),), n_jobs=1)
    with pytest.raises(SettingError, match="made-up"):
        train([file], "a", Registry(tmp_path / "models"), options, on_progress=quiet)


@pytest.mark.parametrize("value", ["vast", "vast=", "=1", "vast=0", "vast=-1", "vast=nan", "vast=many"])
def test_a_weight_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="CORPUS=WEIGHT"):
        parse_weights([value])
    assert parse_weights(["vast=0.25", "a=b=2"]) == (("vast", 0.25), ("a=b", 2.0))
