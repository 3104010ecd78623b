"""One training from files to a saved run: reading, fitting, golden answers, card. The steps themselves live elsewhere."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from newsstand import artifact
from newsstand.artifact import Run
from newsstand.documents import Document
from newsstand.errors import InputError, SettingError
from newsstand.labels import LabelSet
from newsstand.registry import RUN_NAME, Registry, checked_name
from newsstand.resources import data_file
from newsstand.tagger import Tagger
from train.card import render
from train.corpora import LabelledCorpus, choose_labels, read_corpora
from train.fit import FitOptions, Progress, fit
from train.judge import judge_run


def train(
    files: Sequence[str],
    name: str,
    registry: Registry,
    options: FitOptions,
    *,
    taxonomy: Path | None = None,
    test_files: Sequence[str] = (),
    on_error: Callable[[InputError], None] | None = None,
    on_progress: Progress,
) -> Run:
    """Train a run and save it in the registry; it becomes champion only when somebody promotes it.

    Raises
    ------
    NewsstandError
        If a file cannot be used, there is nothing to learn, or the name is taken.
    """
    path = free_path(registry, name)
    started = time.monotonic()
    label_set = LabelSet.load(taxonomy or data_file("taxonomy.toml"))
    on_progress("reading the corpora", 0.0)
    corpora, test_corpora = read_corpora(files, on_error), read_corpora(test_files, on_error)
    if test_corpora:
        _refuse_foreign(test_corpora, corpora, label_set, options)
    fitted = fit(corpora, label_set, name, options, on_progress)
    tagger = Tagger(fitted.run)
    about: dict[str, Any] = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpora": [corpus.about() for corpus in corpora],
        "outlets": fitted.n_outlets,
        "metrics": fitted.metrics,
        "rare": fitted.rare,
        "reference": fitted.reference,
        "options": asdict(options),
        "versions": versions(),
    }
    if test_corpora:
        on_progress("judging on the test files", 0.0)
        about["test"] = judge_run(tagger, test_corpora, options.heads)
    about["seconds"] = round(time.monotonic() - started, 1)
    run = replace(fitted.run, golden=golden_answers(tagger), about=about)
    artifact.save(run, path, render(run))
    return run


def _refuse_foreign(
    test_corpora: Sequence[LabelledCorpus], corpora: Sequence[LabelledCorpus], taxonomy: LabelSet, options: FitOptions
) -> None:
    """Make sure, before the training, that the run can be judged on the test files."""
    tested = [document for corpus in test_corpora for document in corpus.documents]
    known = set(choose_labels(corpora, taxonomy)[0].ids) if "topics" in options.heads else set()
    leaning = "leaning" in options.heads and any(document.leaning for document in tested)
    if not leaning and known.isdisjoint(topic for document in tested for topic in document.topics or ()):
        raise InputError(
            "the test files have no gold label that this training could teach: 'newsstand corpus stats' shows their labels"
        )


def free_path(registry: Registry, name: str) -> Path:
    """Where a new run of that name goes, checked before hours of training rather than after.

    Raises
    ------
    SettingError
        If the name is no name for a run, or taken, or nothing can be written there.
    """
    path = registry.path / checked_name(name)
    if path.exists():
        raise SettingError(f"there is a run {name!r} in {registry.path} already: choose another --name, or remove it")
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise SettingError(f"runs cannot be saved in {registry.path}: {nearest} is no folder that you may write to")
    return path


def new_name(registry: Registry, heads: Sequence[str]) -> str:
    """A name for a run that nobody named: the date and its heads, numbered where that is taken."""
    stem = f"{datetime.now(UTC).date()}-{'-'.join(heads)}"
    assert RUN_NAME.fullmatch(stem)
    taken = set(registry.runs())
    return next(name for n in range(1, 10**6) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)


def golden_answers(tagger: Tagger) -> tuple[dict[str, Any], ...]:
    """The golden texts, with what the run answers now; without its name, so that a run of another name is the same run."""
    lines = data_file("golden.jsonl").read_text(encoding="utf-8").splitlines()
    documents = [Document.from_dict(json.loads(line)) for line in lines]
    answers = [tagger.label(document, explain=False).to_dict() for document in documents]
    return tuple(
        {"document": document.to_dict(), "answer": {key: answer[key] for key in answer if key != "model"}}
        for document, answer in zip(documents, answers, strict=True)
    )


def versions() -> dict[str, str]:
    """Versions of everything that has a part in the weights."""
    return {name: version(name) for name in ("newsstand", "numpy", "scipy", "scikit-learn")} | {
        "python": platform.python_version()
    }
