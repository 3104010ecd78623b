"""NS301, NS302 and NS303: what two sides of a split share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import SettingError
from train.audit import Report


def by_code(report: Report) -> dict[str, Any]:
    return {finding.code: finding for finding in report.findings}


def test_ns301_and_ns302_count_texts_that_the_other_file_has_too(audits: Any) -> None:
    shared, reprinted, own, *rest = audits.articles(12)
    train = audits.write("train.jsonl", [shared, reprinted, *rest])
    test = audits.write("test.jsonl", [own, shared, replace(reprinted, text=reprinted.text + " It rained.", id="re")])
    found = by_code(audits.report(test, against=train))
    assert found.keys() == {"NS301", "NS302"}
    assert [example.id for example in found["NS301"].examples] == ["a0"]
    assert [(example.id, example.note) for example in found["NS302"].examples] == [("re", "as a1")]
    assert found["NS301"].examples[0].place == f"{test}, document 2"


def test_only_the_file_itself_is_audited_not_the_one_it_is_held_against(audits: Any) -> None:
    broken = Document("The caf&eacute; \ufffd is open.")
    train = audits.write("train.jsonl", [broken, broken])
    assert not audits.report(audits.write("test.jsonl", audits.articles(2)), against=train).findings


def test_ns303_counts_outlets_by_registered_domain(audits: Any) -> None:
    articles = audits.articles(6)
    sources = ["www.gazette.example.com", "news.gazette.org", "post.com", "gazette.org", "post.com", "other.com"]
    documents = [replace(article, source=source) for article, source in zip(articles, sources, strict=True)]
    train, test = audits.write("train.jsonl", documents[:3]), audits.write("test.jsonl", documents[3:])
    found = by_code(audits.report(train, test, splits=True))
    assert found.keys() == {"NS303"}
    assert [example.details["outlet"] for example in found["NS303"].examples] == ["gazette.org", "post.com"]
    assert found["NS303"].examples[0].details["documents"] == {train: 1, test: 1}


def test_a_corpus_of_one_outlet_cannot_do_without_it_on_one_side(audits: Any) -> None:
    documents = audits.articles(4, source="post.com")
    train, test = audits.write("a.jsonl", documents[:2]), audits.write("b.jsonl", documents[2:])
    assert not audits.report(train, test, splits=True).findings


def test_files_of_one_corpus_may_share_outlets(audits: Any) -> None:
    documents = audits.articles(4, source="post.com")
    assert not audits.report(audits.write("a.jsonl", documents[:2]), audits.write("b.jsonl", documents[2:])).findings


def test_parts_of_a_split_share_a_text_once(audits: Any) -> None:
    documents = audits.articles(4)
    paths = [audits.write(f"{n}.jsonl", [documents[0], documents[n]]) for n in (1, 2, 3)]
    found = by_code(audits.report(*paths, splits=True))
    assert found.keys() == {"NS301"}
    assert [example.place for example in found["NS301"].examples] == [f"{path}, document 1" for path in paths[1:]]


def test_a_split_needs_two_files_and_none_twice(audits: Any) -> None:
    path = audits.write("a.jsonl", audits.articles(2))
    with pytest.raises(SettingError, match="needs the files of all parts"):
        audits.report(path, splits=True)
    with pytest.raises(SettingError, match="named twice"):
        audits.report(path, against=path)
