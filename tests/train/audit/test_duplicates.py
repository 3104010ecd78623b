"""NS101 to NS104: the same article, or the same id, twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from newsstand.documents import Document, GoldStance


def test_ns101_counts_a_text_that_comes_again_however_it_is_spaced(audits: Any) -> None:
    first, *others = audits.articles(4)
    again = Document(first.text.replace(" ", "\n"), id="again")
    found = audits.find([first, *others, again])
    assert found["NS101"].count == 1
    (example,) = found["NS101"].examples
    assert (example.id, example.note) == ("again", "as a0")
    assert example.place.endswith("corpus.jsonl, document 5")
    assert "NS102" not in found and "NS103" not in found


def test_texts_with_stances_towards_other_targets_are_no_duplicates(audits: Any) -> None:
    text = audits.story(1)
    documents = [
        Document(text, stances=(GoldStance("ferry", "favor"),)),
        Document(text, stances=(GoldStance("bridge", "favor"),)),
    ]
    assert not audits.find(documents)


def test_empty_texts_have_nothing_in_common(audits: Any) -> None:
    assert not audits.find([Document(""), Document(""), Document("", title="Ferry"), Document("", title="Bridge")])
    assert audits.find([Document("", title="Ferry"), Document("", title="Ferry")])["NS101"].count == 1


def test_ns102_counts_a_text_that_comes_again_with_changes(audits: Any) -> None:
    documents = audits.articles(4)
    changed = Document(documents[2].text + " More in the evening.", id="later")
    found = audits.find([*documents, changed])
    assert found.keys() == {"NS102"}
    assert [(example.id, example.note) for example in found["NS102"].examples] == [("later", "as a2")]


def test_ns102_names_the_text_that_it_is_likest(audits: Any) -> None:
    words = " ".join(audits.story(n) for n in range(3)).split()
    parts = [Document(" ".join(words[n : n + 40]), id=f"from {n}") for n in (0, 4, 8, 12)]
    notes = {example.id: example.note for example in audits.find(parts)["NS102"].examples}
    assert notes == {"from 4": "as from 0", "from 8": "as from 4", "from 12": "as from 8"}


def test_ns104_counts_other_texts_of_the_same_id(audits: Any) -> None:
    first, second, third = audits.articles(3)
    found = audits.find([first, replace(second, id=first.id), third, replace(third, text=third.text + "\n")])
    assert found.keys() == {"NS101", "NS104"}
    (example,) = found["NS104"].examples
    assert example.note.endswith("corpus.jsonl, document 1") and example.place.endswith("document 2")


def test_ns103_counts_texts_whose_labels_contradict_each_other(audits: Any) -> None:
    text = audits.story
    documents = [
        Document(text(1), id="t1", topics=("ferry",)),
        Document(text(1), id="t2", topics=("bridge",)),
        Document(text(2), id="l1", leaning="left"),
        Document(text(2), id="l2", leaning="right"),
        Document(text(3), id="s1", stances=(GoldStance("ferry", "favor"),)),
        Document(text(3), id="s2", stances=(GoldStance("ferry", "against"),)),
        Document(text(4), id="n1", topics=("ferry",)),
        Document(text(4), id="n2"),
    ]
    found = audits.find(documents)
    assert [example.note for example in found["NS103"].examples] == [
        "and t2: different topics",
        "and l2: different leanings",
        "and s2: different stances",
    ]
