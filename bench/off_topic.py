"""Measure how many texts that are no news, or not in English, get a topic, and how much news gets none.

  python -m bench.off_topic --write
  python -m bench.off_topic --run models/my-run --news held-out.jsonl

Labels data/off-topic.jsonl, 200 texts that nothing was chosen or learned on. Since a run that never answers would be right on all of them,
it counts as well how many news articles get no topic: data/contrast.jsonl, whose topics no run has learned from, or the files of --news.
--write puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.report import Measurement, write_section
from newsstand.documents import Document
from newsstand.formats import read_documents
from newsstand.metrics import wilson
from newsstand.registry import Registry
from newsstand.resources import data_file
from newsstand.tagger import Tagger

MODELS = Path(__file__).parent.parent / "models"
ENGLISH, FOREIGN = "no news, in English", "news in other languages"
HOW = """`python -m bench.off_topic`: 200 texts that should get no topic, 120 of {kinds} kinds in English and 80 news reports in {languages} other
languages, without title and date (`data/off-topic.jsonl`). All were written before a run labelled any of them. Below them news articles,
which should get one: each kind of refusal is an answer without topics. In brackets: 95 % intervals (Wilson)."""


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.off_topic", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", default="champion", help="name or path of a run (default: the champion)")
    parser.add_argument("--news", type=Path, action="append", help="documents that should get topics; may be repeated")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    arguments = parser.parse_args()
    tagger = Tagger.load(Registry(MODELS).resolve(arguments.run))
    measurement = measure_off_topic(tagger, arguments.news or [data_file("contrast.jsonl")])
    print(measurement.text())
    for row in measurement.rows:
        print(json.dumps({"measurement": "off topic", **row}))
    if arguments.write:
        write_section("off-topic", measurement)
    return 0


def measure_off_topic(tagger: Tagger, news: Sequence[Path]) -> Measurement:
    """How many of the texts get a topic, in all and by kind, and how many news articles get none."""
    entries = [json.loads(line) for line in data_file("off-topic.jsonl").read_text(encoding="utf-8").splitlines()]
    given = labelled(tagger, [Document(entry["text"]) for entry in entries])
    foreign = [entry["kind"] == "foreign" for entry in entries]
    english = [got for got, other in zip(given, foreign, strict=True) if not other]
    kinds = [entry["kind"] for entry, other in zip(entries, foreign, strict=True) if not other]
    rows = [
        row("all", given),
        row("news in other languages", [got for got, other in zip(given, foreign, strict=True) if other]),
        row("no news, in English", english),
        *by_kind(kinds, english),
    ]
    for file in news:
        articles = [document for document in read_documents(file) if document.topics != ()]
        rows.append(row(f"news: {file.name}", labelled(tagger, articles)))
    languages = len({entry["language_of_text"] for entry, other in zip(entries, foreign, strict=True) if other})
    how = HOW.format(kinds=len(set(kinds)), languages=languages)
    return Measurement("Texts that are no news", how, rows, [f"The run: {tagger.run.name}."], heading="###")


def labelled(tagger: Tagger, documents: Iterable[Document]) -> list[bool]:
    """Which of the documents get a topic."""
    return [bool(tagger.label(document, targets=(), explain=False).topics) for document in documents]


def by_kind(kinds: Sequence[str], given: Sequence[bool]) -> list[dict[str, Any]]:
    """A row for each kind, the most texts with a topic first."""
    of_kind: dict[str, list[bool]] = {}
    for kind, got in zip(kinds, given, strict=True):
        of_kind.setdefault(kind, []).append(got)
    return [row(kind, of_kind[kind]) for kind in sorted(of_kind, key=lambda k: -sum(of_kind[k]))]


def row(name: str, given: Sequence[bool]) -> dict[str, Any]:
    """How many texts got a topic, and how many none."""
    low, high = wilson(sum(given) / len(given), len(given))
    return {
        "texts": name,
        "n": len(given),
        "with_a_topic": sum(given),
        "without": len(given) - sum(given),
        "share_with_a_topic": f"{sum(given) / len(given):.3f} [{low:.3f}, {high:.3f}]",
    }


if __name__ == "__main__":
    sys.exit(main())
