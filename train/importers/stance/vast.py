"""VAST (Allaway and McKeown 2020): reader comments towards thousands of targets. Not for its sentiment-swapped test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from newsstand.documents import Document, GoldStance
from newsstand.errors import InputError
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Row, Selection, TableLayout, build_each, table_rows

CORPUS = "vast"
LICENCE = "not stated: research use"
SOURCE = "https://github.com/emilyallaway/zero-shot-stance"
PART_OF = {
    "vast_train.csv": "train",
    "vast_dev.csv": "dev",
    "vast_test.csv": "test",
    "raw_train_all_onecol.csv": "train",
    "raw_val_all_onecol.csv": "dev",
    "raw_test_all_onecol.csv": "test",
}
LABELS: Labels = {
    "0": "against",
    "1": "favor",
    "2": "neutral",
    "AGAINST": "against",
    "FAVOR": "favor",
    "NONE": "neutral",
}

_FOREIGN = "4"  # type_idx of a row that pairs a comment with the topic of another one
_UNSEEN = "0"


@dataclass(frozen=True)
class _Columns:
    text: str
    topic: str
    label: str


_PUBLISHED = _Columns("post", "topic_str", "label")
_ONE_COLUMN = _Columns("Tweet", "Target 1", "Stance 1")  # a copy that other authors share
_NEEDED = ("new_topic", "seen?")


@dataclass(frozen=True)
class _Judgment:
    text: str
    topic: str
    stance: GoldStance
    number: int


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:
    """Yield a document for each comment, with its stances towards all targets that it was judged for.

    The corpus gives topics in two forms: lower-case lemmas without stop words (``topic_str``), and as a person wrote them
    (``new_topic``). A foreign topic has only the first, beside the written form of another. So a target is the form most often
    written for its lemmas, which does not give away which ones are foreign.
    """
    for file in files:
        columns = _columns_of(file)
        layout = TableLayout((columns.text, columns.topic, columns.label, *_NEEDED))
        written = _written_forms(table_rows(file, layout), columns)
        comments: dict[str, list[_Judgment]] = defaultdict(list)
        rows = (row for row in table_rows(file, layout) if _is_wanted(row, selection))
        for item in build_each(rows, partial(_judgment, columns=columns, written=written)):
            if isinstance(item, InputError):
                yield item
            else:
                comments[item.text].append(item)
        yield from (_document(judgments, file.part) for judgments in comments.values())


def _columns_of(file: SourceFile) -> _Columns:
    names = file.content.split(b"\n", 1)[0]
    return _ONE_COLUMN if _ONE_COLUMN.topic.encode() in names else _PUBLISHED


def _is_wanted(row: Row | InputError, selection: Selection) -> bool:
    return isinstance(row, InputError) or not selection.unseen_targets or row.cells["seen?"].strip() == _UNSEEN


def _written_forms(rows: Iterator[Row | InputError], columns: _Columns) -> dict[str, str]:
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if isinstance(row, Row) and not _may_be_foreign(row, columns) and row.cells["new_topic"].strip():
            forms[row.cells[columns.topic].strip()][row.cells["new_topic"].strip()] += 1
    return {topic: counts.most_common(1)[0][0] for topic, counts in forms.items()}


def _may_be_foreign(row: Row, columns: _Columns) -> bool:
    if "type_idx" in row.cells:
        return row.cells["type_idx"].strip() == _FOREIGN
    return LABELS.get(row.cells[columns.label].strip()) == "neutral"


def _judgment(row: Row, columns: _Columns, written: dict[str, str]) -> _Judgment:
    topic = row.text(columns.topic)
    target = written.get(topic, topic)
    return _Judgment(row.text(columns.text), topic, row.stance(target, columns.label, LABELS), row.number)


def _document(judgments: list[_Judgment], part: str) -> Document:
    first = judgments[0]
    return Document(
        text=first.text,
        id=f"{CORPUS}/{part}/{first.number}",
        language="en",
        stances=tuple(dict.fromkeys(judgment.stance for judgment in judgments)),
    )
