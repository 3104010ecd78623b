"""The kernel reads words as the regular expressions do that stand in for it where it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.kernel.lexicon import Phrases
from newsstand.stance import words
from newsstand.stance.lexicon import hash_of, lexicon, root, stem
from newsstand.stance.reading import Reading, Search, read_places
from newsstand.stance.words import WordTable, tokens, word_dtype

PIECES = [
    "'s",
    "’s",
    "n't",
    "policies",
    "misses",
    "Boxes",
    "U.S.",
    "sen.",
    "é",
    "ß",
    "Ünder",
    "_",
    "12",
    "\n",
    "\n\n",
    ", ",
    ". ",
    " ",
    "“",
    "”",
    '"',
    "-",
]
english = st.lists(st.sampled_from(PIECES) | st.text("abcdeisxyzABZ", max_size=6), max_size=30).map("".join)
texts = english | st.text(max_size=60)


@given(texts)
def test_the_kernel_reads_the_words_that_the_regular_expressions_read(text: str) -> None:
    read = lexicon().words(text, 1000)
    if read is not None and "#" not in text and "@" not in text:
        np.testing.assert_array_equal(read, words._tokens(text, 1000))


@given(texts)
def test_the_kernel_finds_words_at_the_places_where_the_regular_expressions_find_them(text: str) -> None:
    read = lexicon().places(text)
    if read is not None:
        np.testing.assert_array_equal(read, read_places(text))


@pytest.mark.parametrize("text", ["Zażółć gęślą jaźń", "naïve café", "price: £5 – “cheap”…", "tab\tand\u00a0space"])
def test_the_kernel_reads_what_news_in_latin_letters_is_written_in(text: str) -> None:
    assert lexicon().words(text, 100) is not None
    assert lexicon().places(text) is not None


@pytest.mark.parametrize("text", ["漢字", "Σίσυφος", "İstanbul", "🙂", "\ud800", "🙂 the harbour"])
def test_other_scripts_are_read_too(text: str) -> None:
    assert lexicon().words(text, 100) is None
    assert tokens(text).shape[1] == words.N_COLUMNS
    assert len(Reading(text)) == len(read_places(text))


def test_a_text_without_words_has_one_that_is_nothing() -> None:
    np.testing.assert_array_equal(tokens(""), np.zeros((1, words.N_COLUMNS)))


def test_a_word_of_a_million_letters_and_more_words_than_are_wanted_are_read() -> None:
    (only,) = tokens("a" * 1_000_000)
    assert only[5] == 0
    assert len(tokens("word " * 10_000)) == words.MAX_WORDS
    assert len(Reading("word " * 100_000)) == 100_000


@given(st.lists(st.sampled_from(["plan", "Plans,", "border", "wall", "the", "."]), max_size=30).map(" ".join))
def test_a_search_finds_each_phrase_wherever_its_words_adjoin(text: str) -> None:
    phrases = [["border", "wall"], ["plan"], ["border", "wall", "plan"], ["wall", "border"]]
    reading = Reading(text)
    found = reading.search(Search([[hash_of(word) for word in phrase] for phrase in phrases], ["plan", "absent"]))
    stems = [stem(reading.word(position)) for position in range(len(reading))]
    expected = {
        (number, start)
        for number, phrase in enumerate(phrases)
        for start in range(len(stems))
        if stems[start : start + len(phrase)] == phrase
        and all(reading.adjoins(start + n) for n in range(1, len(phrase)))
    }
    assert set(found) == expected and len(found) == len(expected)
    assert reading.positions("plan") == [n for n, known in enumerate(stems) if known == "plan"]
    assert reading.positions("border") == [n for n, known in enumerate(stems) if known == "border"]
    assert reading.positions("absent") == []


def test_no_phrases_are_found_nowhere() -> None:
    assert Phrases([]).find(read_places("some words")) == []


def test_more_phrases_than_words_are_all_found() -> None:
    assert len(Phrases([[hash_of("word")]] * 50).find(read_places("word word"))) == 100


@pytest.mark.parametrize(
    ("word", "expected"), [("policies", "policy"), ("classes", "class"), ("bus", "bus"), ("plans", "plan")]
)
def test_a_stem_lacks_the_ending_of_a_plural(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_words_of_a_family_share_a_root() -> None:
    assert root("legalization") == root("legalize") == root("legalized")


@pytest.mark.parametrize("size", [3, 260])
def test_vectors_that_the_kernel_cannot_read_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        WordTable(np.zeros(1, word_dtype(size)))


def table(size: int = 4, **columns: Any) -> WordTable:
    entries = np.zeros(len(columns["key"]), word_dtype(size))
    for name, values in columns.items():
        entries[name] = values
    return WordTable(np.sort(entries, order="key"))


def test_a_word_is_looked_up_by_its_hash() -> None:
    known = table(key=[5, 9], idf=[1, 2], polarity=[0.5, -0.5], vector=[[127, 0, 0, 0], [0, 127, 0, 0]])
    idf, polarity, vector = known.look_up(np.array([9, 7, 5], np.uint32))
    assert idf.tolist() == [2, 0, 1] and polarity.tolist() == [-0.5, 0, 0.5]
    np.testing.assert_allclose(vector, [[0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]], rtol=1e-6)
