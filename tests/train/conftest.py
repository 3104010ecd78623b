"""Small corpora made of invented sentences, for trainings that take no time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand.documents import Document
from newsstand.formats import CorpusHeader
from train.corpora import LabelledCorpus

WORDS = {
    "sport": ["goal", "coach", "referee", "penalty", "striker", "league", "stadium", "cup", "keeper", "fans"],
    "economy": ["bank", "prices", "inflation", "exports", "currency", "growth", "tariffs", "wages", "budget", "shares"],
    "health": [
        "hospital",
        "nurses",
        "vaccine",
        "clinic",
        "surgeons",
        "patients",
        "virus",
        "doctors",
        "medicine",
        "beds",
    ],
    "left": ["workers", "unions", "solidarity", "fairness", "greedy", "landlords"],
    "right": ["taxpayers", "freedom", "tradition", "heritage", "overreach", "bureaucrats"],
    "center": ["analysts", "compromise", "figures", "committee", "meanwhile", "moderate"],
}
FILLER = [
    "the",
    "town",
    "said",
    "on",
    "that",
    "with",
    "people",
    "after",
    "from",
    "old",
    "street",
    "river",
    "morning",
    "news",
    "about",
    "year",
    "their",
    "in",
]

MakeDocument = Callable[..., Document]
MakeCorpus = Callable[..., LabelledCorpus]


def _text(subjects: Sequence[str], random: np.random.Generator, n_words: int) -> str:
    words = [
        random.choice(WORDS[random.choice(list(subjects))]) if subjects and n % 3 == 0 else random.choice(FILLER)
        for n in range(n_words)
    ]
    return " ".join(str(word) for word in words).capitalize() + "."


@pytest.fixture
def make_documents() -> Callable[..., list[Document]]:
    """Makes n documents that use the words of some subjects, from a few outlets."""

    def make(n: int, about: Sequence[str] = (), *, outlets: int = 6, seed: int = 0, **gold: Any) -> list[Document]:
        random = np.random.default_rng([seed, *map(ord, "".join(about))])
        return [
            Document(_text(about, random, 60), source=f"paper{random.integers(outlets)}.example.com", **gold)
            for _ in range(n)
        ]

    return make


@pytest.fixture
def make_corpus() -> MakeCorpus:
    """Makes a corpus of documents as if it had been read from a file."""

    def make(documents: Sequence[Document], name: str = "made-up", **header: Any) -> LabelledCorpus:
        return LabelledCorpus(Path(f"{name}.jsonl"), CorpusHeader(name, **header), list(documents), "sha256:0")

    return make


@pytest.fixture
def write_corpus(tmp_path: Path) -> Callable[..., Path]:
    """Writes a JSONL file of documents, with a header if one is given."""

    def write(documents: Sequence[Document], name: str = "corpus.jsonl", **header: Any) -> Path:
        lines = [CorpusHeader(**header).to_dict()] if header else []
        records = [*lines, *(document.to_dict() for document in documents)]
        (tmp_path / name).write_text("".join(json.dumps(record) + "\n" for record in records))
        return tmp_path / name

    return write
