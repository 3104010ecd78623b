"""Published texts with other targets than their publisher asked about: comments of VAST, posts of SemEval-2016. Not for news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from newsstand.documents import Document
from train.importers.stance import judgments, semeval, vast
from train.importers.stance.files import SourceFile
from train.importers.stance.rows import Item, Labels, Selection


class Published(Protocol):
    """What reads a published corpus."""

    @property
    def SOURCE(self) -> str:  # noqa: N802 - a module's constant
        """Where it is published."""

    @property
    def PART_OF(self) -> Mapping[str, str]:  # noqa: N802 - a module's constant
        """The part that each of its files belongs to."""

    def read(self, files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:
        """Yield its documents, an error standing in for a malformed record."""


@dataclass(frozen=True)
class JudgedCorpus:
    """The texts of the training part of a corpus, with Newsstand's own gold stances instead of the published ones.

    Parameters
    ----------
    published : StanceCorpus
        The module that reads the published corpus.
    CORPUS : str
        Name of this one; our file in data/ has it too, and in its column ``text`` the keys of the texts.
    LICENCE : str
    """

    published: Published
    CORPUS: str
    LICENCE: str
    LABELS: Labels = field(default_factory=lambda: judgments.LABELS)

    @property
    def SOURCE(self) -> str:  # noqa: N802 - as a module's constant
        """Where the texts are published."""
        return self.published.SOURCE

    @property
    def PART_OF(self) -> Mapping[str, str]:  # noqa: N802 - as a module's constant
        """The published files of the training part."""
        return {file: part for file, part in self.published.PART_OF.items() if part == "train"}

    @cached_property
    def _judgments(self) -> Mapping[str, Sequence[judgments.Judgment]]:
        return judgments.rows_by(self._file, "text")

    @property
    def _file(self) -> str:
        return f"{self.CORPUS}.csv"

    def read(self, files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:
        """Yield a document for each text that has gold stances of ours, once."""
        left = dict(self._judgments)
        for item in self.published.read(files, selection):
            if not isinstance(item, Document):
                yield item
                continue
            key = judgments.text_key(item.text)
            if key in left:
                stances = judgments.gold(left.pop(key), self._file)
                yield replace(item, id=f"{self.CORPUS}/train/{key}", source=None, stances=stances)


VAST_TARGETS = JudgedCorpus(
    vast, "vast-targets", f"stances {judgments.LICENCE}; the comments: not stated, research use"
)
SEMEVAL_TARGETS = JudgedCorpus(
    semeval, "semeval2016-targets", f"stances {judgments.LICENCE}; the tweets: terms of the SemEval-2016 task"
)
