"""How familiar the texts of a training corpus are to the run, by length: from what on a text is strange. Not for judging one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from newsstand import kernel
from newsstand.documents import Document
from newsstand.heads.familiarity import Familiarity

ENOUGH = 20_000
"""Documents from which it is measured: the n-grams of fewer are known to the run because they are theirs, not because they are usual."""

LENGTHS = 8
SHARE = 0.5
"""Per cent of the training corpus that may be strange to it."""

SHORT = 60


def measure_familiarity(
    norm: Callable[[Document], tuple[float, int]], documents: Sequence[Document]
) -> Familiarity | None:
    """The values below which half a per cent of the documents of a length lie, ``None`` where there are too few.

    Parameters
    ----------
    norm : callable
        Length of a document's vector before it is normalised, and the number of its words.
    documents : sequence of Document
        Measured whole, and by their first 60 words without title, so that short texts have values of their own.
    """
    if len(documents) < ENOUGH:
        return None
    texts = [*documents, *(Document(" ".join(document.text.split()[:SHORT])) for document in documents[::2])]
    found = [(words, length * length / words) for length, words in map(norm, texts) if words >= 12]
    if len(found) < ENOUGH:
        return None
    measured = np.array(sorted(found))
    parts = np.array_split(measured, LENGTHS)
    words = [int(np.median(part[:, 0])) for part in parts]
    least = [float(np.percentile(part[:, 1], SHARE)) for part in parts]
    keep = [n for n in range(LENGTHS) if n == 0 or words[n] > words[n - 1]]
    return Familiarity(tuple(words[n] for n in keep), tuple(round(least[n], 4) for n in keep))


def norm_by(scorer: kernel.Scorer) -> Callable[[Document], tuple[float, int]]:
    """What :func:`measure_familiarity` needs of a scorer."""

    def norm(document: Document) -> tuple[float, int]:
        _, words, length = scorer.measure(kernel.encode(document.title), kernel.encode(document.text))
        return length, words

    return norm
