"""The documents under audit, with where each stands and which are alike. Not for judging them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from newsstand.documents import Document
from train.audit.findings import Example
from train.split import NearDuplicates, near_duplicates, outlets


@dataclass(frozen=True, slots=True)
class Entry:
    """A document, its file, its number in it (from 1), and the part of the split that it is in."""

    document: Document
    path: str
    number: int
    part: int = 0

    @property
    def place(self) -> str:
        """File and number, for people."""
        return f"{self.path}, document {self.number}"

    @property
    def name(self) -> str:
        """Its id, or its place where it has none."""
        return self.document.id or self.place

    def example(self, note: str, **details: object) -> Example:
        """Point to this document."""
        return Example(note, self.place, self.document.id, details)


@dataclass(frozen=True)
class Entries:
    """All documents of an audit; those of the file that it is held against come last.

    Parameters
    ----------
    all : sequence of Entry
    n_own : int
        How many of them are audited themselves.
    """

    all: Sequence[Entry]
    n_own: int

    @property
    def own(self) -> Sequence[Entry]:
        """The documents that are audited."""
        return self.all[: self.n_own]

    @cached_property
    def texts(self) -> list[int]:
        """A number for each document; documents with the same words in the same order share one."""
        numbers: dict[bytes, int] = {}
        return [numbers.setdefault(_digest(entry.document, n), n) for n, entry in enumerate(self.all)]

    @cached_property
    def nearly_same(self) -> NearDuplicates:
        """Which documents have nearly the same text."""
        return near_duplicates([entry.document for entry in self.all])

    @cached_property
    def near(self) -> list[int]:
        """A number for each document; near-duplicates, and near-duplicates of these, share one."""
        numbers: list[int] = self.nearly_same.groups.tolist()
        return numbers

    @cached_property
    def outlets(self) -> list[str | None]:
        """Registered domain, or name, of the source of each document."""
        return outlets([entry.document for entry in self.all])

    def by_text(self) -> list[list[int]]:
        """Positions of the audited documents, those with the same text together, where there is more than one."""
        groups: dict[int, list[int]] = {}
        for n in range(self.n_own):
            groups.setdefault(self.texts[n], []).append(n)
        return [members for members in groups.values() if len(members) > 1]


def _digest(document: Document, number: int) -> bytes:
    words = (document.text if document.text.strip() else document.title).split()
    text = " ".join(words) if words else f"\0{number}"  # two empty documents have nothing in common
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
