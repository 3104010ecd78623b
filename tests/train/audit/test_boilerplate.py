"""NS401 and NS402: sentences that give the outlet away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from newsstand.documents import Document
from train.audit.boilerplate import is_credit

SIGN_UP = "Sign up for the Oldhaven morning letter."


def with_sentence(audits: Any, sentence: str, outlets: str) -> list[Document]:
    """Thirty articles of three outlets, one for each letter given ending with the sentence."""
    left = list(outlets)
    documents = []
    for n, article in enumerate(audits.articles(30)):
        outlet = "abc"[n % 3]
        ends = outlet in left
        if ends:
            left.remove(outlet)
        text = f"{article.text}\n{sentence}" if ends else article.text
        documents.append(replace(article, text=text, source=f"{outlet}.com"))
    assert not left
    return documents


def test_ns401_finds_a_sentence_that_recurs_in_one_outlet(audits: Any) -> None:
    found = audits.find(with_sentence(audits, SIGN_UP, "aaaaaaaa"))
    assert found.keys() == {"NS401"}
    (example,) = found["NS401"].examples
    assert example.details == {"outlet": "a.com", "documents": 8, "sentence": SIGN_UP}


@pytest.mark.parametrize(
    ("sentence", "outlets"),
    [
        (SIGN_UP, "aaaa"),  # four times is no habit
        (SIGN_UP, "aaaaabb"),  # others say it too
        ("Yes.", "aaaaaaaa"),  # too short to tell anybody's outlet
    ],
)
def test_a_sentence_that_others_use_or_that_is_rare_is_none(audits: Any, sentence: str, outlets: str) -> None:
    assert not audits.find(with_sentence(audits, sentence, outlets))


def test_a_corpus_of_one_outlet_has_no_other_to_be_told_from(audits: Any) -> None:
    documents = [replace(article, text=f"{article.text}\n{SIGN_UP}", source="a.com") for article in audits.articles(20)]
    assert not audits.find(documents)


def test_versions_of_one_article_count_once(audits: Any) -> None:
    quoted = "The harbour master called it the worst tide of the century."
    documents = audits.articles(20)
    versions = [Document(f"{audits.story(99)} {quoted}\nVersion {n}.", source="a.com") for n in range(8)]
    found = audits.find([replace(d, source=f"{'ab'[n % 2]}.com") for n, d in enumerate(documents)] + versions)
    assert found.keys() == {"NS102"}


def test_ns402_finds_bylines_and_credits(audits: Any) -> None:
    article = audits.articles(1)[0]
    text = f"By Ada Lindqvist and Tom Orme\n{article.text}\nKim Berg contributed to this report."
    found = audits.find([replace(article, text=text)])
    assert found.keys() == {"NS402"}
    assert [example.details["sentence"] for example in found["NS402"].examples] == [
        "By Ada Lindqvist and Tom Orme",
        "Kim Berg contributed to this report.",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "BY ADA LINDQVIST",
        "By Ada Lindqvist, Oldhaven Gazette",
        "Additional reporting by Tom Orme",
        "(Reporting by Tom Orme; Editing by Kim Berg)",
        "Staff writers Tom Orme and Kim Berg contributed reporting to this story.",
        "Follow Tom Orme on Twitter.",
        "Follow him @tomorme",
        "© 2024 Oldhaven Gazette",
        "Copyright 2024 The Oldhaven Gazette.",
        "All rights reserved.",
    ],
)
def test_a_credit_is_recognised(line: str) -> None:
    assert is_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "By Friday the ferry had stopped.",
        "By the river stands a mill.",
        "The storm contributed to the flood.",
        "Follow the money, she said.",
        "The report was written by a committee.",
        "The council asked for a copy of the contract.",
        "He contacted the mayor by e-mail.",
    ],
)
def test_an_ordinary_sentence_is_no_credit(line: str) -> None:
    assert not is_credit(line)
