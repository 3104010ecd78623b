"""Is one run better than another? Paired differences on the same labelled documents. Not for the figures of one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.heads.topics import TopicHead
from newsstand.labels import LabelSet
from newsstand.metrics import Sums, differences, leaning_sums, stance_sums, topic_sums
from newsstand.stance.heads import StanceHeads
from newsstand.stance.modes import StanceMode
from newsstand.tagger import Tagger
from train.corpora import LabelledCorpus, leaning_signs, main_topic_only, topic_signs
from train.judge import Scored, found_nothing, probabilities_of
from train.stance.judging import score_stances

HIGHER_IS_BETTER = {
    "topics": ("micro_f1", "macro_f1", "hit_at_1", "hit_at_3"),
    "leaning": ("macro_f1", "accuracy"),
    "stance": ("macro_f1", "f_avg", "accuracy"),
}
LOWER_IS_BETTER = ("ece",)


def compare_runs(
    first: Tagger,
    second: Tagger,
    corpora: Sequence[LabelledCorpus],
    heads: Sequence[str],
    on_progress: Callable[[float], None] = lambda share: None,
    mode: StanceMode | None = None,
) -> dict[str, Any]:
    """Figures of two runs on the same documents and their differences, by head.

    Topics are compared by the labels that both runs know, stances by those that the heads of ``mode`` give, the accurate ones
    where it does not say which. Documents are drawn one by one.

    Returns
    -------
    dict
        For each head ``first`` and ``second`` (the figures of each run), ``difference`` (second less first), ``intervals`` of the
        differences, ``n``; ``better`` and ``worse``: the figures in which the second run is so beyond chance. For topics also
        ``labels`` (how many are compared), ``only_first`` and ``only_second`` (labels that only one of the runs knows).

    Raises
    ------
    InputError
        If the runs share no head and no label that the documents have gold labels for.
    """
    documents = [document for corpus in corpora for document in corpus.documents]
    topics, leanings = zip(
        probabilities_of(first, documents, lambda share: on_progress(share / 2)),
        probabilities_of(second, documents, lambda share: on_progress((1 + share) / 2)),
        strict=True,
    )
    report: dict[str, Any] = {}
    if first.run.topics and second.run.topics and "topics" in heads:
        report |= _topics((first.run.topics, second.run.topics), topics, corpora)
    if first.run.leaning and second.run.leaning and "leaning" in heads:
        signs = leaning_signs(documents)
        rows = np.flatnonzero((signs > 0).any(axis=1))
        if len(rows):
            gold = signs[rows].argmax(axis=1)
            limits = (first.run.leaning.threshold, second.run.leaning.threshold)
            pair = [leaning_sums(part[rows], gold, limit) for part, limit in zip(leanings, limits, strict=True)]
            report["leaning"] = _compared("leaning", *pair)
    if first.run.stance and second.run.stance and "stance" in heads and any(document.stances for document in documents):
        report["stance"] = _stances((first.run.stance, second.run.stance), documents, mode)
    if not report:
        raise InputError(
            f"nothing to compare: the runs {first.run.name!r} and {second.run.name!r} know no label in common that the "
            "documents have; 'newsstand corpus stats' shows their labels"
        )
    return report


def is_worse(report: dict[str, Any]) -> bool:
    """Whether the second run is worse than the first in any figure, beyond chance."""
    return any(figures["worse"] for figures in report.values())


def _topics(
    runs: tuple[TopicHead, TopicHead],
    probabilities: tuple[NDArray[np.float32], ...],
    corpora: Sequence[LabelledCorpus],
) -> dict[str, Any]:
    shared = [topic for topic in runs[0].labels.ids if topic in runs[1].labels]
    documents = [document for corpus in corpora for document in corpus.documents]
    labels = LabelSet("shared", tuple(runs[0].labels[topic] for topic in runs[0].labels.with_parents(shared)))
    signs, annotated = topic_signs(corpora, labels)
    columns = [labels.position(topic) for topic in shared]
    signs, annotated = signs[:, columns], annotated[:, columns]
    rows = np.flatnonzero(annotated.any(axis=1) | found_nothing(documents, signs))
    if not annotated.any():
        return {}
    only = main_topic_only(corpora)
    pair = []
    for head, found in zip(runs, probabilities, strict=True):
        scored = Scored.by(head, found, only).part(rows)
        own = [head.labels.position(topic) for topic in shared]
        pair.append(
            topic_sums(
                scored.probabilities[:, own],
                scored.ranking[:, own],
                scored.given[:, own],
                signs[rows],
                annotated[rows],
                confidence=scored.confidence if len(own) == len(head.labels) else None,
            )
        )
    return {
        "topics": _compared("topics", *pair)
        | {
            "labels": len(shared),
            "only_first": [topic for topic in runs[0].labels.ids if topic not in shared],
            "only_second": [topic for topic in runs[1].labels.ids if topic not in shared],
        }
    }


def _stances(
    runs: tuple[StanceHeads, StanceHeads], documents: Sequence[Document], mode: StanceMode | None
) -> dict[str, Any]:
    pair = []
    for heads in runs:
        scored = score_stances(heads, documents, mode)
        pair.append(stance_sums(scored.probabilities, scored.gold).by(scored.document))
    return _compared("stance", *pair)


def _compared(head: str, first: Sums, second: Sums) -> dict[str, Any]:
    found = differences(first, second)
    intervals = found.pop("intervals", {})
    sides = dict.fromkeys(HIGHER_IS_BETTER[head], 1) | dict.fromkeys(LOWER_IS_BETTER, -1)
    signed = {name: sorted(side * end for end in intervals[name]) for name, side in sides.items() if name in intervals}
    return {
        "n": len(first.rows),
        "first": first.values,
        "second": second.values,
        "difference": found,
        "intervals": intervals,
        "better": [name for name, (low, _) in signed.items() if low > 0],
        "worse": [name for name, (_, high) in signed.items() if high < 0],
    }
