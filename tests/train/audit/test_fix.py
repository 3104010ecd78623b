"""--fix writes a cleaned copy, and beside it what went and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError, SettingError
from newsstand.formats import CorpusHeader, read_documents, read_header
from train.audit.fix import removed_path

SIGN_UP = "Sign up for the Oldhaven morning letter."
HEADER = CorpusHeader("mine", "CC0-1.0", scope=("ferry",))


def dirty(audits: Any) -> list[Document]:
    articles = [replace(d, source=f"{'ab'[n % 2]}.com") for n, d in enumerate(audits.articles(30))]
    documents = [replace(d, text=f"{d.text}\n{SIGN_UP}") if n % 2 and n < 24 else d for n, d in enumerate(articles)]
    documents[0] = replace(documents[0], text=f"By Ada Lindqvist\n{documents[0].text} It&#39;s late.\x00")
    return [
        *documents,
        replace(documents[2], id="again"),
        replace(documents[4], id="one", topics=("ferry",)),
        replace(documents[4], id="other", topics=()),
        Document(SIGN_UP, id="empty", source="b.com"),
    ]


def removed(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_a_cleaned_copy_has_no_fixable_finding_left(audits: Any) -> None:
    source = audits.write("corpus.jsonl", dirty(audits), HEADER)
    clean = str(audits.folder / "clean.jsonl")
    report = audits.report(source, fix=clean)
    assert {finding.code for finding in report.findings} >= {"NS101", "NS103", "NS401", "NS402", "NS503", "NS504"}
    assert not {finding.code for finding in audits.report(clean).findings} - {"NS201"}
    assert read_header(clean) == HEADER
    kept = {document.id: document for document in read_documents(clean)}
    assert len(kept) == 29 and not kept.keys() & {"again", "one", "other", "a4", "empty"}
    assert kept["a0"].text == f"{audits.story(0)} It's late."
    assert all(SIGN_UP not in document.text for document in kept.values())


def test_everything_that_went_is_listed_with_the_reason(audits: Any) -> None:
    source = audits.write("corpus.jsonl", dirty(audits))
    report = audits.report(source, fix=str(audits.folder / "clean.jsonl"))
    records = removed(audits.folder / "clean.removed.jsonl")
    documents = {record["id"]: record["code"] for record in records if record.get("removed") == "document"}
    assert documents == {"again": "NS101", "a4": "NS103", "one": "NS103", "other": "NS103", "empty": "NS401"}
    assert {"code": "NS402", "removed": "sentences", "place": f"{source}, document 1", "id": "a0"}.items() <= next(
        record for record in records if record["code"] == "NS402"
    ).items()
    assert {record["code"] for record in records if "repaired" in record} == {"NS503", "NS504"}
    assert report.fixed == {
        "path": str(audits.folder / "clean.jsonl"),
        "removed_path": str(audits.folder / "clean.removed.jsonl"),
        "documents": 29,
        "removed_documents": 5,
        "removed_sentences": 14,
        "repaired_documents": 1,
    }


def test_what_the_other_side_has_is_dropped(audits: Any) -> None:
    documents = audits.articles(6)
    train = audits.write("train.jsonl", documents[:3])
    nearly = replace(documents[1], text=documents[1].text + " It rained.", id="near")
    test = audits.write("test.jsonl", [documents[0], nearly, *documents[3:]])
    audits.report(test, against=train, fix=str(audits.folder / "clean.jsonl"))
    assert [document.id for document in read_documents(audits.folder / "clean.jsonl")] == ["a3", "a4", "a5"]
    assert [record["code"] for record in removed(audits.folder / "clean.removed.jsonl")] == ["NS301", "NS302"]


def test_a_clean_corpus_is_copied_as_it_is(audits: Any) -> None:
    documents = audits.articles(5)
    audits.report(audits.write("a.jsonl", documents, HEADER), fix=str(audits.folder / "b.csv.gz"))
    assert list(read_documents(audits.folder / "b.csv.gz")) == documents
    assert removed(audits.folder / "b.removed.jsonl") == []


def test_the_original_is_not_overwritten_and_nothing_is_written_in_vain(audits: Any) -> None:
    path, other = (audits.write(f"{name}.jsonl", audits.articles(3)) for name in ("a", "b"))
    before = Path(path).read_bytes()
    with pytest.raises(SettingError, match="would overwrite"):
        audits.report(path, fix=path)
    with pytest.raises(SettingError, match="would overwrite"):
        audits.report(path, against=other, fix=other)
    with pytest.raises(SettingError, match="one FILE at a time"):
        audits.report(path, other, fix=str(audits.folder / "c.jsonl"))
    with pytest.raises(SettingError, match="takes no '-'"):
        audits.report(path, fix="-")
    with pytest.raises(SettingError, match="there is no folder"):
        audits.report(path, fix=str(audits.folder / "none" / "c.jsonl"))
    with pytest.raises(FormatError, match="unknown kind of file"):
        audits.report(path, fix=str(audits.folder / "c.docx"))
    with pytest.raises(InputError, match="nothing would be left"):
        audits.report(path, against=other, fix=str(audits.folder / "c.jsonl"))
    assert Path(path).read_bytes() == before
    assert sorted(file.name for file in audits.folder.iterdir()) == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize("name", ["clean.jsonl", "clean.csv.gz", "clean.tsv.zst", "clean.parquet", "clean.ndjson"])
def test_the_list_is_named_after_the_corpus(name: str) -> None:
    assert removed_path(f"out/{name}") == Path("out/clean.removed.jsonl")
