"""A report is pleasant to read, complete as JSON, and never repeats an article."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from train.audit import CODES, format_report

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "audit.md"


def test_ns001_counts_malformed_records(audits: Any) -> None:
    (audits.folder / "a.jsonl").write_text('{"text": "fine"}\n{"text": 3}\n{"no": 1}\n')
    report = audits.report(str(audits.folder / "a.jsonl"))
    assert [(finding.code, finding.count) for finding in report.findings] == [("NS001", 2)]
    assert report.files == [
        {"path": str(audits.folder / "a.jsonl"), "corpus": None, "documents": 1, "malformed": 2},
    ]


def test_a_report_shows_three_examples_and_what_to_do(audits: Any) -> None:
    documents = [*audits.articles(5), *audits.articles(5)]
    path = audits.write("a.jsonl", documents)
    lines = format_report(audits.report(path)).splitlines()
    assert lines == [
        "10 documents in 1 file: 1 finding",
        "",
        "NS101  The same text again: 5 documents",
        *(f"       {path}, document {n + 6} (a{n}): as a{n}" for n in range(3)),
        "       → --fix keeps the first",
    ]


def test_a_clean_corpus_gets_one_line(audits: Any) -> None:
    report = audits.report(audits.write("a.jsonl", audits.articles(5)))
    assert format_report(report) == "5 documents in 1 file: nothing to complain of"


def test_json_has_everything_and_as_many_examples_as_asked_for(audits: Any) -> None:
    report = audits.report(audits.write("a.jsonl", [*audits.articles(5), *audits.articles(5)]))
    record = json.loads(json.dumps(report.to_dict(2)))
    assert record.keys() == {"files", "documents", "findings"}
    (finding,) = record["findings"]
    assert finding.keys() == {"code", "title", "count", "unit", "examples"}
    assert (finding["code"], finding["count"], len(finding["examples"])) == ("NS101", 5, 2)
    assert finding["examples"][0].keys() == {"place", "id", "earlier"}


def test_names_from_a_file_cannot_steer_the_terminal(audits: Any) -> None:
    documents = [Document(audits.story(1), id="\x1b[31mred\u202e"), Document(audits.story(1), id="x" * 500)]
    text = format_report(audits.report(audits.write("a.jsonl", documents)))
    assert "\x1b" not in text and "\u202e" not in text
    assert max(map(len, text.splitlines())) <= 160


def test_an_empty_file_is_bad_input(audits: Any) -> None:
    (audits.folder / "a.jsonl").write_text("")
    with pytest.raises(InputError, match="holds no document"):
        audits.report(str(audits.folder / "a.jsonl"))


def test_the_reference_lists_every_code() -> None:
    rows = re.findall(r"^\| `(NS\d{3})` \| (.+?) \| (yes|no) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(code.code, code.title, "yes" if code.fixed else "no") for code in CODES.values()]


def test_every_code_has_a_test_that_names_it() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for code in CODES:
        assert re.search(rf"def test_{code.lower()}_|def test_ns\d{{3}}_and_{code.lower()}_", tests), code
