"""Labelled documents as pairs of a target and passages to learn from. Not for learning from them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import STANCES
from newsstand.stance.head import NEUTRAL
from newsstand.stance.passages import Passage, passages
from newsstand.stance.targets import KnownTargets, read_article
from train.corpora import LabelledCorpus


@dataclass(frozen=True)
class StanceExamples:
    """Every gold stance of some corpora: its target, what is read for it, and where it comes from.

    Parameters
    ----------
    targets : list of str
    read : list of list of Passage
    gold : array of int, shape (n,)
        Favor, against, neutral; a target that is not mentioned counts as neutral.
    document, corpus : arrays of int, shape (n,)
    text_hash : array of int, shape (n,)
        Of the text of each document, the same in every training.
    mentioned : array of bool, shape (n,)
        Whether the mention finder finds the target.
    """

    targets: list[str]
    read: list[list[Passage]]
    gold: NDArray[np.intp]
    document: NDArray[np.intp]
    corpus: NDArray[np.intp]
    text_hash: NDArray[np.intp]
    mentioned: NDArray[np.bool_]

    def subset(self, rows: NDArray[np.intp]) -> StanceExamples:
        """Some of the examples, in the order of ``rows``."""
        chosen = rows.tolist()
        return StanceExamples(
            [self.targets[row] for row in chosen],
            [self.read[row] for row in chosen],
            self.gold[rows],
            self.document[rows],
            self.corpus[rows],
            self.text_hash[rows],
            self.mentioned[rows],
        )


def stance_examples(corpora: Sequence[LabelledCorpus], known: KnownTargets) -> StanceExamples:
    """Lay out the gold stances of all documents of all corpora."""
    targets, read, rows = [], [], []
    number = 0
    for corpus, labelled in enumerate(corpora):
        for document in labelled.documents:
            readings = read_article(document) if document.stances else []
            text_hash = zlib.crc32(document.text.encode("utf-8", "replace"))
            for gold in document.stances or ():
                found = known.find(gold.target, readings)
                own = passages(readings, found.mentions)
                if own:
                    targets.append(found.known.name if found.known else gold.target)
                    read.append(own)
                    label = NEUTRAL if gold.stance is None else STANCES.index(gold.stance)
                    rows.append((label, number, corpus, text_hash, found.mentioned))
            number += 1
    table = np.array(rows, np.intp).reshape(-1, 5)
    return StanceExamples(
        targets, read, table[:, 0], table[:, 1], table[:, 2], table[:, 3], mentioned=table[:, 4].astype(bool)
    )
