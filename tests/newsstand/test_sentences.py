"""Sentences begin and end where a reader would say, and no text is lost or slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsstand.text.sentences import MAX_SENTENCE, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Brandt met Gov. Ilse Roe and Lt. Col. Tam.|She left.",
        "J. K. Brandt and Ilse B. Roe agreed.|Y. Roe did not.",
        "The U.S. Senate sat until 5 p.m. Monday.|It rose early.",
        "He had left the U.S.|The talks went on.",
        "Quay Works Inc. Chairman Roe resigned.|Shares fell.",
        "Shares of Quay Works Inc.|They fell.",
        "It cost $3.5 million on Jan. 5 and No. 7 paid.|Yes!|Really?|Yes.",
        "Why?|Nobody knows…|Or so it seems.",
        "Prices rose... and fell.|They rose again.",
        '"Why now?" she asked.|"We are late."|He nodded.|“So be it.”|(He left.)|Rain fell.',
        "Sales of phones fell.|iPhone sales rose.",
        "It passed.[12]|The mayor signed it.",
        "Read more at harbour.example today.|Thanks.",
        "e.g. Norhaven, i.e. Roe's town, vs. Harwick.|Done.",
        "He came in room 5.|The door shut.",
        "the ferry sank.|nobody saw it.",
    ],
)
def test_full_stops_end_sentences_but_not_in_abbreviations(text: str) -> None:
    assert cut(text.replace("|", " ")) == text.split("|")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HARBOUR NEWS\nThe ferry sank.", ["HARBOUR NEWS", "The ferry sank."]),
        ("Ferry sinks\r\n\r\nit was old", ["Ferry sinks", "it was old"]),
        ("A" + " long" * 30 + "\nNext paragraph", ["A" + " long" * 30, "Next paragraph"]),
        (
            "The ferry that sank off the quay on Monday evening belonged to\nBrandt and sons.",
            ["The ferry that sank off the quay on Monday evening belonged to\nBrandt and sons."],
        ),
        ("It was\nold", ["It was\nold"]),
        ("First\x0csecond", ["First\x0csecond"]),
        ("First\u2029Second", ["First", "Second"]),
        ("No full stop", ["No full stop"]),
        ("1. Roe wins.\n2. Brandt loses.", ["1. Roe wins.", "2. Brandt loses."]),
        ("Oct . 5 came . Roe spoke .", ["Oct . 5 came .", "Roe spoke ."]),
    ],
)
def test_lines_end_sentences_where_they_are_headings_or_paragraphs(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_a_missing_space_after_a_full_stop_hides_no_sentence() -> None:
    assert cut("The quay closed in May.Then it rained on harbour.example and U.S.Senate.") == [
        "The quay closed in May.",
        "Then it rained on harbour.example and U.S.Senate.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("船が沈んだ。港は「閉鎖。」です！はい", ["船が沈んだ。", "港は「閉鎖。」", "です！", "はい"]),
        ("नाव डूबी। बंदर बंद है।", ["नाव डूबी।", "बंदर बंद है।"]),
        ("هل غرقت؟ نعم", ["هل غرقت؟", "نعم"]),
    ],
)
def test_other_scripts_have_full_stops_of_their_own(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_a_sentence_without_an_end_is_cut_at_white_space() -> None:
    pieces = cut("harbour " * 1000)
    assert max(map(len, pieces)) <= MAX_SENTENCE
    assert all(piece.startswith("harbour") and piece.endswith("harbour") for piece in pieces)
    assert [len(piece) for piece in cut("x" * 2500)] == [1000, 1000, 500]


pieces = st.sampled_from(
    [
        ". ",
        "! ",
        "? ",
        "\n",
        "\r\n",
        "\n\n",
        "U.S. ",
        "Mr. ",
        "word ",
        "Word ",
        "3.5 ",
        '"',
        "”",
        ")",
        "[1]",
        "。",
        "।",
        "…",
        "😀",
        "\u2029",
        "\x85",
        "\xa0",
        "\u200f",
        "x" * 600,
        "I. ",
    ]
)


@given(st.text() | st.lists(pieces, max_size=40).map("".join))
@example(" " * 3000 + "x")
@example("x" * 999 + " " + "y" * 1500)
def test_sentences_are_in_order_disjoint_and_leave_nothing_out(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert position <= start < end <= len(text)
        assert end - start <= MAX_SENTENCE
        assert not text[position:start].strip()
        assert not text[start].isspace() and not text[end - 1].isspace()
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize("piece", ["word ", "x", ". ", ".", "\n", "U.S. ", '."', "[1", " ", "。", ".[1]", "Mr. "])
def test_a_megabyte_of_anything_is_no_problem(piece: str) -> None:
    begin = time.process_time()
    sentences(piece * (1_000_000 // len(piece)))
    assert time.process_time() - begin < 10
