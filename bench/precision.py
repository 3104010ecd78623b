"""Measure whether ``newsstand train --precision`` and ``--recall`` keep their word on outlets never seen: AllSides, split by outlet.

  python -m bench.precision corpora/allsides.jsonl --write

Splits and trains with the product's own commands and default settings, with and without the options, and looks at the held-out outlets
once. --write puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality import command, with_interval
from bench.report import Measurement, write_section
from newsstand import artifact
from newsstand.documents import Document
from newsstand.formats import read_documents
from newsstand.labels import LabelSet

WANTED = "0.9"
RUNS = {"usual": (), f"--precision {WANTED}": ("--precision", WANTED), f"--recall {WANTED}": ("--recall", WANTED)}
HOW = """`python -m bench.precision corpora/allsides.jsonl`: topics of AllSides as imported, a fifth of the articles held out by
`newsstand corpus split --by outlet`, near-duplicates on one side, default settings. AllSides annotates the main topic and the places of an
article, and nobody said that others do not apply. A label counts as right where the article is annotated with it or with a child of it, which
makes the parent true; a child of what is annotated counts as wrong, as does every topic that an editor might add. *Without children*: only
labels that have none in the taxonomy, where no parent can help. *By name*: a label counts only where it is itself annotated, so that
`politics` is wrong for an article on elections; this is the strictest reading. *Recall*: share of an article's annotated topics, and their parents, that are given. Coverage: share of the articles that get a label. In
brackets: 95 % bootstrap intervals by document."""


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.precision", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="AllSides as 'newsstand corpus import allsides' writes it")
    parser.add_argument("--folder", type=Path, help="keep both parts and the runs here, and take those that are there")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsstand-precision-") as folder:
        measurement = measure_precision(arguments.corpus, arguments.folder or Path(folder))
    print(measurement.text())
    for row in measurement.rows:
        print(json.dumps({"measurement": "precision", **row}))
    if arguments.write:
        write_section("precision", measurement)
    return 0


def measure_precision(corpus: Path, folder: Path) -> Measurement:
    """Precision, recall and coverage with and without the options, on outlets that neither run has seen."""
    learn, judge = folder / "train.jsonl", folder / "test.jsonl"
    if not judge.exists():
        command("corpus", "split", corpus, "--by", "outlet", "-o", folder)
    documents = list(read_documents(judge))
    rows: list[dict[str, Any]] = []
    for name, options in RUNS.items():
        run = folder / f"run-{len(rows)}"
        if not run.exists():
            command("train", learn, "--heads", "topics", "--name", run.name, "--models", folder, *options)
        topics = artifact.load(run).topics
        assert topics
        rows.append({"thresholds": name, **figures(documents, labelled(judge, run), topics.labels)})
    outlets = len({document.source for document in documents})
    learned = sum(1 for _ in read_documents(learn))
    note = f"{learned:,} articles to learn from, {len(documents):,} from {outlets} sources never seen."
    return Measurement("Labels at a wanted precision", HOW, rows, [note], heading="###")


def labelled(file: Path, run: Path) -> list[set[str]]:
    """The topics that a run gives to each document of a file."""
    answers = run / "answers.jsonl"
    command("label", file, "-o", answers, "--run", run, "--no-explain", "--quiet")
    with answers.open(encoding="utf-8") as lines:
        found = [{topic["label"] for topic in json.loads(line)["topics"]} for line in lines]
    answers.unlink()
    return found


def figures(documents: Sequence[Document], given: Sequence[set[str]], labels: LabelSet) -> dict[str, Any]:
    """Labels given, coverage, precisions and recall, over the documents whose topics somebody annotated."""
    pairs = [(document.topics, topics) for document, topics in zip(documents, given, strict=True) if document.topics]
    named = [set(gold) for gold, _ in pairs]
    implied = [set(labels.with_parents(gold)) for gold, _ in pairs]
    found = [topics for _, topics in pairs]
    parents = {topic.parent for topic in labels}
    childless = {topic.id for topic in labels} - parents
    return {
        "labels": sum(map(len, found)),
        "labels_an_article": round(sum(map(len, found)) / len(found), 1),
        "coverage": round(sum(map(bool, found)) / len(found), 3),
        "precision": precision(found, implied, labels.ids),
        "without_children": precision(found, implied, childless),
        "by_name": precision(found, named, labels.ids),
        "recall": recall(found, implied),
    }


def precision(found: Sequence[set[str]], gold: Sequence[set[str]], among: Collection[str | None]) -> str:
    """The share of given labels that are gold, among some labels, with its interval."""
    given = np.array([len(topics.intersection(among)) for topics in found])
    right = np.array([len((topics & of).intersection(among)) for topics, of in zip(found, gold, strict=True)])
    return with_interval(lambda rows: float(right[rows].sum() / max(1, given[rows].sum())), len(found))


def recall(found: Sequence[set[str]], gold: Sequence[set[str]]) -> str:
    """The mean share of a document's gold labels that are given, with its interval."""
    shares = np.array([len(topics & of) / len(of) for topics, of in zip(found, gold, strict=True)])
    return with_interval(lambda rows: float(shares[rows].mean()), len(found))


if __name__ == "__main__":
    sys.exit(main())
