"""Sentences are cut at lines and stops, and taken out without traces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.audit.sentences import is_line, sentence_spans, without


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rained. It stopped.", ["It rained.", "It stopped."]),
        ("“It rained.” It stopped!\n\n Yes", ["“It rained.”", "It stopped!", "Yes"]),
        ("Sen. John A. Orme met Mr. Berg in the U.S. Senate.", ["Sen. John A. Orme met Mr. Berg in the U.S. Senate."]),
        ("It cost 3.5 million. and more", ["It cost 3.5 million. and more"]),
        (" \n ", []),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="aB. \n!?”\t", max_size=60))
def test_spans_cover_everything_but_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
    assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:], strict=False))
    assert without(text, spans) == ""
    assert without(text, []) == text.strip()


def test_taking_a_sentence_out_keeps_the_lines() -> None:
    text = "By Ada Orme\nIt rained. Sign up. It stopped.\n\nSign up.\nThe end."
    spans = [span for span in sentence_spans(text) if text[slice(*span)] in ("By Ada Orme", "Sign up.")]
    assert without(text, spans) == "It rained. It stopped.\n\nThe end."
    assert [is_line(text, span) for span in spans] == [True, False, True]
