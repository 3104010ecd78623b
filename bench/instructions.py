"""Instructions an article: what a processor executes to label it, counted by valgrind, so that no other process changes the figure.

Not for time: an instruction that waits for memory counts as much as one that does not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from bench.http import BODY_BYTES, MODELS
from bench.report import Measurement
from bench.serving import fit_usual
from newsstand.documents import Document
from newsstand.formats import read_documents

ARTICLES = 20
LEARNED = 2_000
KERNEL = "ffi_call"
"""How ctypes enters the kernel, which nothing else does on the way of these articles; valgrind knows no name of the function behind it."""
HOW = f"""Instructions that a processor executes to label an article, text in, labels out, {ARTICLES} articles of about 6 KB one after the other, as
``valgrind --tool=callgrind`` counts them: the same on a busy machine as on a quiet one. Newsstand: topics and leaning of the default run, without
evidence, and of that the compiled kernel alone, from bytes to scores. Scikit-learn: topics of TfidfVectorizer(ngram_range=(1, 2), min_df=2) and
SGDClassifier(loss="log_loss"), learned from {LEARNED:,} articles."""

Label = Callable[[Document], Any]


def measure_instructions(corpus: Path) -> Measurement:
    """Count the instructions of each system; no rows where valgrind is not installed."""
    if not (shutil.which("valgrind") and shutil.which("callgrind_control")):
        return Measurement("Instructions", HOW, [], ["Left out: valgrind is not installed (apt-get install valgrind)."])
    learned = list(islice((d for d in read_documents(corpus) if d.topics), LEARNED))
    asked = [d for d in learned if BODY_BYTES[0] <= len(d.text.encode()) <= BODY_BYTES[1]][:ARTICLES]
    with tempfile.TemporaryDirectory() as scratch:
        articles, model = Path(scratch, "articles.json"), Path(scratch, "model.joblib")
        articles.write_text(json.dumps([{"title": d.title, "text": d.text} for d in asked]))
        fit_usual(learned, model)
        counts = {
            "newsstand, kernel alone": counted("newsstand", MODELS, articles, f"--toggle-collect={KERNEL}"),
            "newsstand": counted("newsstand", MODELS, articles),
            "scikit-learn": counted("scikit-learn", model, articles),
        }
    size = sum(len(d.title.encode()) + len(d.text.encode()) for d in asked)
    rows = [
        {
            "system": system,
            "instructions_per_article": round(count / len(asked)),
            "instructions_per_byte": round(count / size, 1),
        }
        for system, count in counts.items()
    ]
    times = counts["scikit-learn"] / counts["newsstand"]
    return Measurement("Instructions", HOW, rows, [f"scikit-learn: {times:.0f} times the instructions of newsstand."])


def counted(system: str, model: Path, articles: Path, *options: str) -> int:
    """Instructions of one system for all articles, in a process of its own."""
    valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null", *options]
    command = [*valgrind, sys.executable, "-m", "bench.instructions", system, str(model), str(articles)]
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=alone)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return int(found[1])


def ready(system: str, model: Path) -> Label:
    """What labels one document, loaded."""
    if system == "newsstand":
        from newsstand.registry import Registry
        from newsstand.tagger import Tagger

        registry = Registry(model)
        tagger = Tagger.load(registry.path / (registry.champion() or ""))
        return lambda document: tagger.label(document, stance="off", explain=False)
    import joblib

    pipeline = joblib.load(model)
    return lambda document: pipeline.predict_proba([f"{document.title}\n{document.text}"])


def label_all(system: str, model: Path, articles: Path) -> None:
    """Label the articles twice, and have the second time counted."""
    documents = [Document.from_dict(record) for record in json.loads(articles.read_text())]
    label = ready(system, model)
    for state in ("off", "on"):
        subprocess.run(["callgrind_control", f"--instr={state}", str(os.getpid())], check=True, capture_output=True)
        for document in documents:
            label(document)
    subprocess.run(["callgrind_control", "--instr=off", str(os.getpid())], check=True, capture_output=True)


if __name__ == "__main__":
    name, model_path, articles_path = sys.argv[1:]
    label_all(name, Path(model_path), Path(articles_path))
