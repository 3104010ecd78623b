"""What is read for a stance: whole short texts, and title, lead and every mention of long ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsstand.documents import Document
from newsstand.stance.passages import LONGEST, MOST_PASSAGES, SHORT_TEXT, passages
from newsstand.stance.targets import KnownTargets, read_article

KNOWN = KnownTargets()
FILLER = "The market opened at nine and the traders put up their stalls in the usual places. "


def read(document: Document, target: str) -> list[tuple[str, str]]:
    readings = read_article(document)
    return [(p.field, p.text) for p in passages(readings, KNOWN.find(target, readings).mentions)]


def test_a_short_text_is_read_as_a_whole() -> None:
    text = "The ferry subsidy is a gift. Everybody on the island says so."
    assert read(Document(text), "ferry subsidy") == [("text", text)]


def test_of_a_long_text_each_mention_is_read_with_the_sentence_behind_it() -> None:
    text = "A ferry subsidy came. It is kind. " + FILLER * 20 + "The ferry subsidy went. It was cruel. " + FILLER * 20
    found = read(Document(text, title="Ferry subsidy"), "ferry subsidy")
    assert found == [
        ("title", "Ferry subsidy"),
        ("text", "A ferry subsidy came. It is kind."),
        ("text", "The ferry subsidy went. It was cruel."),
    ]


def test_a_mention_at_the_very_end_of_a_long_text_is_read() -> None:
    text = FILLER * 400 + "Nobody wants the ferry subsidy."
    assert read(Document(text), "ferry subsidy")[-1][1].endswith("Nobody wants the ferry subsidy.")


def test_neighbouring_mentions_are_read_together_but_not_without_end() -> None:
    text = "The ferry subsidy was discussed at length by the whole of the council. " * 60
    found = read(Document(text), "ferry subsidy")
    assert 1 < len(found) <= MOST_PASSAGES and all(len(passage) <= LONGEST for _, passage in found)


def test_without_a_mention_the_beginning_is_read() -> None:
    text = FILLER * 40
    assert len(text) > SHORT_TEXT
    ((field, passage),) = read(Document(text), "ferry subsidy")
    assert field == "text" and text.startswith(passage) and len(passage) <= LONGEST


@given(st.text(max_size=400), st.text(max_size=60), st.text(max_size=30))
def test_passages_and_their_sentences_and_mentions_are_cut_from_their_field(text: str, title: str, target: str) -> None:
    document = Document(text, title=title)
    readings = read_article(document)
    for passage in passages(readings, KNOWN.find(target, readings).mentions):
        field = title if passage.field == "title" else text
        assert field[passage.start : passage.start + len(passage.text)] == passage.text
        for start, end in (*passage.sentences, *passage.mentions):
            assert 0 <= start < end <= len(passage.text)
