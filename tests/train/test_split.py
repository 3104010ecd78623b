"""Who may learn from whom: outlets stay together, and so do near-duplicates."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.documents import Document
from train.held_out import Folds
from train.split import (
    AGREEING,
    BAND,
    folds_by_outlet,
    learners,
    near_duplicate_groups,
    near_duplicates,
    outlet_of,
    outlets,
    usual_folds,
)

STORY = (
    "The ferry between Oldhaven and the islands will stop running at the end of the month, its owner said on Friday. The "
    "company has lost money on the route for six years, and the county declined to pay for a new engine. Islanders, who "
    "number about four hundred, would have to hire fishing boats to reach the hospital. A meeting is planned for Sunday."
)
OTHER = (
    "A court in Brackwater has told the council to publish the contract for its new library, which cost twice as much as "
    "was announced. The judge said that taxpayers had a right to see how the builder was chosen. The council may appeal."
)


@pytest.mark.parametrize(
    ("source", "outlet"),
    [
        ("cnn.example.com", "example.com"),
        ("example.com", "example.com"),
        ("WWW.Example.COM", "example.com"),
        ("https://news.example.co.uk/politics?id=3", "example.co.uk"),
        ("The Oldhaven Gazette", "the oldhaven gazette"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("github.io", "github.io"),
    ],
)
def test_an_outlet_is_a_registered_domain_or_a_name(source: str, outlet: str) -> None:
    assert outlet_of(source).lower() == outlet


def test_documents_without_a_source_have_no_outlet() -> None:
    assert outlets([Document("x"), Document("x", source=""), Document("x", source="a.example.com")]) == [
        None,
        None,
        "example.com",
    ]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.none() | st.sampled_from("abcdefgh")), min_size=1, max_size=80),
    st.integers(2, 5),
)
def test_an_outlet_is_in_one_fold_and_folds_are_of_nearly_equal_size(
    articles: list[tuple[int, str | None]], n_folds: int
) -> None:
    corpus_of = np.array([corpus for corpus, _ in articles])
    names = [outlet for _, outlet in articles]
    folds = folds_by_outlet(names, corpus_of, n_folds)
    assert folds.shape == (len(articles),) and set(folds.tolist()) <= set(range(n_folds))
    several = {c for c in set(corpus_of.tolist()) if len({names[n] for n in np.flatnonzero(corpus_of == c)}) > 1}
    whole = [(names[n], int(folds[n])) for n in range(len(names)) if names[n] and corpus_of[n] in several]
    assert len(dict(whole)) == len(set(whole)), "no outlet is on two sides"
    sizes = np.bincount(folds, minlength=n_folds)
    largest = max(sum(n == name for n in names) if name else 1 for name in names)
    assert sizes.max() - sizes.min() <= largest


def test_articles_of_a_corpus_with_one_outlet_are_dealt_one_by_one() -> None:
    folds = folds_by_outlet(["example.com"] * 30, np.zeros(30, int), 3)
    assert np.bincount(folds).tolist() == [10, 10, 10]


def test_articles_without_a_source_are_dealt_one_by_one() -> None:
    folds = folds_by_outlet([None] * 10, np.zeros(10, int), 3)
    assert sorted(np.bincount(folds).tolist()) == [3, 3, 4]


def test_the_seed_decides_between_outlets_of_one_size() -> None:
    names, corpus = [f"{n}.example" for n in range(60)], np.zeros(60, int)
    first, again, other = (folds_by_outlet(names, corpus, 3, seed) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


def test_an_outlet_keeps_its_fold_when_the_articles_come_in_another_order() -> None:
    names = [f"{n % 9}.example" for n in range(60)]
    shuffled = random.Random(0).sample(names, len(names))
    corpus = np.zeros(60, int)
    fold_of = dict(zip(names, folds_by_outlet(names, corpus, 3).tolist(), strict=True))
    assert [fold_of[name] for name in shuffled] == folds_by_outlet(shuffled, corpus, 3).tolist()


def test_near_duplicates_share_a_group() -> None:
    updated = STORY.replace("four hundred", "five hundred").replace("on Friday", "on Saturday")
    shouted = "UPDATE: " + STORY.upper()
    cut = STORY.rsplit(".", 2)[0]
    groups = near_duplicate_groups([Document(text) for text in (STORY, OTHER, updated, shouted, cut, OTHER + " More.")])
    assert len({groups[n] for n in (0, 2, 3, 4)}) == 1
    assert groups[1] == groups[5] != groups[0]


def test_different_articles_and_empty_texts_share_none() -> None:
    documents = [Document(STORY), Document(OTHER), Document(""), Document(""), Document("!!!")]
    assert len(set(near_duplicate_groups(documents).tolist())) == 5


def test_a_chain_of_near_duplicates_is_one_group() -> None:
    words = STORY.split()
    versions = [" ".join(words[n : n + 30]) for n in range(0, 24, 3)]
    groups = near_duplicate_groups([Document(version) for version in random.Random(1).sample(versions, len(versions))])
    assert len(set(groups.tolist())) == 1


def test_a_near_duplicate_is_found_whatever_else_shares_a_band_with_it() -> None:
    draw = random.Random(3)
    frame = [f"frame{n}" for n in range(40)]
    texts = []
    for _ in range(60):  # forms filled in: each like some of the others, none like all of them
        own = frame.copy()
        for place in draw.sample(range(40), 6):
            own[place] = f"filled{draw.randrange(12)}"
        texts.append(" ".join(own))
    found = near_duplicates([Document(text) for text in texts])
    alike = [
        (a, b)
        for a in range(60)
        for b in range(a)
        if (found.sketches[a] == found.sketches[b]).mean() >= AGREEING
        and any((found.sketches[a] == found.sketches[b]).reshape(-1, BAND).all(axis=1))
    ]
    assert len(alike) > 100
    assert all(found.groups[a] == found.groups[b] for a, b in alike)


def test_the_likest_of_a_group_is_named_and_only_one_that_is_like_it() -> None:
    words = STORY.split()
    texts = [" ".join(words[n : n + 30]) for n in (0, 4, 8, 12, 16, 20)]
    found = near_duplicates([Document(text) for text in texts])
    assert len(set(found.groups.tolist())) == 1
    assert found.nearest(5, [0, 1, 4]) == 4
    assert found.nearest(5, [0]) is None, "only a chain leads there"
    assert found.nearest(5, []) is None


def test_nobody_learns_from_what_is_judged_nor_from_its_near_duplicates() -> None:
    folds, groups = np.array([0, 0, 1, 1, 2, 2], np.int8), np.array([0, 1, 2, 1, 4, 5])
    assert learners(folds, 0, groups).tolist() == [2, 4, 5]
    assert learners(folds, 1, groups).tolist() == [0, 4, 5]
    pairs = [(learn.tolist(), judge.tolist()) for learn, judge in Folds(folds, groups)]
    assert pairs == [([2, 4, 5], [0, 1]), ([0, 4, 5], [2, 3]), ([0, 1, 2, 3], [4, 5])]


@pytest.mark.parametrize(("articles", "folds"), [(100, 3), (499, 3), (500, 6), (19_999, 6), (20_000, 3)])
def test_small_corpora_are_dealt_into_more_folds(articles: int, folds: int) -> None:
    assert usual_folds(articles) == folds
