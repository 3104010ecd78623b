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
QUESTIONS = {
    "newsstand": "?explain=false&stance=off",
    "newsstand with evidence": "?stance=off",
    "newsstand with evidence and stances": "",
}
HOW = f"""One process on one core each, {CONNECTIONS} connections from a client on another core, each sending its next request when the last is answered;
the same articles in turn; {ROUNDS} rounds of {SECONDS:.0f} s, the median round. Newsstand gives topics and leaning, then with the passages behind them, then
with stances towards the known targets too, as it does where a request asks for nothing. The usual way gives topics: TfidfVectorizer(ngram_range=(1, 2),
min_df=2) and SGDClassifier(loss="log_loss") in a Pipeline of {{learned}} articles and {{topics}} topics, saved with joblib, with ``predict_proba`` in a ``def``
endpoint. MLServer is asked for the same, and infers in its one process (``parallel_workers`` 0)."""


def measure_serving(corpus: Path, articles: int = ARTICLES, mlserver: Path | None = None) -> Measurement:
    """Compare the services."""
    documents = [d for d in islice(read_documents(corpus), 4 * articles) if d.topics][:articles]
    asked = [d for d in documents if BODY_BYTES[0] <= len(d.text.encode()) <= BODY_BYTES[1]][:200] or documents[:200]
    bodies = [json.dumps({"title": d.title, "text": d.text}).encode() for d in asked]
    with tempfile.TemporaryDirectory() as made:
        model = Path(made) / "model.joblib"
        topics = fit_usual(documents, model)
        rows = measured_newsstand(bodies)
        rows += measured(["bench.usual_server", str(model)], "/ready", {"fastapi and joblib": "/label"}, bodies)
        missing = missing_mlserver(mlserver)
        if mlserver and not missing:
            rows.append(measured_mlserver(mlserver, model, [tensor(d) for d in asked]))
    notes = [
        f"{own['service']}: {times(own, row)} times the requests a second of {row['service']}."
        for row in rows[len(QUESTIONS) :]
        for own in rows[: len(QUESTIONS)]
    ]
    notes += [f"mlserver: left out, since {missing}."] if missing else []
    return Measurement("Serving", HOW.format(learned=len(documents), topics=topics), rows, notes)


def times(one: dict[str, Any], other: dict[str, Any]) -> str:
    """How many times the requests of another service, in two digits or more."""
    ratio = one["requests_per_second"] / other["requests_per_second"]
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"


def tensor(document: Document) -> bytes:
    """A request for MLServer with one article."""
    article = {
        "name": "text",
        "shape": [1],
        "datatype": "BYTES",
        "data": [f"{document.title}\n{document.text}"],
        "parameters": {"content_type": "str"},
    }
    return json.dumps({"inputs": [article], "outputs": [{"name": "predict_proba"}]}).encode()


def missing_mlserver(venv: Path | None) -> str:
    """Why there is no MLServer to compare with, nothing if there is; a folder that is not there becomes an environment with it."""
    if venv is None:
        return "--mlserver names no folder for an environment that has it"
    if not (venv / "bin" / "mlserver").exists():
        import sklearn

        print(f"Installing MLServer into {venv}", file=sys.stderr)
        wanted = ["mlserver", "mlserver-sklearn", f"scikit-learn=={sklearn.__version__}"]
        commands = [
            [sys.executable, "-m", "venv", str(venv)],
            [str(venv / "bin" / "pip"), "install", "--quiet", *wanted],
        ]
        if any(subprocess.run(command, check=False).returncode for command in commands):
            return "it could not be installed"
    return ""


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


def measured_newsstand(bodies: list[bytes]) -> list[dict[str, Any]]:
    """The rows of Newsstand's service."""
    paths = {name: f"/v1/label{query}" for name, query in QUESTIONS.items()}
    return measured(["bench.http_server", str(MODELS)], "/health/ready", paths, bodies)


def measured(module: list[str], ready: str, paths: dict[str, str], bodies: list[bytes]) -> list[dict[str, Any]]:
    """A row for each path of a server of this package."""
    port, cores = free_port(), sorted(os.sched_getaffinity(0))
    with running([sys.executable, "-m", *module, str(port), str(cores[0])], port, ready):
        return [{"service": name, **rounds(port, path, bodies)} for name, path in paths.items()]


def measured_mlserver(venv: Path, model: Path, bodies: list[bytes]) -> dict[str, Any]:
    """The row of MLServer with inference in its one process, logging warnings alone."""
    folder, port = model.parent, free_port()
    settings = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "parallel_workers": 0,
        "debug": False,
        "logging_settings": {"version": 1, "root": {"level": "WARNING"}, "disable_existing_loggers": False},
    }
    described = {
        "name": "usual",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(model), "content_type": "str"},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(described))
    core = sorted(os.sched_getaffinity(0))[0]
    command = ["taskset", "-c", str(core), str(venv / "bin" / "mlserver"), "start", str(folder)]
    with running(command, port, "/v2/health/ready"):
        return {"service": "mlserver", **rounds(port, "/v2/models/usual/infer", bodies)}


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
        "--mlserver", type=Path, metavar="VENV", help="an environment that has MLServer; made if it is not there"
    )
    arguments = parser.parse_args()
    measurement = measure_serving(arguments.corpus, arguments.articles, arguments.mlserver)
    print(measurement.text())
    for row in measurement.rows:
        print(json.dumps({"measurement": "serving", **row}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
