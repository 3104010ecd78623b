"""FNC-1 (Fake News Challenge 2017): the bodies of news articles against headlines. Not for scoring its task."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from newsstand.documents import Document, GoldStance
from newsstand.errors import InputError
from train.importers.stance.files import SourceFile, one_file
from train.importers.stance.rows import Item, Labels, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "fnc-1"
LICENCE = "Apache-2.0"
SOURCE = "https://github.com/FakeNewsChallenge/fnc-1"
PART_OF = {
    "train_bodies.csv": "train",
    "train_stances.csv": "train",
    "competition_test_bodies.csv": "test",
    "competition_test_stances.csv": "test",
}
LABELS: Labels = {
    "agree": "favor",
    "disagree": "against",
    "discuss": "neutral",
    "unrelated": None,
    "0": "favor",
    "1": "against",
    "2": "neutral",
    "3": None,
}

_BODIES = TableLayout(("Body ID", "articleBody"))
_FILES = {"train": "train", "test": "competition_test"}


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:
    """Yield a document for each body, with its stances towards all headlines it was judged for; a headline is the target."""
    for part, name in _FILES.items():
        if not selection.wants(part) or not any(file.part == part for file in files):
            continue
        bodies = one_file(files, f"{name}_bodies.csv")
        judged, errors = _judgments(one_file(files, f"{name}_stances.csv"))
        yield from errors
        for item in build_each(table_rows(bodies, _BODIES), _body):
            if isinstance(item, InputError):
                yield item
            else:
                yield replace(
                    item, id=f"{CORPUS}/{part}/{item.id}", stances=tuple(dict.fromkeys(judged.get(item.id or "", ())))
                )


def _judgments(file: SourceFile) -> tuple[dict[str, list[GoldStance]], list[InputError]]:
    column = "Body_ID" if re.match(rb"[^\r\n]*Body_ID", file.content) else "Body ID"  # published in both spellings
    by_body: dict[str, list[GoldStance]] = {}
    errors = []
    rows = table_rows(file, TableLayout(("Headline", column, "Stance")))
    for item in build_each(rows, lambda row: (row.text(column), row.stance(row.text("Headline"), "Stance", LABELS))):
        if isinstance(item, InputError):
            errors.append(item)
        else:
            by_body.setdefault(item[0], []).append(item[1])
    return by_body, errors


def _body(row: Row) -> Document:
    return Document(text=row.text("articleBody"), id=row.text("Body ID"), language="en")
