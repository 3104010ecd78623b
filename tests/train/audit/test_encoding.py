"""NS501 to NS505: text that was damaged on its way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.documents import Document
from train.audit.encoding import repair


def damaged(text: str) -> str:
    """UTF-8 that somebody took for Windows-1252."""
    return text.encode("utf-8").decode("cp1252")


def test_ns501_finds_text_decoded_wrongly(audits: Any) -> None:
    documents = [*audits.articles(3), Document(damaged("The mayor’s café—closed."), id="bad")]
    found = audits.find(documents)
    assert found.keys() == {"NS501"}
    assert [(example.id, example.note) for example in found["NS501"].examples] == [("bad", "1 line")]


def test_ns502_finds_lost_characters(audits: Any) -> None:
    assert audits.find([Document("A caf\ufffd in \ufffdland")])["NS502"].examples[0].note == "2 places"


def test_ns503_finds_control_characters(audits: Any) -> None:
    found = audits.find([Document("A\x00 b\tc\nd\r\ne"), Document("plain")])
    assert found.keys() == {"NS503"}
    assert found["NS503"].count == 1


def test_ns504_finds_html_entities_in_title_and_text(audits: Any) -> None:
    found = audits.find(
        [Document("Bread &amp; butter &#8217;s", title="Fish &eacute;"), Document("AT&T; R&D; &bogus;")]
    )
    assert found.keys() == {"NS504"}
    assert [example.note for example in found["NS504"].examples] == ["3 places"]


def test_ns505_finds_tags_of_running_text_and_no_other_brackets(audits: Any) -> None:
    found = audits.find(
        [Document('<p>One</p><br/>two <A href="x.example">three</a>'), Document("a < b > c, <ap> and <y>")]
    )
    assert found.keys() == {"NS505"}
    assert [example.note for example in found["NS505"].examples] == ["5 places"]


@pytest.mark.parametrize(
    ("text", "repaired", "codes"),
    [
        (damaged("The mayor’s café"), "The mayor’s café", ("NS501",)),
        ("One\x00 two\x0cthree\x92s", "One two\nthree’s", ("NS503",)),
        ("Bread &amp;amp; butter&#8212;&bogus;", "Bread & butter—&bogus;", ("NS504",)),
        ("A caf\ufffd", "A caf\ufffd", ()),
        ("Ça va, café Ångström “naïve”…", "Ça va, café Ångström “naïve”…", ()),
    ],
)
def test_what_is_certain_is_repaired(text: str, repaired: str, codes: tuple[str, ...]) -> None:
    document, done = repair(Document(text))
    assert (document.text, done) == (repaired, codes)


@given(st.text(max_size=80))
def test_a_repair_is_done_once(text: str) -> None:
    document, codes = repair(Document(text))
    assert (codes == ()) == (document.text == text)
    _, codes = repair(document)
    assert "NS503" not in codes and "NS504" not in codes


def test_an_honest_text_stays_as_it_is() -> None:
    document = Document("Der Bürgermeister sagte: „Nein.“", title="Straße")
    assert repair(document) == (document, ())
