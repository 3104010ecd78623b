"""What a corpus says, and of what it says nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet, Topic
from train.corpora import choose_labels, leaning_signs, read_corpora, topic_signs

TAXONOMY = LabelSet(
    "small",
    (Topic("politics"), Topic("elections", parent="politics"), Topic("sport"), Topic("economy"), Topic("health")),
)


def documents(**counts: int) -> list[Document]:
    return [Document("x", topics=(topic,)) for topic, count in counts.items() for _ in range(count)]


def test_topics_with_five_documents_are_learned_with_their_parents(make_corpus: Callable[..., Any]) -> None:
    labels, rare = choose_labels([make_corpus(documents(elections=5, sport=9, economy=4))], TAXONOMY)
    assert labels.ids == ("politics", "elections", "sport")
    assert labels["elections"].parent == "politics"
    assert rare == {"economy": 4}


def test_documents_of_all_corpora_count(make_corpus: Callable[..., Any]) -> None:
    corpora = [make_corpus(documents(economy=3)), make_corpus(documents(economy=2, sport=5))]
    assert choose_labels(corpora, TAXONOMY)[0].ids == ("sport", "economy")


def test_topics_of_the_corpus_stand_beside_those_of_the_taxonomy(make_corpus: Callable[..., Any]) -> None:
    labels, _ = choose_labels([make_corpus(documents(elections=5, sport=5, chess=5))], TAXONOMY)
    assert labels.ids == ("politics", "elections", "sport", "chess")
    assert labels["chess"].name == "Chess"


def test_a_corpus_with_labels_of_its_own_keeps_them_all_as_they_stand(make_corpus: Callable[..., Any]) -> None:
    labels, _ = choose_labels([make_corpus(documents(rec_autos=5, sci_med=6, talk=5, elections=5))], TAXONOMY)
    assert labels.ids == ("elections", "rec_autos", "sci_med", "talk")
    assert labels["elections"].parent is None


def test_nothing_is_learned_from_no_topics(make_corpus: Callable[..., Any]) -> None:
    labels, rare = choose_labels([make_corpus([Document("x"), Document("x", topics=())])], TAXONOMY)
    assert (labels.ids, rare) == ((), {})


def test_a_topic_outside_the_scope_of_a_corpus_is_no_negative(make_corpus: Callable[..., Any]) -> None:
    first = make_corpus([Document("x", topics=("elections",)), Document("x", topics=()), Document("x")])
    first = make_corpus(first.documents, scope=("elections", "sport"))
    second = make_corpus([Document("x", topics=("sport", "health"))], scope=("sport",))
    signs, annotated = topic_signs([first, second], TAXONOMY)
    #                         politics  elections  sport  economy  health
    assert signs.tolist() == [
        [1, 1, -1, 0, 0],
        [-1, -1, -1, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 1, 0, 1],
    ]
    assert annotated[0].tolist() == [False, True, False, False, False], "a parent is implied, not annotated"


def test_a_corpus_without_a_header_annotates_the_topics_that_occur_in_it(make_corpus: Callable[..., Any]) -> None:
    signs, _ = topic_signs([make_corpus(documents(elections=1, sport=1))], TAXONOMY)
    assert signs.tolist() == [[1, 1, -1, 0, 0], [-1, -1, 1, 0, 0]]


def test_topics_that_a_run_does_not_know_are_left_out(make_corpus: Callable[..., Any]) -> None:
    signs, annotated = topic_signs([make_corpus([Document("x", topics=("chess", "sport"))])], TAXONOMY)
    assert signs.tolist() == [[0, 0, 1, 0, 0]] and annotated.sum() == 1


def test_leanings_are_signs_too() -> None:
    golds = [Document("x", leaning="left"), Document("x"), Document("x", leaning="right")]
    assert leaning_signs(golds).tolist() == [[1, -1, -1], [0, 0, 0], [-1, -1, 1]]


def test_files_are_read_with_what_they_say_about_themselves(write_corpus: Callable[..., Path]) -> None:
    path = write_corpus(documents(sport=2), corpus="made-up", licence="CC0", scope=("sport", "health"))
    (corpus,) = read_corpora([path])
    about = corpus.about()
    assert (about["corpus"], about["licence"], about["source"], about["documents"]) == ("made-up", "CC0", None, 2)
    assert corpus.scope == {"sport", "health"}


def test_a_corpus_without_a_header_is_named_after_its_file(write_corpus: Callable[..., Path]) -> None:
    (corpus,) = read_corpora([write_corpus(documents(sport=2), "harwick.jsonl")])
    assert (corpus.about()["corpus"], corpus.scope) == ("harwick", {"sport"})


def test_the_fingerprint_is_of_the_documents(write_corpus: Callable[..., Path]) -> None:
    def fingerprint(name: str, count: int, **header: Any) -> str:
        return read_corpora([write_corpus(documents(sport=count), name, **header)])[0].fingerprint

    assert fingerprint("a.jsonl", 2) == fingerprint("b.jsonl", 2, corpus="b") != fingerprint("c.jsonl", 3)


def test_a_file_without_documents_is_refused(write_corpus: Callable[..., Path]) -> None:
    path = write_corpus([], corpus="empty")
    with pytest.raises(InputError, match=r"corpus.jsonl: the file holds no document"):
        read_corpora([path])
