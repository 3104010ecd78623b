"""The figures of a finished run on labelled documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats import read_documents
from newsstand.tagger import Tagger
from train.corpora import read_corpora
from train.judge import judge_run

HEADS = ("topics", "leaning")


def test_a_run_is_judged_by_every_head_that_has_gold_labels(tagger: Tagger, sample_files: list[Path]) -> None:
    corpora = read_corpora(sample_files)
    report = judge_run(tagger, corpora, HEADS)
    documents = [document for corpus in corpora for document in corpus.documents]
    assert report["leaning"]["n"] == sum(document.leaning is not None for document in documents)
    assert 0 < report["topics"]["n"] <= len(documents)
    assert report["topics"]["micro_f1"] > 0.7, "these are the very articles it learned from"
    assert "immigration" in report["topics"]["labels"]


def test_only_the_heads_asked_for_are_judged(tagger: Tagger, sample_files: list[Path]) -> None:
    corpora = read_corpora(sample_files[:1])
    assert judge_run(tagger, corpora, ("topics",)).keys() == {"topics"}
    assert judge_run(tagger, corpora, ("leaning",)).keys() == {"leaning"}


def test_figures_agree_with_the_labels_that_users_get(
    tagger: Tagger, sample_files: list[Path], make_corpus: Callable[..., Any]
) -> None:
    documents = list(read_documents(sample_files[0]))
    report = judge_run(tagger, read_corpora(sample_files[:1]), ("topics",))
    label_set = tagger.run.topics.labels if tagger.run.topics else None
    assert label_set
    true = given = gold = covered = n = 0
    for document in documents:
        expected = set(label_set.with_parents(document.topics or ()))
        if not set(document.topics or ()) & set(label_set.ids):
            continue
        found = {topic.label for topic in tagger.label(document, explain=False).topics}
        true, given, gold = true + len(found & expected), given + len(found), gold + len(expected)
        covered, n = covered + bool(found), n + 1
    assert report["topics"]["n"] == n
    assert report["topics"]["micro_f1"] == pytest.approx(2 * true / (given + gold), abs=1e-3)
    assert report["topics"]["coverage"] == pytest.approx(covered / n, abs=1e-3)


def test_a_head_without_gold_labels_is_left_out(
    tagger: Tagger, sample_files: list[Path], make_corpus: Callable[..., Any]
) -> None:
    documents = [replace(document, topics=None) for document in read_documents(sample_files[0])]
    assert judge_run(tagger, [make_corpus(documents)], HEADS).keys() == {"leaning"}


@pytest.mark.parametrize("gold", [{}, {"topics": ()}, {"topics": ("chess",)}], ids=["none", "empty", "unknown"])
def test_nothing_to_judge_by_is_said(tagger: Tagger, make_corpus: Callable[..., Any], gold: dict[str, Any]) -> None:
    corpus = make_corpus([Document("The council of Harbour Falls froze the rents.", **gold)])
    with pytest.raises(
        InputError, match=r"nothing to judge: .* run 'small' knows \(its heads: topics, leaning, stance\)"
    ):
        judge_run(tagger, [corpus], HEADS)


def test_progress_is_a_share(tagger: Tagger, sample_files: list[Path]) -> None:
    shares: list[float] = []
    judge_run(tagger, read_corpora(sample_files), HEADS, shares.append)
    assert shares[0] == 0 and shares == sorted(shares) and shares[-1] < 1
