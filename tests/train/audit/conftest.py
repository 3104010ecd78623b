"""Invented articles, and an audit of a few of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.formats import CorpusHeader, write_documents
from train.audit import AuditOptions, Finding, Report, audit_files
from train.progress import ErrorTally

_WORDS = (
    "the a of to and in harbour council ferry budget bridge school minister vote library storm farm railway court museum "
    "reservoir tenants engineers nurses committee report mayor market island valley winter spring said plans cost built "
    "closed opened met agreed refused repaired counted measured painted delayed promised"
).split()


def story(number: int, words: int = 60) -> str:
    """A text in something like English that no other number has."""
    draw = random.Random(number)
    sentences = []
    while words > 0:
        length = min(words, draw.randrange(8, 14))
        sentences.append(" ".join(draw.choice(_WORDS) for _ in range(length)).capitalize() + ".")
        words -= length
    return " ".join(sentences)


def articles(count: int, **fields: object) -> list[Document]:
    """Different articles with the same metadata."""
    return [Document(story(n), id=f"a{n}", **fields) for n in range(count)]  # type: ignore[arg-type]


class Audits:
    """Writes documents to files and audits them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages: list[str] = []

    story = staticmethod(story)
    articles = staticmethod(articles)

    def write(self, name: str, documents: Sequence[Document], header: CorpusHeader | None = None) -> str:
        path = str(self.folder / name)
        write_documents(path, documents, header)
        return path

    def report(self, *files: str, **options: object) -> Report:
        return audit_files(
            AuditOptions(files, **options),  # type: ignore[arg-type]
            lambda: ErrorTally(self.messages.append),
            lambda stage, share: None,
        )

    def find(self, documents: Sequence[Document], header: CorpusHeader | None = None) -> dict[str, Finding]:
        """The findings in one corpus, by code."""
        report = self.report(self.write("corpus.jsonl", documents, header))
        return {finding.code: finding for finding in report.findings}


@pytest.fixture
def audits(tmp_path: Path) -> Audits:
    return Audits(tmp_path)
