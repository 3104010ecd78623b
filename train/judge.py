"""The figures of a training, from margins on outlets never seen, and of a finished run, on any labelled documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand import metrics
from newsstand.documents import LEANINGS, STANCES, Document
from newsstand.errors import InputError
from newsstand.heads.leaning import LeaningHead
from newsstand.heads.topics import TopicHead
from newsstand.stance.heads import StanceHeads
from newsstand.stance.modes import StanceMode
from newsstand.tagger import Tagger
from train.corpora import LabelledCorpus, leaning_signs, topic_signs
from train.split import outlets


def judge_topics(
    head: TopicHead,
    probabilities: NDArray[np.float32],
    signs: NDArray[np.int8],
    annotated: NDArray[np.bool_],
    outlet_of_article: Sequence[str | None],
) -> dict[str, Any]:
    """Figures of the topic head on the articles that have an annotated topic, with a table by label under ``labels``."""
    rows = np.flatnonzero(annotated.any(axis=1))
    probabilities, signs, annotated = probabilities[rows], signs[rows], annotated[rows]
    given = head.given(probabilities)
    clusters = metrics.clusters_of([outlet_of_article[row] for row in rows.tolist()])
    figures = metrics.topic_metrics(probabilities, head.ranking(probabilities), given, signs, annotated, clusters)
    table = metrics.label_table(given, signs)
    return figures | {
        "labels": {topic.id: row for topic, row in zip(head.labels, table, strict=True) if row["support"]}
    }


def judge_leaning(
    head: LeaningHead,
    probabilities: NDArray[np.float32],
    signs: NDArray[np.int8],
    outlet_of_article: Sequence[str | None],
) -> dict[str, Any]:
    """Figures of the leaning head on the articles that have a gold leaning."""
    rows = np.flatnonzero((signs > 0).any(axis=1))
    gold, clusters = signs[rows].argmax(axis=1), metrics.clusters_of([outlet_of_article[row] for row in rows.tolist()])
    return metrics.leaning_metrics(probabilities[rows], gold, head.threshold, clusters)


def judge_stance(heads: StanceHeads, documents: Sequence[Document], mode: StanceMode | None = None) -> dict[str, Any]:
    """Figures of the stance heads on the documents that have gold stances."""
    probabilities, gold, targets, owner = [], [], [], []
    hits = said = 0
    for number, document in enumerate(documents):
        asked = [stance.target for stance in document.stances or ()]
        if not asked:
            continue
        found, mentioned = heads.probabilities(document, asked, mode)
        probabilities.append(found)
        targets += asked
        owner += [number] * len(asked)
        for stance, seen in zip(document.stances or (), mentioned, strict=True):
            gold.append(STANCES.index(stance.stance or "neutral"))
            hits += seen == (stance.stance is not None)
            said += seen
    stacked = np.concatenate(probabilities)
    clusters = np.unique(owner, return_inverse=True)[1].astype(np.intp)
    figures = metrics.stance_metrics(stacked, np.array(gold, np.intp), targets, clusters)
    confident = stacked.max(axis=1) >= heads.threshold(mode)
    right = stacked.argmax(axis=1) == np.array(gold)
    return figures | {
        "coverage": round(float(confident.mean()), 4),
        "selective_accuracy": round(float(right[confident].mean()), 4) if confident.any() else None,
        "mention_accuracy": round(hits / len(gold), 4),
        "mentioned": round(said / len(gold), 4),
    }


def judge_run(
    tagger: Tagger,
    corpora: Sequence[LabelledCorpus],
    heads: Sequence[str],
    on_progress: Callable[[float], None] = lambda share: None,
    mode: StanceMode | None = None,
) -> dict[str, Any]:
    """Figures of a run on labelled corpora, by head; heads without gold labels are left out.

    Stances are those that the heads of ``mode`` give, the accurate ones where it does not say which.

    Raises
    ------
    InputError
        If the documents have no label that the run could be judged by.
    """
    documents = [document for corpus in corpora for document in corpus.documents]
    names, report = outlets(documents), {}
    topics = np.zeros((len(documents), len(tagger.run.topics.labels) if tagger.run.topics else 0), np.float32)
    leanings = np.zeros((len(documents), len(LEANINGS) if tagger.run.leaning else 0), np.float32)
    for row, document in enumerate(documents):
        topics[row], leanings[row] = tagger.probabilities(document)
        if row % 256 == 0:
            on_progress(row / len(documents))
    if tagger.run.topics and "topics" in heads:
        signs, annotated = topic_signs(corpora, tagger.run.topics.labels)
        if annotated.any():
            report["topics"] = judge_topics(tagger.run.topics, topics, signs, annotated, names)
            unknown = np.array([bool(document.topics) for document in documents]) & ~annotated.any(axis=1)
            report["topics"]["left_out"] = int(unknown.sum())
    if tagger.run.leaning and "leaning" in heads:
        signs = leaning_signs(documents)
        if signs.any():
            report["leaning"] = judge_leaning(tagger.run.leaning, leanings, signs, names)
    if tagger.run.stance and "stance" in heads and any(document.stances for document in documents):
        report["stance"] = judge_stance(tagger.run.stance, documents, mode)
    if not report:
        raise InputError(
            f"nothing to judge: the documents have no gold label that the run {tagger.run.name!r} knows (its heads: "
            f"{', '.join(tagger.run.heads)}); 'newsstand corpus stats' shows their labels"
        )
    return report
