"""NS601: texts in another language than most."""

from __future__ import annotations

from typing import Any

from newsstand.documents import Document

GERMAN = (
    "Der Gemeinderat hat am Montag beschlossen, die alte Fähre durch eine Brücke zu ersetzen. Die Kosten trägt das Land, "
    "und die Arbeiten sollen im Frühjahr beginnen. Viele Anwohner sind dagegen, weil sie den Lärm der Baustelle fürchten."
)


def test_ns601_finds_texts_in_another_language(audits: Any) -> None:
    found = audits.find([*audits.articles(5), Document(GERMAN, id="de")])
    assert found.keys() == {"NS601"}
    assert [(example.id, example.note) for example in found["NS601"].examples] == [("de", "de, not en")]


def test_a_corpus_in_one_language_is_fine_whichever_it_is(audits: Any) -> None:
    assert not audits.find([Document(GERMAN)])


def test_short_texts_are_not_guessed_at(audits: Any) -> None:
    assert not audits.find([*audits.articles(5), Document("Die alte Fähre")])


def test_tables_of_figures_have_no_language(audits: Any) -> None:
    table = "Ferry 34 vs 1.19 Net 3,100 vs 2,900 Revs 18.1 mln vs 17.5 mln Avg shrs 91,654 vs 90,000 " * 4
    assert not audits.find([*audits.articles(5), Document(table)])
