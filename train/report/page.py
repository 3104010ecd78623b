"""The report of a run as one HTML file that needs no other file, no script and no network. Not for computing figures."""

from __future__ import annotations

from pathlib import Path

from newsstand.artifact import Run
from train.card import FIGURE_NAMES, HOW_JUDGED, TOPICS_NOTE, figure_name
from train.report import confusion, coverage, learning_curve, mistakes, ngrams, reliability, slices, splits, topics
from train.report.html import Html, Section, interval, joined, paragraph, table, text
from train.report.judged import Judged

STYLE = Path(__file__).with_name("page.css")

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{name}: report on topics</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{name}</h1>
<p class="lead">{lead}</p>
<nav aria-label="Sections">{links}</nav>
</header>
<main>
{sections}
</main>
</body>
</html>
"""


def render(run: Run, judged: Judged, *, titles: bool = False) -> str:
    """The report on the topics of a run.

    Parameters
    ----------
    run : Run
        With its figures in ``about``.
    judged : Judged
    titles : bool
        Name articles by their titles too, where the corpora allow that.
    """
    found = [
        _summary(run),
        splits.section(run.about.get("splits")),
        topics.section(judged),
        reliability.section(judged),
        coverage.section(judged),
        confusion.section(judged),
        slices.section(judged),
        learning_curve.section(run.about.get("learning_curve")),
        ngrams.section(judged),
        mistakes.section(judged, titles=titles),
    ]
    sections = [section for section in found if section is not None]
    lead = (
        f"Trained on {run.about['created'][:10]}. How it labelled {len(judged):,} articles with {len(judged.labels):,} topics; "
        "its other heads are in card.md."
    )
    return PAGE.format(
        name=text(run.name),
        style=STYLE.read_text(encoding="utf-8"),
        lead=text(lead),
        links=joined(Html(f'<a href="#{section.anchor}">{text(section.title)}</a>') for section in sections),
        sections=joined(_framed(section) for section in sections),
    )


def _summary(run: Run) -> Section:
    figures = run.about["metrics"]["topics"]
    ends = figures.get("intervals", {})
    rows = [
        [figure_name("topics", key), interval(figures[key], ends.get(key))]
        for key in FIGURE_NAMES
        if isinstance(figures.get(key), float)
    ]
    parts = [
        table("Figures of all topics together", ["Figure", "Value"], rows),
        *map(paragraph, (HOW_JUDGED, TOPICS_NOTE)),
    ]
    return Section("summary", "In short", joined(parts))


def _framed(section: Section) -> Html:
    return Html(f'<section id="{section.anchor}">\n<h2>{text(section.title)}</h2>\n{section.body}\n</section>')
