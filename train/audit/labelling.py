"""Labels with too few documents, and labels that are likely wrong. Not for the method behind the latter (train.audit.confident)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from newsstand.heads.svm import LabelwiseSVM
from newsstand.labels import LabelSet
from newsstand.text.vectorizer import HashedNgrams
from train.audit.confident import Suspect, suspects
from train.audit.entries import Entries
from train.audit.findings import Example, Finding
from train.calibration import fit_sigmoids
from train.corpora import MIN_POSITIVES, LabelledCorpus, choose_labels, topic_signs
from train.held_out import Folds, held_out

FOLDS = 4
MIN_DOCUMENTS = 20  # with a label, or models know too little of it to contradict anybody
MAX_FEATURES = 65_536


def find_rare_labels(entries: Entries) -> Iterator[Finding]:
    """Find topics and leanings with fewer documents than a training needs (NS201)."""
    topics = Counter(topic for entry in entries.own for topic in entry.document.topics or ())
    leanings = Counter(entry.document.leaning for entry in entries.own if entry.document.leaning)
    rare = [
        Example(f"{kind} {label}: {count}", details={"kind": kind, "label": label, "documents": count})
        for kind, counts in (("topic", topics), ("leaning", leanings))
        for label, count in sorted(counts.items(), key=lambda item: (item[1], item[0]))
        if count < MIN_POSITIVES
    ]
    yield Finding("NS201", len(rare), tuple(rare))


def find_label_errors(
    entries: Entries, corpora: Sequence[LabelledCorpus], taxonomy: LabelSet, on_progress: Callable[[float], None]
) -> Iterator[Finding]:
    """Find documents with a topic that is likely wrong or missing (NS202).

    Only topics: leanings are mostly ratings of outlets, and a model that contradicts them has not recognised the outlet.
    A missing topic is looked for only where the corpus gives every topic that applies.
    """
    labels, _ = choose_labels(corpora, taxonomy)
    signs, annotated = topic_signs(corpora, labels)
    known = (signs > 0).sum(axis=0) >= MIN_DOCUMENTS
    rows = np.flatnonzero((signs != 0).any(axis=1))
    if known.sum() < 2:
        return
    found = suspects(
        _held_out_probabilities(entries, signs, rows, on_progress),
        annotated[rows] & known,
        (signs[rows] < 0) & known,
        exclusive=bool((annotated[rows].sum(axis=1) == 1).all()),
        complete=not any(corpus.header and corpus.header.main_topic_only for corpus in corpora),
    )
    first: dict[int, Suspect] = {}
    for suspect in found:
        first.setdefault(suspect.row, suspect)
    examples = [_example(entries, int(rows[row]), suspect, labels) for row, suspect in first.items()]
    yield Finding("NS202", len(examples), tuple(examples))


def _held_out_probabilities(
    entries: Entries, signs: NDArray[np.int8], rows: NDArray[np.int64], on_progress: Callable[[float], None]
) -> NDArray[np.float64]:
    """Calibrated probabilities, shape (n_rows, n_labels), from models that saw neither the document nor one like it."""
    documents = [entries.own[row].document for row in rows.tolist()]
    vectorizer = HashedNgrams(max_n=1, min_df=min(8, 2 + len(rows) // 5000), max_features=MAX_FEATURES, n_jobs=-1)
    try:
        X = vectorizer.fit_transform(documents)
    except ValueError:  # nothing but empty texts, or no word in two of them
        return np.full((len(rows), signs.shape[1]), 0.5)
    near = np.array(entries.near, np.intp)[rows]
    _, group = np.unique(near, return_inverse=True)
    folds = np.random.default_rng(0).permutation(int(group.max()) + 1)[group] % FOLDS
    svm = LabelwiseSVM(C=0.3, n_jobs=-1)
    margins = held_out(svm, X, signs[rows], Folds(folds.astype(np.int8), near), on_progress=on_progress).margins
    slope, offset = fit_sigmoids(margins, signs[rows])
    log_odds = np.clip(slope * margins.astype(np.float64) + offset, -500, 500)
    probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-log_odds))
    return probabilities


def _example(entries: Entries, row: int, suspect: Suspect, labels: LabelSet) -> Example:
    given = None if suspect.given is None else labels.ids[suspect.given]
    suggested = labels.ids[suspect.suggested]
    likely = f"{suggested} ({suspect.doubt:.2f})"
    return entries.own[row].example(
        f"perhaps also {likely}" if given is None else f"given {given} ({suspect.trust:.2f}), more likely {likely}",
        given=given,
        suggested=suggested,
        probability=round(suspect.doubt, 4),
        given_probability=None if given is None else round(suspect.trust, 4),
    )
