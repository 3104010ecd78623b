"""The figures of a training, from margins on outlets never seen, and of a finished run, on any labelled documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand import metrics
from newsstand.documents import LEANINGS, Document
from newsstand.errors import InputError
from newsstand.heads.leaning import LeaningHead
from newsstand.heads.topics import TopicHead
from newsstand.labels import LabelSet
from newsstand.stance.modes import StanceMode
from newsstand.tagger import Tagger
from train.corpora import LabelledCorpus, leaning_signs, main_topic_only, topic_signs
from train.split import outlets
from train.stance.judging import judge_stance


@dataclass(frozen=True)
class Scored:
    """What a topic head says about documents; every array has one row a document.

    Parameters
    ----------
    probabilities, ranking, given : arrays of shape (n_documents, n_labels)
    confidence : array of shape (n_documents,)
        How likely the likeliest topic is gold: its probability, or where only the main topic was annotated, how likely it is that.
    """

    probabilities: NDArray[np.float32]
    ranking: NDArray[np.float32]
    given: NDArray[np.bool_]
    confidence: NDArray[np.float32]

    @classmethod
    def by(cls, head: TopicHead, probabilities: NDArray[np.float32], main_topic_only: NDArray[np.bool_]) -> Scored:
        """What a head makes of its probabilities."""
        confidence = np.where(
            main_topic_only, head.certainty(probabilities, main_topic=True), head.certainty(probabilities)
        )
        return cls(probabilities, head.ranking(probabilities), head.given(probabilities), confidence)

    def part(self, rows: NDArray[np.intp]) -> Scored:
        """That of some documents."""
        return Scored(self.probabilities[rows], self.ranking[rows], self.given[rows], self.confidence[rows])


def judge_topics(
    labels: LabelSet,
    scored: Scored,
    signs: NDArray[np.int8],
    annotated: NDArray[np.bool_],
    nothing: NDArray[np.bool_],
    main_topic_only: NDArray[np.bool_],
    outlet_of_article: Sequence[str | None],
) -> dict[str, Any]:
    """Figures of the topic head, with a table by label under ``labels``.

    An article counts if it has an annotated topic that the run knows, or if somebody looked and found no topic (``nothing``).
    """
    rows = np.flatnonzero(annotated.any(axis=1) | nothing)
    scored, signs, annotated = scored.part(rows), signs[rows], annotated[rows]
    clusters = metrics.clusters_of([outlet_of_article[row] for row in rows.tolist()])
    figures = metrics.topic_metrics(
        scored.probabilities,
        scored.ranking,
        scored.given,
        signs,
        annotated,
        clusters,
        scored.confidence,
        with_score_ece=bool(main_topic_only[rows].any()),
    )
    table = metrics.label_table(scored.given, signs)
    return figures | {"labels": {topic.id: row for topic, row in zip(labels, table, strict=True) if row["support"]}}


def found_nothing(documents: Sequence[Document], signs: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which documents an annotator looked at and found without a topic."""
    empty = np.array([document.topics == () for document in documents], bool)
    nothing: NDArray[np.bool_] = empty & (signs != 0).any(axis=1)
    return nothing


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


def probabilities_of(
    tagger: Tagger, documents: Sequence[Document], on_progress: Callable[[float], None] = lambda share: None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probabilities of topics, shape (n_documents, n_topics), and of leanings, shape (n_documents, 3 or 0)."""
    topics = np.zeros((len(documents), len(tagger.run.topics.labels) if tagger.run.topics else 0), np.float32)
    leanings = np.zeros((len(documents), len(LEANINGS) if tagger.run.leaning else 0), np.float32)
    for row, document in enumerate(documents):
        topics[row], leanings[row] = tagger.probabilities(document)
        if row % 256 == 0:
            on_progress(row / len(documents))
    return topics, leanings


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
    topics, leanings = probabilities_of(tagger, documents, on_progress)
    if tagger.run.topics and "topics" in heads:
        signs, annotated = topic_signs(corpora, tagger.run.topics.labels)
        if annotated.any():
            only = main_topic_only(corpora)
            scored = Scored.by(tagger.run.topics, topics, only)
            nothing = found_nothing(documents, signs)
            report["topics"] = judge_topics(tagger.run.topics.labels, scored, signs, annotated, nothing, only, names)
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
