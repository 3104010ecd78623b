"""What the report of a run is made from: articles and what models said of them that never saw their outlets. Not for drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import Document
from newsstand.labels import LabelSet
from newsstand.metrics import clusters_of
from train.judge import Scored, found_nothing

Ngrams = Mapping[str, Sequence[tuple[str, float]]]


@dataclass(frozen=True)
class Judged:
    """Articles and what was said about them; every array has one row an article.

    Parameters
    ----------
    labels : LabelSet
    articles : sequence of Document
    outlets : sequence of str or None
    corpora : sequence of str
        Name of the corpus of each article.
    scored : Scored
    gold : array of int8, shape (n_articles, n_labels)
        1, -1, or 0 where nobody says.
    annotated : array of bool, same shape
        Topics as annotated, without parents.
    main_topic_only : array of bool, shape (n_articles,)
    ngrams : dict of str to sequence of (str, float)
        The strongest n-grams of each topic, and what they add to its log-odds in its articles on average.
    """

    labels: LabelSet
    articles: Sequence[Document]
    outlets: Sequence[str | None]
    corpora: Sequence[str]
    scored: Scored
    gold: NDArray[np.int8]
    annotated: NDArray[np.bool_]
    main_topic_only: NDArray[np.bool_]
    ngrams: Ngrams = field(default_factory=dict)

    def counted(self) -> Judged:
        """The articles that count: with an annotated topic that the run knows, or in which somebody looked and found none."""
        rows = np.flatnonzero(self.annotated.any(axis=1) | found_nothing(self.articles, self.gold))
        numbers = rows.tolist()
        return replace(
            self,
            articles=[self.articles[row] for row in numbers],
            outlets=[self.outlets[row] for row in numbers],
            corpora=[self.corpora[row] for row in numbers],
            scored=self.scored.part(rows),
            gold=self.gold[rows],
            annotated=self.annotated[rows],
            main_topic_only=self.main_topic_only[rows],
        )

    def __len__(self) -> int:
        return len(self.articles)

    @cached_property
    def likeliest(self) -> NDArray[np.intp]:
        """Column of the likeliest topic of each article."""
        return np.asarray(self.scored.ranking.argmax(axis=1))

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether that topic is gold."""
        return np.asarray(self.gold[np.arange(len(self)), self.likeliest] > 0)

    @cached_property
    def clusters(self) -> NDArray[np.intp]:
        """What is resampled together."""
        return clusters_of(self.outlets)

    @cached_property
    def outcomes(self) -> NDArray[np.bool_]:
        """Topics rightly given, wrongly given and missed; shape (3, n_articles, n_labels)."""
        given = self.scored.given
        return np.stack([given & (self.gold > 0), given & (self.gold < 0), ~given & (self.gold > 0)])
