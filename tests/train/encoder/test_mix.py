"""An encoder learns from a mix that news leads, that caps large corpora, and that holds out whole targets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from newsstand.stance.passages import Passage
from train.encoder.mix import MOST, MOST_ASKED, Pair, epoch_of, held_out_rows, pairs_of, with_other_targets
from train.stance.pairs import StanceExamples


def pairs(corpus: str, count: int, gold: int = 0) -> list[Pair]:
    return [Pair(f"{corpus} target {n}", f"{corpus} passage {n}", gold, corpus, True) for n in range(count)]


def examples(targets: list[str], gold: int = 0) -> StanceExamples:
    count = len(targets)
    read = [[Passage("text", 0, "The long start."), Passage("text", 90, f"About {t}.", ((6, 9),))] for t in targets]
    zeros = np.zeros(count, np.intp)
    return StanceExamples(
        targets, read, zeros + gold, np.arange(count), zeros, np.arange(count) * 7919, np.ones(count, np.bool_)
    )


def test_news_is_at_least_half_of_an_epoch() -> None:
    mixed = epoch_of(pairs("newsmtsc", 200) + pairs("vast", 900), 0, seed=1)
    by_corpus = Counter(pair.corpus for pair in mixed)
    assert by_corpus["newsmtsc"] >= by_corpus["vast"] == 800


@pytest.mark.parametrize(("count", "times"), [(9, 4), (400, 3), (900, 2), (1100, 1)])
def test_little_news_comes_several_times_and_much_once(count: int, times: int) -> None:
    mixed = Counter(epoch_of(pairs("newsmtsc", count, gold=2), 0, seed=1))
    assert mixed[pairs("newsmtsc", 1, gold=2)[0]] == times


def test_posts_are_no_news_whoever_wrote_them() -> None:
    sentences, posts = (pairs(f"newsstand-stances-short-{kind}", 300) for kind in ("sentences", "posts"))
    epoch = epoch_of(sentences + posts, 0, 0)
    counts = Counter(pair.corpus for pair in epoch if pair.mentioned)
    assert counts["newsstand-stances-short-posts"] == 300 < counts["newsstand-stances-short-sentences"]


def test_a_corpus_without_neutral_stances_has_less_of_an_epoch() -> None:
    taught = pairs("iam", 3000) + pairs("vast", 3000) + pairs("vast", 1, gold=2)
    by_corpus = Counter(pair.corpus for pair in epoch_of(taught, 0, seed=1))
    assert by_corpus["iam"] < 1500 < 3000 <= by_corpus["vast"]


def test_an_example_is_held_out_whatever_corpora_stand_beside_its_own() -> None:
    alone = examples([f"target {n % 90}" for n in range(500)])
    more = replace(examples(["target 1"] * 50 + alone.targets), corpus=np.repeat([1, 0], [50, 500]))
    more = replace(more, text_hash=np.concatenate([np.arange(50), alone.text_hash]))
    assert held_out_rows(more)[50:] == held_out_rows(alone)


def test_without_news_everything_is_used() -> None:
    assert len(epoch_of(pairs("vast", 900), 0, seed=1)) >= 900


def test_a_large_corpus_is_capped_and_gives_others_in_the_next_epoch() -> None:
    many = pairs("emergent", MOST + 500)
    first, second = (epoch_of(many, epoch, seed=1) for epoch in (0, 1))
    assert sum(pair.gold == 0 for pair in first) <= MOST + 1
    assert {pair.passage for pair in first} != {pair.passage for pair in second}


def test_an_epoch_is_the_same_for_the_same_seed() -> None:
    assert epoch_of(pairs("vast", 300), 2, seed=5) == epoch_of(pairs("vast", 300), 2, seed=5)


def test_a_swapped_target_is_neutral() -> None:
    mixed = epoch_of(pairs("newsmtsc", 300), 0, seed=1)
    swapped = [pair for pair in mixed if not pair.mentioned]
    assert swapped and all(pair.gold == 2 for pair in swapped)
    assert all(pair.target.split()[-1] not in pair.passage for pair in swapped)


def test_a_swapped_target_is_not_what_a_teacher_was_asked_about() -> None:
    told = [replace(pair, told=(1.0, 0.0, 0.0)) for pair in pairs("newsmtsc", 1100)]
    swapped = [pair for pair in epoch_of(told, 0, seed=1) if not pair.mentioned]
    assert swapped and all(pair.aim == (0.0, 0.0, 1.0) for pair in swapped)


def test_comments_are_asked_about_the_targets_of_others_and_news_is_not() -> None:
    learned = (
        pairs("vast", 40)
        + pairs("newsmtsc", 40)
        + [replace(pair, corpus="vast, subject") for pair in pairs("vast", 40)]
    )
    asked = with_other_targets(learned, seed=1)
    known = {(pair.target, pair.passage) for pair in learned}
    assert 30 < len(asked) <= 80 and {pair.corpus for pair in asked} == {"vast, asked"}
    assert max(Counter(pair.passage for pair in asked).values()) <= 2
    assert not known & {(pair.target, pair.passage) for pair in asked}
    assert {pair.target for pair in asked} <= {pair.target for pair in pairs("vast", 40)}
    assert with_other_targets(learned, seed=1) == asked != with_other_targets(learned, seed=2)
    many = with_other_targets(pairs("vast", MOST_ASKED + 900), seed=1)
    assert len({pair.passage for pair in many}) <= MOST_ASKED


def test_a_comment_is_asked_about_what_it_names_if_it_names_something() -> None:
    targets = ["kites", "school uniforms", "the sea wall", "trams"]
    learned = [Pair(target, f"{target} are too dear", 1, "vast", mentioned=True) for target in targets]
    learned.append(Pair("trams", "Trams and uniforms cost the town", 1, "vast", mentioned=True))
    for seed in range(9):
        asked = {pair.target for pair in with_other_targets(learned, seed) if pair.passage.startswith("Trams")}
        assert "school uniforms" in asked and "trams" not in asked


def test_a_rare_target_is_held_out_with_all_its_examples() -> None:
    targets = [f"target {n % 200}" for n in range(1000)]
    held = held_out_rows(examples(targets))
    assert 0.03 < np.mean(held) < 0.15
    assert not {t for t, out in zip(targets, held, strict=True) if out} & {
        t for t, out in zip(targets, held, strict=True) if not out
    }


def test_of_a_frequent_target_documents_are_held_out() -> None:
    held = held_out_rows(examples(["the mayor"] * 500))
    assert 0.03 < np.mean(held) < 0.15


def test_the_passage_with_the_mention_is_learned_from() -> None:
    (pair,) = pairs_of(examples(["kites"]), ["newsmtsc"], [0])
    assert pair.passage == "About kites."


def test_a_motion_is_learned_with_its_subject_too_and_the_stance_turned() -> None:
    motion, subject = pairs_of(examples(["We should ban kites"]), ["iam"], [0])
    assert (motion.gold, subject.target, subject.gold) == (0, "kites", 1)
