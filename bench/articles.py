"""The articles that every system of a measurement sees, and one split of them by outlet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from newsstand.documents import Document
from newsstand.formats import read_documents
from train.split import learners, near_duplicate_groups, outlets

TEST_SHARE = 25
LARGEST_TEST_OUTLET = 1000


@dataclass(frozen=True)
class Split:
    """Articles to learn from, and articles of outlets that do not occur among them."""

    learn: list[Document]
    judge: list[Document]


def read_split(path: Path, split: str = "") -> Split:
    """A quarter of the outlets, chosen by a hash of their names, is held out; no giant, which would decide the figure alone.

    Near-duplicates of what is held out are not learned from. Another name of the split chooses other outlets.
    """
    documents = [d for d in read_documents(path) if d.topics and d.leaning]
    names = [name or "" for name in outlets(documents)]
    sizes = {name: names.count(name) for name in set(names)}
    held_out = {name for name in sizes if _hash(split + name) < TEST_SHARE and sizes[name] < LARGEST_TEST_OUTLET}
    fold = np.array([name in held_out for name in names], np.int8)
    learn = learners(fold, 1, near_duplicate_groups(documents))
    return Split([documents[n] for n in learn], [documents[n] for n in np.flatnonzero(fold)])


def _hash(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 100
