"""List the runs of the models directory, and which of them is the champion.

The champion, marked with a star, is the run that 'newsstand label' and 'newsstand serve' use unless told otherwise.
Every file of a run is checked against its manifest; a run that must not be used is listed with the reason.

  newsstand models
  newsstand models --json | jq -r .champion

'newsstand promote RUN' makes another run the champion, 'newsstand rollback' takes that back.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from newsstand import artifact
from newsstand.errors import ArtifactError
from newsstand.registry import Registry
from service.terminal import align, harmless

MAIN_FIGURES = {
    "topics": {"micro_f1": "micro-F1", "macro_f1": "macro-F1"},
    "leaning": {"accuracy": "accuracy", "macro_f1": "macro-F1", "coverage": "coverage"},
}


def add_models_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--models``, the same for all commands that work with runs."""
    parser.add_argument(
        "--models",
        type=Path,
        default=Path(os.environ.get("NEWSSTAND_MODELS") or "models"),
        metavar="DIR",
        help="where runs are kept (default: NEWSSTAND_MODELS, or models)",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_models_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """List the runs.

    Raises
    ------
    NewsstandError
        If the pointer to the champion cannot be read.
    """
    registry = Registry(arguments.models)
    champion = registry.champion()
    with ThreadPoolExecutor() as threads:  # checking files is hashing, which lets go of the GIL
        runs = list(threads.map(describe_run, [registry.path / name for name in registry.runs()]))
    if arguments.json:
        print(json.dumps({"champion": champion, "runs": runs}, ensure_ascii=False))
        return 0
    for line in render_runs(champion, runs, str(registry.path)):
        print(line)
    return 0


def describe_run(path: Path) -> dict[str, Any]:
    """What a run says about itself, its size in bytes, and under ``damaged`` why it must not be used, if so."""
    try:
        manifest = artifact.read_manifest(path)
    except ArtifactError:
        manifest = {}
    about = _table(manifest, "about")
    created = about.get("created")
    description: dict[str, Any] = {
        "name": path.name,
        "created": created if isinstance(created, str) else None,
        "heads": list(_table(manifest, "heads")),
        "metrics": _table(about, "metrics"),
        "bytes": sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
    }
    try:
        artifact.load(path)
    except ArtifactError as error:
        description["damaged"] = str(error)
    return description


def render_runs(champion: str | None, runs: Sequence[Mapping[str, Any]], directory: str) -> list[str]:
    """The runs as lines of a table, the champion with a star, and below what is wrong or what to do next."""
    if not runs:
        lines = [f"There are no runs in {directory} yet. Train one: newsstand train my-articles.jsonl --name my-first"]
    else:
        lines = align([["", "Run", "Created", "Heads", "Size", "Figures"], *(_row(champion, run) for run in runs)])
    names = [run["name"] for run in runs]
    if champion is not None and champion not in names:
        lines += ["", f"The champion {harmless(champion)} is gone: promote another run, or roll back."]
    elif champion is None and runs:
        lines += ["", "There is no champion yet: newsstand promote RUN"]
    return lines


def _row(champion: str | None, run: Mapping[str, Any]) -> list[str]:
    return [
        "*" if run["name"] == champion else "",
        run["name"],
        (run["created"] or "unknown")[:16].replace("T", " "),
        ", ".join(run["heads"]) or "unknown",
        _size(run["bytes"]),
        f"damaged: {run['damaged']}" if "damaged" in run else _figures(run["metrics"]),
    ]


def _figures(metrics: Mapping[str, Any]) -> str:
    shown = []
    for head, names in MAIN_FIGURES.items():
        figures = _table(metrics, head)
        known = {name: figures[key] for key, name in names.items() if isinstance(figures.get(key), int | float)}
        values = [f"{name} {figure:.3f}" for name, figure in known.items()]
        if values:
            shown.append(f"{head}: {', '.join(values)}")
    return "; ".join(shown)


def _size(count: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


def _table(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A JSON object in another, empty where a foreign hand has put something else."""
    value = content.get(key)
    return value if isinstance(value, dict) else {}
