"""Measure quality through the product's own commands on Reuters-21578, 20 Newsgroups and BBC News, beside scikit-learn.

  python -m bench.quality --reuters reuters21578.tar.gz --newsgroups 20news-bydate.tar.gz --bbc bbc-fulltext.zip --write

Imports, trains and labels with default settings; learns from the training part as published and looks at the test part once. BBC
News has no such parts: five folds, drawn at random. Beside it stands a plain scikit-learn pipeline, trained on the same documents in
the same run. --write puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.plain import Labels, plain_labels
from bench.report import Measurement, write_section
from newsstand.formats import read_documents, read_header, write_documents

Rows = list[dict[str, Any]]
RESAMPLES = 1000
FOLDS = 5
PUBLISHED = {
    "reuters micro_f1": "SVM 0.861, BERT-base 0.890, BERT-large 0.907",
    "20 newsgroups accuracy": "SGC 0.885, RoBERTaGCN 0.895",
}
HOW = """`make bench-quality`, default settings everywhere: `newsstand corpus import`, `train`, `label` and `evaluate`. Reuters-21578 ModApte: 9,603 articles to
learn from, 3,299 to judge by, 90 topics, those that the run left out counted as never given. 20 Newsgroups by date: 11,314 and 7,532 postings,
raw and without headers, quotes and signatures. BBC News: five folds at random. Accuracy: the likeliest topic, abstained or not. Plain
scikit-learn: `TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)` and `LinearSVC`, C=4 and margins from -0.3 on for Reuters, C=1
elsewhere. In brackets: 95 % bootstrap intervals by document. ECE: [expected calibration error](concepts.md#calibration), 15 bins of equal mass.
Published figures are from the papers (DocBERT for Reuters), on the same parts."""


def main() -> int:
    """Run the measurements."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reuters", metavar="PATH", help="what 'newsstand corpus import reuters' reads")
    parser.add_argument("--newsgroups", metavar="PATH", help="what 'newsstand corpus import newsgroups' reads")
    parser.add_argument("--bbc", metavar="PATH", help="what 'newsstand corpus import bbc' reads")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    arguments = parser.parse_args()
    wanted: list[tuple[str | None, Callable[[str, Path], Iterator[dict[str, Any]]]]] = [
        (arguments.reuters, reuters),
        (arguments.newsgroups, newsgroups),
        (arguments.bbc, bbc),
    ]
    rows: Rows = []
    for path, measure in wanted:
        if path is None:
            continue
        print(f"measuring: {measure.__name__}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="newsstand-quality-") as folder:
            for row in measure(path, Path(folder)):
                print(json.dumps({"measurement": "quality", **row}), flush=True)
                rows.append(row)
    measurement = Measurement("Quality", HOW, rows)
    print(measurement.text())
    if arguments.write:
        write_section("quality", measurement)
    return 0


def reuters(path: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Micro-F1 and macro-F1 over the 90 topics."""
    learn, judge = parts("reuters", path, folder)
    documents = list(read_documents(judge))
    topics = list((header.scope or ()) if (header := read_header(judge)) else ())
    gold = matrix([set(d.topics or ()) for d in documents], topics)
    command("train", learn, "--heads", "topics", "--name", "run", "--models", folder)
    command(
        "label", judge, "-o", folder / "answers.jsonl", "--run", "run", "--models", folder, "--no-explain", "--quiet"
    )
    with (folder / "answers.jsonl").open(encoding="utf-8") as lines:
        found = matrix([{t["label"] for t in json.loads(line)["topics"]} for line in lines], topics)
    ece = evaluated(folder, "run", judge)["ece"]
    plain = matrix(plain_labels(list(read_documents(learn)), documents, exclusive=False), topics)
    for name, figure in (("micro_f1", micro_f1), ("macro_f1", macro_f1)):
        yield {
            "corpus": "Reuters-21578",
            "metric": name.replace("_f1", "-F1"),
            "newsstand": with_interval(lambda rows, f=figure: f(gold[rows], found[rows]), len(gold)),  # type: ignore[misc]
            "scikit-learn": with_interval(lambda rows, f=figure: f(gold[rows], plain[rows]), len(gold)),  # type: ignore[misc]
            "ece": ece,
            "published": PUBLISHED.get(f"reuters {name}", ""),
        }


def newsgroups(path: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Accuracy, raw and stripped."""
    for name, options in (("raw", ()), ("stripped", ("--strip",))):
        own = folder / name
        own.mkdir()
        learn, judge = parts("newsgroups", path, own, *options)
        right, beside, ece = one_topic_each(learn, judge, own)
        published = PUBLISHED["20 newsgroups accuracy"] if name == "raw" else ""
        yield accuracy_row(f"20 Newsgroups, {name}", right, beside, ece, published)


def bbc(path: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Accuracy in five folds."""
    whole = folder / "bbc.jsonl"
    command("corpus", "import", "bbc", path, "-o", whole, "--published-labels")
    documents, header = list(read_documents(whole)), read_header(whole)
    fold = np.random.default_rng(0).permutation(len(documents)) % FOLDS
    results = []
    for number in range(FOLDS):
        own = folder / str(number)
        own.mkdir()
        for name, chosen in (("train", fold != number), ("test", fold == number)):
            write_documents(own / f"{name}.jsonl", [documents[n] for n in np.flatnonzero(chosen)], header)
        results.append(one_topic_each(own / "train.jsonl", own / "test.jsonl", own))
    right, beside = (np.concatenate([result[n] for result in results]) for n in (0, 1))
    yield accuracy_row("BBC News, five folds", right, beside, float(np.mean([result[2] for result in results])), "")


def one_topic_each(learn: Path, judge: Path, folder: Path) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """Which of the judged documents the run gets right, which scikit-learn does, and the run's calibration error."""
    from newsstand.tagger import Tagger

    command("train", learn, "--heads", "topics", "--name", "run", "--models", folder)
    ece = evaluated(folder, "run", judge)["ece"]
    documents = list(read_documents(judge))
    tagger = Tagger.load(folder / "run")
    assert tagger.run.topics
    head = tagger.run.topics
    rankings = [
        head.ranking(tagger.probabilities(document)[0]) for document in documents
    ]  # parents behind their children
    likeliest = [head.labels.ids[int(ranking.argmax())] for ranking in rankings]
    plain = plain_labels(list(read_documents(learn)), documents, exclusive=True)
    gold = [set(document.topics or ()) for document in documents]
    right = np.array([topic in topics for topic, topics in zip(likeliest, gold, strict=True)])
    return right, np.array([bool(a & b) for a, b in zip(plain, gold, strict=True)]), ece


def accuracy_row(
    corpus: str, right: NDArray[np.bool_], beside: NDArray[np.bool_], ece: float, published: str
) -> dict[str, Any]:
    """A row of the table."""
    return {
        "corpus": corpus,
        "metric": "accuracy",
        "newsstand": with_interval(lambda rows: float(right[rows].mean()), len(right)),
        "scikit-learn": with_interval(lambda rows: float(beside[rows].mean()), len(right)),
        "ece": round(ece, 4),
        "published": published,
    }


def parts(corpus: str, path: str, folder: Path, *options: str) -> tuple[Path, Path]:
    """Both parts of a corpus, as published."""
    for part in ("train", "test"):
        command("corpus", "import", corpus, path, "-o", folder / f"{part}.jsonl", "--part", part, *options)
    return folder / "train.jsonl", folder / "test.jsonl"


def evaluated(models: Path, run: str, file: Path) -> dict[str, Any]:
    """The figures of the topics, from ``newsstand evaluate``."""
    done = command("evaluate", run, file, "--heads", "topics", "--models", models, "--json")
    return dict(json.loads(done)["topics"])


def command(*arguments: object) -> str:
    """Run one of the product's commands; returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "newsstand", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"newsstand {' '.join(map(str, arguments))} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def matrix(labels: Labels, topics: list[str]) -> NDArray[np.bool_]:
    """Which document has which topic."""
    position = {topic: n for n, topic in enumerate(topics)}
    found = np.zeros((len(labels), len(topics)), bool)
    for row, of_document in enumerate(labels):
        found[row, [position[topic] for topic in of_document if topic in position]] = True
    return found


def micro_f1(gold: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    """F1 over all pairs of a document and a topic."""
    return float(2 * (gold & found).sum() / max(1, gold.sum() + found.sum()))


def macro_f1(gold: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    """The mean of the F1 of all topics, 0 for those that are neither gold nor given."""
    return float((2 * (gold & found).sum(axis=0) / np.maximum(1, gold.sum(axis=0) + found.sum(axis=0))).mean())


def with_interval(figure: Callable[[NDArray[np.intp]], float], n: int) -> str:
    """A figure of all documents, and the interval that drawing documents gives."""
    random = np.random.default_rng(0)
    drawn = [figure(random.integers(n, size=n)) for _ in range(RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{figure(np.arange(n)):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    sys.exit(main())
