"""Training and labelling: this engine, a scikit-learn pipeline and fastText on the same split by outlet."""

from __future__ import annotations

import json
import pickle
import tempfile
from pathlib import Path
from typing import Any

from bench.articles import read_split
from bench.measure import in_own_process
from bench.report import Measurement
from bench.systems import SYSTEMS

HOW = """AllSides with its published topics (one an article) and leanings; a quarter of the outlets held out, none of them larger than 1,000
articles, near-duplicates on one side. Every system learns both questions from the same articles with title and text, and labels one
held-out article a call, text in, both labels out, on one core (fastText with one model a question). Training: all cores that a system
can use. Rates: best of five rounds. Cold start: import, load and first label in a fresh process, files in the page cache."""


def measure_labelling(corpus: Path, split_name: str = "") -> Measurement:
    """Fit, cold start, rate and quality of each system."""
    with tempfile.TemporaryDirectory() as scratch:
        articles = Path(scratch, "articles.pickle")
        split = read_split(corpus, split_name)
        articles.write_bytes(pickle.dumps(split))
        first = {"title": split.judge[0].title, "text": split.judge[0].text}
        articles.with_suffix(".first.json").write_text(json.dumps(first))
        rows = [_measure(name, Path(scratch, name), articles) for name in SYSTEMS]
    ours, others = rows[0], rows[1:]
    notes = [
        f"{len(split.learn):,} articles to learn from, {len(split.judge):,} of {_outlets(split.judge)} outlets never seen."
    ]
    notes += [
        f"Newsstand against {row['system']}: {ours['articles_per_second'] / row['articles_per_second']:.1f} times the articles a second, "
        f"{ours['fit_seconds'] / row['fit_seconds']:.2f} of the training time, {ours['fit_peak_mib'] / row['fit_peak_mib']:.2f} of the peak memory."
        for row in others
    ]
    return Measurement("Training and labelling", HOW, rows, notes)


def _measure(system: str, folder: Path, articles: Path) -> dict[str, Any]:
    folder.mkdir()
    row: dict[str, Any] = {"system": system}
    row |= in_own_process("fit", system, folder, articles, cores=2)
    in_own_process("cold", system, folder, articles, cores=1)  # fills the page cache
    row |= in_own_process("cold", system, folder, articles, cores=1)
    return row | in_own_process("rate", system, folder, articles, cores=1)


def _outlets(documents: list[Any]) -> int:
    return len({document.source for document in documents})
