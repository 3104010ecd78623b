"""Corpora laid out for learning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet, Topic
from train.problem import LEAD_CHARACTERS, LONG_ENOUGH, build, lead

TAXONOMY = LabelSet("small", (Topic("sport"), Topic("economy"), Topic("health")))
HEADS = ("topics", "leaning")
LONG = "A long report from Harwick about the cup. " * (LONG_ENOUGH // 40 + 5)


def sports(n: int = 5, **fields: Any) -> list[Document]:
    return [Document("A match in Harwick.", **({"topics": ("sport",)} | fields)) for _ in range(n)]


def test_every_other_long_article_is_learned_from_twice(make_corpus: Callable[..., Any]) -> None:
    long = [Document(LONG, title=f"Report {n}", topics=("sport",), source="a.example.com") for n in range(4)]
    problem = build([make_corpus([*sports(), *long], main_topic_only=True)], TAXONOMY, HEADS)
    assert (problem.n_articles, len(problem.documents)) == (9, 11)
    assert problem.origin.tolist() == [*range(9), 5, 7]
    assert problem.signs.shape == (11, 1) and (problem.signs == 1).all()
    assert [problem.documents[n].title for n in (9, 10)] == ["Report 0", ""], "every other lead without its title"
    assert all(LONG.startswith(lead.text) and len(lead.text) <= LEAD_CHARACTERS for lead in problem.documents[9:])
    assert problem.outlets == [None] * 5 + ["example.com"] * 4
    assert problem.main_topic_only.all()


def test_a_lead_ends_between_words() -> None:
    assert lead(Document(LONG, title="A"), titled=True).text.split()[-1] in LONG.split()


def test_leads_have_no_leaning(make_corpus: Callable[..., Any]) -> None:
    long = [Document(LONG, topics=("sport",), leaning=leaning) for leaning in ("left", "right")]
    problem = build([make_corpus([*sports(), *long])], TAXONOMY, HEADS)
    assert problem.with_leaning and not problem.leanings[problem.n_articles :].any()


def test_articles_that_nobody_annotated_have_no_leads(make_corpus: Callable[..., Any]) -> None:
    problem = build([make_corpus([*sports(), Document(LONG)])], TAXONOMY, HEADS)
    assert len(problem.documents) == problem.n_articles == 6


def test_each_article_knows_its_corpus(make_corpus: Callable[..., Any]) -> None:
    corpora = [make_corpus(sports(2)), make_corpus(sports(4), main_topic_only=True)]
    problem = build(corpora, TAXONOMY, HEADS)
    assert problem.corpus_of.tolist() == [0, 0, 1, 1, 1, 1]
    assert problem.main_topic_only.tolist() == [False] * 2 + [True] * 4


def test_rare_topics_are_left_out_and_counted(make_corpus: Callable[..., Any]) -> None:
    problem = build([make_corpus([*sports(6), *sports(3, topics=("health",))])], TAXONOMY, HEADS)
    assert problem.labels.ids == ("sport",) and problem.rare == {"health": 3}


@pytest.mark.parametrize("heads", [("topics",), ("leaning",), HEADS])
def test_only_the_wanted_heads_are_learned(make_corpus: Callable[..., Any], heads: tuple[str, ...]) -> None:
    golds = [*sports(5, leaning="left"), *sports(5, leaning="right")]
    problem = build([make_corpus(golds)], TAXONOMY, heads)
    assert (problem.labels.ids, problem.with_leaning) == (
        ("sport",) if "topics" in heads else (),
        "leaning" in heads,
    )


@pytest.mark.parametrize(
    ("documents", "heads", "why"),
    [
        (sports(4), HEADS, "no topic has five documents and no two leanings occur"),
        (sports(9, topics=None, leaning="left"), HEADS, "no topic has five documents and no two leanings occur"),
        (sports(9), ("leaning",), "no two leanings occur"),
        (
            [Document("x", leaning="left"), Document("x", leaning="right")],
            ("topics",),
            "no topic has five documents",
        ),
    ],
    ids=["four of a topic", "one leaning", "topics for leaning", "leanings for topics"],
)
def test_nothing_to_learn_is_said_with_what_is_needed(
    make_corpus: Callable[..., Any], documents: list[Document], heads: tuple[str, ...], why: str
) -> None:
    with pytest.raises(InputError, match=rf"nothing to learn for the heads {', '.join(heads)}: {why}$"):
        build([make_corpus(documents)], TAXONOMY, heads)
