"""The training set as arrays: who says what about which document. Not for learning from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from train.corpora import LabelledCorpus, choose_labels, leaning_signs, topic_signs
from train.split import outlets

LEAD_CHARACTERS = 900
LONG_ENOUGH = 1500


@dataclass(frozen=True)
class Problem:
    """Documents and their gold labels.

    Parameters
    ----------
    documents : list of Document
        The articles, then the leads of every other long one.
    n_articles : int
    origin : array of int64, shape (n_documents,)
        The article that each document is, or is the lead of.
    outlets : list of str or None
        Of each article.
    labels : LabelSet
    signs : array of int8, shape (n_documents, n_topics)
        1, -1, or 0 where nobody says.
    leanings : array of int8, shape (n_documents, 3)
        The same for the leanings; all 0 where the leaning head is not wanted or cannot be learned. Leads have none.
    annotated : array of bool, shape (n_articles, n_topics)
        Topics as annotated, without parents.
    main_topic_only : array of bool, shape (n_documents,)
    corpus_of : array of int64, shape (n_articles,)
        Which corpus each article comes from.
    rare : dict of str to int
        Topics left out, and their numbers of documents.
    """

    documents: list[Document]
    n_articles: int
    origin: NDArray[np.int64]
    outlets: list[str | None]
    labels: LabelSet
    signs: NDArray[np.int8]
    leanings: NDArray[np.int8]
    annotated: NDArray[np.bool_]
    main_topic_only: NDArray[np.bool_]
    corpus_of: NDArray[np.int64]
    rare: dict[str, int]

    @property
    def with_leaning(self) -> bool:
        """Whether there is a leaning to learn."""
        return bool(self.leanings.any())

    @property
    def exclusive(self) -> bool:
        """Whether topics exclude each other: every annotated article has exactly one, none a parent, and nobody left topics out."""
        articles = self.documents[: self.n_articles]
        counts = {len(article.topics) for article in articles if article.topics is not None}
        labelled = np.array([article.topics is not None for article in articles])
        return bool(
            len(self.labels) > 1
            and counts == {1}
            and not self.main_topic_only.any()
            and not any(topic.parent for topic in self.labels)
            and (self.signs[: self.n_articles][labelled] != 0).all()
        )


def build(corpora: Sequence[LabelledCorpus], taxonomy: LabelSet, heads: Sequence[str]) -> Problem:
    """Lay out the documents of all corpora.

    Every other long article is learned from twice, whole and by its lead, half of these leads without their titles, so that short
    and untitled texts are at home in the run too. The leads of all would take half as long again, and teach no more.

    Raises
    ------
    InputError
        If nothing in them can be learned for the wanted heads.
    """
    articles = [document for corpus in corpora for document in corpus.documents]
    labels, rare = choose_labels(corpora, taxonomy) if "topics" in heads else (LabelSet("none", ()), {})
    signs, annotated = topic_signs(corpora, labels)
    leanings = leaning_signs(articles)
    if "leaning" not in heads or (leanings > 0).any(axis=0).sum() < 2:
        leanings[:] = 0
    if not len(labels) and not leanings.any():
        lacking = {"topics": "no topic has five documents", "leaning": "no two leanings occur"}
        why = " and ".join(lacking[head] for head in heads if head in lacking)
        raise InputError(f"nothing to learn for the heads {', '.join(heads)}: {why}")
    long = [n for n, article in enumerate(articles) if len(article.text) >= LONG_ENOUGH and signs[n].any()][::2]
    origin = np.concatenate([np.arange(len(articles)), np.array(long, np.int64)])
    sizes = [len(corpus.documents) for corpus in corpora]
    corpus_of = np.repeat(np.arange(len(corpora)), sizes)
    main_topic_only = np.array([bool(corpus.header and corpus.header.main_topic_only) for corpus in corpora])
    return Problem(
        documents=articles + [lead(articles[n], titled=place % 2 == 0) for place, n in enumerate(long)],
        n_articles=len(articles),
        origin=origin,
        outlets=outlets(articles),
        labels=labels,
        signs=signs[origin],
        leanings=np.concatenate([leanings, np.zeros((len(long), 3), np.int8)]),
        annotated=annotated,
        main_topic_only=main_topic_only[corpus_of][origin],
        corpus_of=corpus_of,
        rare=rare,
    )


def lead(article: Document, *, titled: bool) -> Document:
    """The beginning of an article, cut between words."""
    return Document(title=article.title if titled else "", text=article.text[:LEAD_CHARACTERS].rsplit(" ", 1)[0])
