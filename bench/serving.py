"""Newsstand's service beside the usual ones: ``python -m bench.serving --corpus FILE [--mlserver VENV]``.

The same articles, one after the other in one run: POST /v1/label; a scikit-learn Pipeline (TF-IDF over words and pairs of words, and
a logistic regression) loaded by joblib behind a ``def`` endpoint of FastAPI; and, where it is installed in an environment of its own, the
same Pipeline in MLServer's scikit-learn runtime. One process on one core each, the client on another. Prints a table and a JSON line a row.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from bench.http import BODY_BYTES, CONNECTIONS, MODELS, ROUNDS, SECONDS, drive, free_port, wait_until_ready
from bench.report import Measurement
from newsstand.documents import Document
from newsstand.formats import read_documents

ARTICLES = 5_000
HOW = f"""One process on one core each, {CONNECTIONS} connections from a client on another core, each sending its next request when the last is answered;
the same articles in turn; {ROUNDS} rounds of {SECONDS:.0f} s, the median round. Usual: TfidfVectorizer(ngram_range=(1, 2), min_df=2) and
SGDClassifier(loss="log_loss") in a Pipeline of {{learned}} articles and {{topics}} topics, saved with joblib."""


def measure_serving(corpus: Path, articles: int = ARTICLES, mlserver: Path | None = None) -> Measurement:
    """Compare the services."""
    documents = [d for d in islice(read_documents(corpus), 4 * articles) if d.topics][:articles]
    asked = [d for d in documents if BODY_BYTES[0] <= len(d.text.encode()) <= BODY_BYTES[1]][:200] or documents[:200]
    bodies = [json.dumps({"title": d.title, "text": d.text}).encode() for d in asked]
    tensors = [
        json.dumps(
            {
                "inputs": [
                    {
                        "name": "text",
                        "shape": [1],
                        "datatype": "BYTES",
                        "data": [f"{d.title}\n{d.text}"],
                        "parameters": {"content_type": "str"},
                    }
                ]
            }
        ).encode()
        for d in asked
    ]
    with tempfile.TemporaryDirectory() as made:
        model = Path(made) / "model.joblib"
        topics = fit_usual(documents, model)
        ours = ["bench.http_server", str(MODELS)]
        rows = [
            {"service": "newsstand", **measured(ours, "/health/ready", "/v1/label?explain=false", bodies)},
            {"service": "newsstand with evidence", **measured(ours, "/health/ready", "/v1/label", bodies)},
            {
                "service": "fastapi and joblib",
                **measured(["bench.usual_server", str(model)], "/ready", "/label", bodies),
            },
        ]
        if mlserver:
            rows.append({"service": "mlserver", **measured_mlserver(mlserver, model, tensors)})
    notes = [
        f"{own['service']}: {own['requests_per_second'] / row['requests_per_second']:.0f} times the requests a second of {row['service']}."
        for row in rows[2:]
        for own in rows[:2]
    ]
    if not mlserver:
        notes.append("mlserver: left out, since --mlserver names no environment that has it.")
    return Measurement("Serving", HOW.format(learned=len(documents), topics=topics), rows, notes)


def fit_usual(documents: Sequence[Document], path: Path) -> int:
    """Train and save the usual pipeline; returns its number of topics."""
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2), SGDClassifier(loss="log_loss", random_state=0)
    )
    pipeline.fit([f"{d.title}\n{d.text}" for d in documents], [(d.topics or ("",))[0] for d in documents])
    joblib.dump(pipeline, path)
    return len(pipeline.classes_)


def measured(module: list[str], ready: str, path: str, bodies: list[bytes]) -> dict[str, Any]:
    """The median round of a server of this package."""
    port, cores = free_port(), sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", *module, str(port), str(cores[0])]
    with running(command, port, ready):
        return rounds(port, path, bodies)


def measured_mlserver(venv: Path, model: Path, bodies: list[bytes]) -> dict[str, Any]:
    """The same for MLServer with one inference in its own process, as it comes."""
    folder, port = model.parent, free_port()
    settings = {
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "parallel_workers": 0,
        "debug": False,
    }
    described = {
        "name": "usual",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(model), "content_type": "str"},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(described))
    core = sorted(os.sched_getaffinity(0))[0]
    with running(
        ["taskset", "-c", str(core), str(venv / "bin" / "mlserver"), "start", str(folder)], port, "/v2/health/ready"
    ):
        return rounds(port, "/v2/models/usual/infer", bodies)


@contextmanager
def running(command: list[str], port: int, ready: str) -> Iterator[None]:
    """A server in a process of its own for the length of a block; this one keeps to another core meanwhile."""
    cores = sorted(os.sched_getaffinity(0))
    server = subprocess.Popen(command)
    try:
        wait_until_ready(port, ready)
        os.sched_setaffinity(0, {cores[-1]})
        yield
    finally:
        os.sched_setaffinity(0, cores)
        server.terminate()
        server.wait()


def rounds(port: int, path: str, bodies: list[bytes]) -> dict[str, Any]:
    """The median of some rounds."""
    results = [asyncio.run(drive(port, path, bodies)) for _ in range(ROUNDS)]
    return sorted(results, key=lambda result: result["requests_per_second"])[ROUNDS // 2]


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--corpus", type=Path, required=True, help="articles with topics, to learn from and to ask about"
    )
    parser.add_argument(
        "--articles", type=int, default=ARTICLES, metavar="N", help="how many the usual pipeline learns from"
    )
    parser.add_argument(
        "--mlserver", type=Path, metavar="VENV", help="an environment with mlserver and mlserver-sklearn"
    )
    arguments = parser.parse_args()
    measurement = measure_serving(arguments.corpus, arguments.articles, arguments.mlserver)
    print(measurement.text())
    for row in measurement.rows:
        print(json.dumps({"measurement": "serving", **row}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
