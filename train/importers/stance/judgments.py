"""Newsstand's own gold stances for texts that others publish, as the files in data/ hold them. Not for the texts."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from newsstand.documents import GoldStance
from newsstand.resources import data_file
from train.importers.stance.rows import Labels, translate

LICENCE = "Apache-2.0"  # of the stances
LABELS: Labels = {"favor": "favor", "against": "against", "neutral": "neutral"}
KEY_LENGTH = 12

Judgment = Mapping[str, str]
"""A row of such a file by its columns, ``target`` and ``stance`` among them."""


def rows_by(file: str, column: str) -> Mapping[str, Sequence[Judgment]]:
    """The rows of a file by what they say in a column."""
    by_key: dict[str, list[Judgment]] = defaultdict(list)
    with data_file(file).open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            by_key[row[column]].append(row)
    return by_key


def gold(rows: Iterable[Judgment], file: str, labels: Labels = LABELS) -> tuple[GoldStance, ...]:
    """The gold stances that some rows of a file give."""
    return tuple(GoldStance(row["target"], translate(row["stance"], "stance", labels, file)) for row in rows)


def text_key(text: str) -> str:
    """What stands for a text in a file that must not hold it: the first twelve hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]
