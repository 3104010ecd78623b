"""From corpora to a run: what is learned, and from whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet, Topic
from newsstand.tagger import Tagger
from train.corpora import LabelledCorpus
from train.fit import FitOptions, Fitted, fit

TAXONOMY = LabelSet("small", (Topic("sport"), Topic("economy"), Topic("health")))
TOPICS = FitOptions(heads=("topics",), n_jobs=1)
Make = Callable[..., Any]


def fitted(*corpora: LabelledCorpus, options: FitOptions = TOPICS) -> Fitted:
    return fit(corpora, TAXONOMY, "made-up", options, lambda stage, share: None)


def probability(result: Fitted, document: Document, topic: str) -> float:
    topics, _ = Tagger(result.run).probabilities(document)
    assert result.run.topics
    return float(topics[result.run.topics.labels.position(topic)])


def test_topics_are_learned_from_their_words(make_documents: Make, make_corpus: Make) -> None:
    golds = [d for t in ("sport", "economy", "health") for d in make_documents(30, [t], topics=(t,))]
    result = fitted(make_corpus(golds))
    assert result.n_outlets == 1 and result.rare == {}, "all the papers are of one registered domain"
    assert result.metrics["topics"]["micro_f1"] > 0.9 and result.metrics["topics"]["n"] == 90
    for topic in ("sport", "economy", "health"):
        answer = Tagger(result.run).label(make_documents(1, [topic], seed=9)[0])
        assert [label.label for label in answer.topics] == [topic]


def test_a_corpus_that_does_not_annotate_a_topic_says_nothing_against_it(
    make_documents: Make, make_corpus: Make
) -> None:
    golds = [d for t in ("sport", "economy") for d in make_documents(20, [t], topics=(t,))]
    unlabelled = make_documents(150, ["sport", "health"], seed=5, topics=("health",))
    match = make_documents(1, ["sport", "health"], seed=9)[0]
    scoped = fitted(make_corpus(golds), make_corpus(unlabelled, scope=("health",)))
    unscoped = fitted(make_corpus(golds), make_corpus(unlabelled, scope=("health", "sport")))
    assert probability(scoped, match, "sport") > 0.5 > probability(unscoped, match, "sport")


def test_leaning_is_not_learned_from_who_wrote_an_article(make_documents: Make, make_corpus: Make) -> None:
    golds = [
        replace(
            document, source=f"{leaning}{n % 5}.example", text=f"{document.text} Read more in our zyx{leaning}{n % 5}."
        )
        for leaning in ("left", "center", "right")
        for n, document in enumerate(make_documents(40, [leaning], leaning=leaning))
    ]
    result = fitted(make_corpus(golds), options=FitOptions(heads=("leaning",), n_jobs=1))
    run = result.run
    assert run.heads == ("leaning",) and result.n_outlets == 15
    vocabulary = run.spec.vocabulary(run.slots, len(run.table))
    for boilerplate in ("zyxleft0", "zyxright3"):
        rows, _ = vocabulary.rows("", boilerplate)
        assert len(rows) == 1 and not run.table["weights"][rows].any()
    rows, _ = vocabulary.rows("", "unions")
    assert run.table["weights"][rows, 0] > 0
    assert result.metrics["leaning"]["accuracy"] > 0.9


def test_an_outlet_that_contradicts_itself_in_a_copy_is_not_judged_by_its_copy(
    make_documents: Make, make_corpus: Make
) -> None:
    random = np.random.default_rng(0)
    golds = [
        replace(document, source=source, topics=(topic,))
        for document in make_documents(80, [])
        for topic in [str(random.choice(["sport", "economy"]))]
        for source in ("one.example", "two.example", "three.example")
    ]
    figures = fitted(make_corpus(golds)).metrics["topics"]
    assert figures["hit_at_1"] < 0.75, "labels by chance cannot be guessed, except from the copy in another outlet"


@pytest.mark.parametrize(
    "texts", [["", " ", "!"] * 2, [letter * 6 for letter in "abcdef"]], ids=["empty", "all different"]
)
def test_texts_with_nothing_in_common_are_an_input_error(make_corpus: Make, texts: list[str]) -> None:
    golds = [Document(text, topics=("sport",)) for text in texts]
    with pytest.raises(InputError, match="nothing to learn from 6 documents: no n-gram"):
        fitted(make_corpus(golds))


def test_corpora_without_a_single_negative_can_be_learned(make_documents: Make, make_corpus: Make) -> None:
    result = fitted(make_corpus(make_documents(12, ["sport"], topics=("sport",))))
    assert probability(result, make_documents(1, ["sport"], seed=9)[0], "sport") > 0.5


def test_stages_are_told_in_order_with_shares(make_documents: Make, make_corpus: Make) -> None:
    told: list[tuple[str, float]] = []
    golds = [d for t in ("sport", "economy") for d in make_documents(12, [t], topics=(t,))]
    fit([make_corpus(golds)], TAXONOMY, "made-up", TOPICS, lambda stage, share: told.append((stage, share)))
    assert [stage for stage, _ in told][:2] == ["reading the texts", "looking for near-duplicates"]
    assert all(0 <= share <= 1 for _, share in told)
