"""Articles that somebody judged, made up so that every figure can be told by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from newsstand.documents import Document
from newsstand.labels import LabelSet
from train.judge import Scored
from train.report.judged import Judged

TOPICS = ("sport", "economy", "<b>health</b> & co")
MakeJudged = Callable[..., Judged]


@pytest.fixture
def make_judged() -> MakeJudged:
    """Makes what the report is made from, of rows (gold topic, scores); a topic is given from 0.5 on."""

    def make(rows: Sequence[tuple[int, Sequence[float]]], *, ngrams: object = None, **of_article: object) -> Judged:
        scores = np.array([scores for _, scores in rows], np.float32)
        annotated = np.arange(len(TOPICS)) == np.array([gold for gold, _ in rows])[:, None]
        fields = {"title": "A title of one's own", "source": "daily.example", "date": "2019-03-04", **of_article}
        return Judged(
            LabelSet.from_ids("made-up", TOPICS),
            [Document("Once upon a time.", id=f"article {n}", topics=(), **fields) for n in range(len(rows))],  # type: ignore[arg-type]
            [f"outlet{n % 2}.example" for n in range(len(rows))],
            ["made-up"] * len(rows),
            Scored(scores, scores, scores >= 0.5, scores.max(axis=1)),
            np.where(annotated, 1, -1).astype(np.int8),
            annotated,
            np.zeros(len(rows), bool),
            ngrams or {},  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def judged(make_judged: MakeJudged) -> Judged:
    """Ten articles on sport, nine found and one taken for the economy; five on the economy; one on health, missed."""
    sport = [(0, (0.6 + n / 50, 0.1, 0.05)) for n in range(9)] + [(0, (0.2, 0.95, 0.1))]
    economy = [(1, (0.1, 0.7 + n / 50, 0.1)) for n in range(5)]
    return make_judged([*sport, *economy, (2, (0.4, 0.3, 0.2))])
