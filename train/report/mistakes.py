"""The mistakes the run was surest of: where annotations are wrong as often as the run. Not a place for texts of articles."""

from __future__ import annotations

import numpy as np

from train.report.html import Html, Section, joined, paragraph, table
from train.report.judged import Judged

MOST = 30
NOTE = """Look these up in your corpus: some are mistakes of the run, some of the annotation. Articles are named by their id and outlet alone, as their
texts may not be yours to pass on."""


def section(judged: Judged, *, titles: bool) -> Section | None:
    """A row an article, the surest first; ``None`` where the likeliest topic was always right."""
    here = np.arange(len(judged))
    wrong = np.flatnonzero(judged.gold[here, judged.likeliest] < 0)
    order = wrong[np.argsort(-judged.scored.confidence[wrong], kind="stable")][:MOST].tolist()
    if not order:
        return None
    names, rows = judged.labels.ids, []
    for row in order:
        article = judged.articles[row]
        gold = ", ".join(names[n] for n in np.flatnonzero(judged.annotated[row])) or "none"
        answer = names[judged.likeliest[row]], Html(f"{judged.scored.confidence[row]:.3f}")
        title = [article.title] if titles else []
        rows.append([article.id or "without id", gold, *answer, judged.outlets[row], judged.corpora[row], *title])
    header = ["Article", "Gold topics", "Likeliest topic", "Score", "Outlet", "Corpus", *(["Title"] if titles else [])]
    body = [paragraph(NOTE), table("The surest mistakes", header, rows, texts=len(header))]
    return Section("mistakes", "The surest mistakes", joined(body))
