"""Published corpora of stances, read in the layout they came in. Not for corpora of topics (see train.importers)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from newsstand.documents import Document
from newsstand.errors import InputError, SettingError
from newsstand.formats import CorpusHeader
from train.importers.stance import (
    allsides,
    allsides_passages,
    emergent,
    fnc,
    iam,
    ibm_arguments,
    ibm_claims,
    judged,
    newsmtsc,
    persent,
    persent_paragraphs,
    perspectrum,
    semeval,
    vast,
)
from train.importers.stance.files import SourceFile, find_files
from train.importers.stance.rows import Item, Labels, Selection

__all__ = ["STANCE_CORPORA", "Selection", "StanceCorpus", "read_stances", "stance_header"]


class StanceCorpus(Protocol):
    """What a module of this package offers; its docstring says which layout it reads."""

    @property
    def CORPUS(self) -> str:  # noqa: N802 - a module's constant
        """Name of the corpus, in headers and document ids."""

    @property
    def LICENCE(self) -> str:  # noqa: N802 - a module's constant
        """The terms of its publisher."""

    @property
    def SOURCE(self) -> str:  # noqa: N802 - a module's constant
        """Where it is published."""

    @property
    def PART_OF(self) -> Mapping[str, str]:  # noqa: N802 - a module's constant
        """The part that each of its files belongs to, ``""`` for one with all parts."""

    @property
    def LABELS(self) -> Labels:  # noqa: N802 - a module's constant
        """The stance that each published label stands for; ``None`` says that the target is not mentioned."""

    def read(self, files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:
        """Yield its documents, an error standing in for a malformed record."""


STANCE_CORPORA: Mapping[str, StanceCorpus] = {
    "semeval2016-task6": semeval,
    "vast": vast,
    "newsmtsc": newsmtsc,
    "persent": persent,
    "persent-paragraphs": persent_paragraphs,
    "emergent": emergent,
    "fnc-1": fnc,
    "ibm-claim-stance": ibm_claims,
    "ibm-30k-arguments": ibm_arguments,
    "perspectrum": perspectrum,
    "iam": iam,
    "allsides-stances": allsides,
    "allsides-passages": allsides_passages,
    "vast-targets": judged.VAST_TARGETS,
    "semeval2016-targets": judged.SEMEVAL_TARGETS,
}
_PARTS_IN_FILES = {"ibm-claim-stance": ("train", "test"), "perspectrum": perspectrum.PARTS}


def stance_header(corpus: StanceCorpus) -> CorpusHeader:
    """Build the header of an imported corpus; its empty scope says that it annotates no topic."""
    return CorpusHeader(corpus.CORPUS, corpus.LICENCE, corpus.SOURCE, scope=())


def parts_of(corpus: StanceCorpus) -> tuple[str, ...]:
    """The parts that a corpus publishes."""
    return _PARTS_IN_FILES.get(corpus.CORPUS) or tuple(dict.fromkeys(corpus.PART_OF.values()))


def read_stances(
    corpus: StanceCorpus, path: str | Path, selection: Selection, on_error: Callable[[InputError], None]
) -> Iterator[Document]:
    """Stream the documents of a corpus.

    Parameters
    ----------
    corpus : StanceCorpus
        One of the table above.
    path : str or Path
        The published folder or any above it, a ``.zip`` or ``.tar`` of it, or one of its files.
    selection : Selection
        What to import of it.
    on_error : callable
        Receives the error of every malformed record.

    Raises
    ------
    FormatError
        If a file or archive is damaged or laid out differently.
    InputError
        If the files are not there.
    SettingError
        If the corpus has no such part, or does not say which targets are unseen.
    """
    if selection.part is not None and selection.part not in parts_of(corpus):
        raise SettingError(f"{corpus.CORPUS} has the parts {', '.join(parts_of(corpus))}, not {selection.part}")
    if selection.unseen_targets and corpus is not STANCE_CORPORA["vast"]:
        raise SettingError(f"{corpus.CORPUS} does not say which targets are unseen; only vast does")
    for item in corpus.read(find_files(path, corpus.PART_OF, selection.part), selection):
        if isinstance(item, InputError):
            on_error(item)
        else:
            yield item
