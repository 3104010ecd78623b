"""Held-out documents: whole outlets, the latest days, or groups drawn at random; near-duplicates never on both sides."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.documents import Document
from newsstand.errors import InputError, SettingError
from train.holding_out import WAYS, hold_out
from train.split import near_duplicate_groups, outlet_of


def story(number: int) -> str:
    """Sixty words that no other number's story has in this order."""
    words = random.Random(number)
    return " ".join(f"word{words.randrange(5000)}" for _ in range(60))


def corpus(size: int = 60, outlets: int = 12, days: int = 20) -> list[Document]:
    return [
        Document(story(n), id=str(n), source=f"o{n % outlets}.com.br", date=f"2024-03-{n % days + 1:02d}")
        for n in range(size)
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.none() | st.sampled_from("abcdef"), st.none() | st.integers(1, 9)),
        min_size=2,
        max_size=40,
    ),
    st.sampled_from(WAYS),
    st.floats(0.05, 0.95),
    st.integers(0, 3),
)
def test_no_split_leaks_whatever_the_documents(
    articles: list[tuple[int, str | None, int | None]], by: str, share: float, seed: int
) -> None:
    documents = [
        Document(story(number), source=source, date=day and f"2024-01-0{day}") for number, source, day in articles
    ]
    try:
        split = hold_out(documents, by, share, seed)  # type: ignore[arg-type]
    except InputError:
        return
    groups = near_duplicate_groups(documents)
    assert not set(groups[split.train]) & set(groups[split.test])
    left_out = split.near_duplicates + split.undated
    assert len(split.train) + len(split.test) + left_out == len(documents)
    assert len(split.train) and len(split.test)
    if by == "outlet":
        sides = [{documents[n].source for n in side} - {None} for side in (split.train, split.test)]
        assert not sides[0] & sides[1]
    if by == "time":
        dates = [[documents[n].date or "" for n in side] for side in (split.train, split.test)]
        assert max(dates[0]) < min(dates[1])


@pytest.mark.parametrize("by", WAYS)
def test_about_the_share_asked_for_is_held_out(by: str) -> None:
    split = hold_out(corpus(), by, 0.25)  # type: ignore[arg-type]
    assert len(split.test) == 15
    assert len(split.train) == 45


def test_the_seed_decides_the_drawing() -> None:
    drawn = [hold_out(corpus(), "random", seed=seed).test.tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_subdomains_are_one_outlet() -> None:
    documents = [Document(story(n), source=f"{'www' if n % 2 else 'sport'}.o{n // 6}.com") for n in range(60)]
    split = hold_out(documents, "outlet")
    sides = [{outlet_of(documents[n].source or "") for n in side} for side in (split.train, split.test)]
    assert not sides[0] & sides[1]


def test_a_reprint_of_a_held_out_article_is_left_out() -> None:
    documents = [Document(story(n % 29), date=f"2024-05-{n + 1:02d}") for n in range(30)]
    split = hold_out(documents, "time", 0.1)
    assert split.near_duplicates == 1
    assert 0 not in split.train and 29 in split.test


def test_documents_without_a_date_are_in_no_split_by_time() -> None:
    documents = [*corpus(20), Document(story(99)), Document(story(98), date="spring"), Document(story(97), date="")]
    split = hold_out(documents, "time")
    assert split.undated == 3
    assert np.concatenate([split.train, split.test]).max() == 19


@pytest.mark.parametrize(
    ("by", "documents", "message"),
    [
        ("outlet", [Document(story(n), source="a.com") for n in range(9)], "one outlet"),
        ("time", [Document(story(n), date="2024-01-01") for n in range(9)], "more than one day"),
        ("time", [Document(story(n)) for n in range(9)], "need a 'date'"),
        ("random", [Document(story(1)) for _ in range(9)], "near-duplicates of each other"),
        ("random", [Document(story(1))], "one document"),
    ],
)
def test_a_corpus_that_cannot_be_split_says_why(by: str, documents: list[Document], message: str) -> None:
    with pytest.raises(InputError, match=message):
        hold_out(documents, by)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0, 1, -0.2, float("nan")])
def test_the_share_must_make_sense(share: float) -> None:
    with pytest.raises(SettingError, match="between 0 and 1"):
        hold_out(corpus(), "random", share)
