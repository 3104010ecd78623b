"""A run on disk: a directory of a manifest, arrays, golden answers and a card. Nothing in it is ever executed.

Not for choosing between runs (see :mod:`newsstand.registry`) or labelling with one (see :mod:`newsstand.tagger`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand import kernel
from newsstand.answers import HeadName
from newsstand.documents import Document
from newsstand.errors import ArtifactDamaged, ArtifactError, ArtifactForeign, ArtifactTooNew, NewsstandError
from newsstand.heads.leaning import LeaningHead
from newsstand.heads.topics import TopicHead
from newsstand.stance import saving as stance_saving
from newsstand.stance.heads import StanceHeads
from newsstand.text.ngrams import NgramSpec

FORMAT = 2
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 64 << 20
_ARRAYS = ("slots", "table")
_REMEDY = "restore the run from a copy or train it anew"


@dataclass(frozen=True)
class Run:
    """Everything a tagger needs, as loaded from or about to be written to a directory.

    Parameters
    ----------
    name : str
    spec : NgramSpec
    slots, table : arrays
        See :class:`newsstand.kernel.Vocabulary` and :class:`newsstand.kernel.Scorer`. Labels of the table: the topics, then
        the three leanings.
    topics : TopicHead or None
    leaning : LeaningHead or None
    stance : StanceHeads or None
    languages : tuple of str
        Languages the run was trained on; others are abstained from.
    golden : tuple of dict
        Documents with the answers expected, ``{"document": …, "answer": …}``.
    about : dict
        What people want to know: training corpora with fingerprints, metrics, versions, seed, time.
    """

    name: str
    spec: NgramSpec
    slots: NDArray[np.uint32]
    table: NDArray[np.void]
    topics: TopicHead | None
    leaning: LeaningHead | None
    languages: tuple[str, ...] = ("en",)
    golden: tuple[dict[str, Any], ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    stance: StanceHeads | None = None

    @property
    def heads(self) -> tuple[HeadName, ...]:
        """Names of the heads the run has."""
        present: list[HeadName] = []
        if self.topics:
            present.append("topics")
        if self.leaning:
            present.append("leaning")
        if self.stance:
            present.append("stance")
        return tuple(present)

    @property
    def n_labels(self) -> int:
        """Labels of the table that mean something."""
        return (len(self.topics.labels) if self.topics else 0) + (3 if self.leaning else 0)


def save(run: Run, path: Path, card: str = "", report: str | None = None) -> None:
    """Write a run into the new directory ``path``, whole or not at all.

    Raises
    ------
    ArtifactError
        If ``path`` exists or cannot be written.
    """
    if path.exists():
        raise ArtifactError(f"{path} exists already: choose another name, or remove it first")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    except OSError as error:
        raise ArtifactError(f"cannot write into {path.parent}: {error.strerror}") from error
    try:
        for name in _ARRAYS:
            np.save(building / f"{name}.npy", getattr(run, name), allow_pickle=False)
        golden = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in run.golden)
        (building / "golden.jsonl").write_text(golden, encoding="utf-8")
        if run.stance:
            (building / stance_saving.FOLDER).mkdir()
            stance_saving.write_heads(run.stance, building / stance_saving.FOLDER)
        saved = sorted(file.relative_to(building).as_posix() for file in building.rglob("*") if file.is_file())
        files = {name: file_digest(building / name) for name in saved}
        (building / "card.md").write_text(card, encoding="utf-8")
        if report is not None:
            (building / "report.html").write_text(report, encoding="utf-8")
        manifest = {
            "newsstand": "run",
            "format": FORMAT,
            **_deciding(run, files),
            "name": run.name,
            "about": dict(run.about),
        }
        (building / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        building.chmod(0o755)
        os.replace(building, path)
    except BaseException as error:
        shutil.rmtree(building, ignore_errors=True)
        if isinstance(error, OSError):
            raise ArtifactError(f"cannot save the run as {path}: {error.strerror or error}") from error
        raise


def load(path: Path) -> Run:
    """Read a run and check every file against the manifest; arrays are memory-mapped, shared between workers.

    Raises
    ------
    ArtifactForeign, ArtifactTooNew, ArtifactDamaged
        If the directory is no run, comes from a newer version, or does not hold what its manifest says.
    """
    manifest = read_manifest(path)
    try:
        files = {str(name): str(digest) for name, digest in manifest["files"].items()}
        _check_files(path, files)
        arrays: dict[str, Any] = {name: _load_array(path / f"{name}.npy") for name in _ARRAYS}
        heads = manifest["heads"]
        stance_arrays = {name: _load_array(path / file) for name, file in _stance_files(files)}
        run = Run(
            name=path.name,
            spec=NgramSpec(**manifest["features"]["ngrams"]),
            topics=TopicHead.from_dict(heads["topics"]) if "topics" in heads else None,
            leaning=LeaningHead.from_dict(heads["leaning"]) if "leaning" in heads else None,
            stance=stance_saving.heads_from_dict(heads["stance"], stance_arrays, path / stance_saving.FOLDER, files)
            if "stance" in heads
            else None,
            languages=_strings(manifest["languages"], "languages"),
            golden=_read_golden(path / "golden.jsonl"),
            about=dict(**manifest["about"]),
            **arrays,
        )
    except ArtifactError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OSError, NewsstandError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ArtifactDamaged(f"{path / MANIFEST}: the run is damaged ({reason}); {_REMEDY}") from error
    _check_shapes(path, run)
    return Run(**{**run.__dict__, "fingerprint": _fingerprint(_deciding(run, files))})


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a run, with its format checked but not its files.

    Raises
    ------
    ArtifactForeign, ArtifactTooNew, ArtifactDamaged
    """
    file = path / MANIFEST
    if not file.is_file():
        raise ArtifactForeign(f"{path} is not a Newsstand run: it has no {MANIFEST}")
    if file.stat().st_size > MAX_MANIFEST_BYTES:
        raise ArtifactForeign(f"{path} is not a Newsstand run: its {MANIFEST} is larger than any run's")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise ArtifactDamaged(f"{file}: truncated or altered ({type(error).__name__}); {_REMEDY}") from error
    if not isinstance(manifest, dict) or manifest.get("newsstand") != "run":
        raise ArtifactForeign(f"{path} is not a Newsstand run: its {MANIFEST} is something else's")
    found = manifest.get("format")
    if type(found) is not int or found < 1:
        raise ArtifactDamaged(f"{file}: the format number is missing or altered; {_REMEDY}")
    if found > FORMAT:
        raise ArtifactTooNew(
            f"{path} has format {found}; this version of Newsstand reads up to {FORMAT}: upgrade Newsstand"
        )
    return manifest


def file_digest(file: Path) -> str:
    """SHA-256 of a file, as manifests write it."""
    with file.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def _deciding(run: Run, files: Mapping[str, str]) -> dict[str, Any]:
    """The part of the manifest that decides answers, and nothing that differs between two trainings of the same run."""
    heads: dict[str, Any] = {}
    if run.topics:
        heads["topics"] = run.topics.to_dict()
    if run.leaning:
        heads["leaning"] = run.leaning.to_dict()
    if run.stance:
        heads["stance"] = stance_saving.heads_to_dict(run.stance)
    return {
        "features": {"ngrams": run.spec.to_dict()},
        "heads": heads,
        "languages": list(run.languages),
        "files": dict(files),
    }


def _fingerprint(deciding: Mapping[str, Any]) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def _check_files(path: Path, files: Mapping[str, str]) -> None:
    missing = {f"{name}.npy" for name in _ARRAYS} | {"golden.jsonl"}
    missing -= files.keys()
    if missing:
        raise ArtifactDamaged(f"{path}: the manifest does not list {', '.join(sorted(missing))}; {_REMEDY}")
    for name, digest in files.items():
        inside = Path(name).name == name or name in stance_saving.FILES
        if not inside or not (path / name).is_file():
            raise ArtifactDamaged(f"{path / Path(name).name} is missing; {_REMEDY}")
        if file_digest(path / name) != digest:
            raise ArtifactDamaged(f"{path / name} was truncated or altered; {_REMEDY}")


def _stance_files(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name and file of each array of the stance head that the manifest lists, so that its digest was checked."""
    named = zip(stance_saving.ARRAYS, stance_saving.ARRAY_FILES, strict=True)
    return [(name, file) for name, file in named if file in files]


def _load_array(file: Path) -> NDArray[Any]:
    """Map an array; unlike ``np.load`` this can neither unpickle nor unzip anything."""
    try:
        array = np.lib.format.open_memmap(file, mode="r")
    except (ValueError, OSError) as error:
        raise ArtifactDamaged(f"{file} holds no array ({error}); {_REMEDY}") from error
    if array.ndim != 1 or not array.flags.c_contiguous:
        raise ArtifactDamaged(f"{file}: expected an array of one dimension; {_REMEDY}")
    return array


def _read_golden(file: Path) -> tuple[dict[str, Any], ...]:
    try:
        golden = tuple(json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
        for entry in golden:
            Document.from_dict(entry["document"])
            dict(**entry["answer"])
    except (KeyError, TypeError, ValueError, RecursionError, NewsstandError) as error:
        raise ArtifactDamaged(f"{file} holds no golden answers ({type(error).__name__}); {_REMEDY}") from error
    return golden


def _strings(value: object, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{what} must be a list of strings")
    return tuple(value)


def _check_shapes(path: Path, run: Run) -> None:
    """What the kernel takes for granted about the arrays."""
    slot_bits = len(run.slots).bit_length() - 1
    row_bits = kernel.row_bits(slot_bits, run.spec.id_bits)
    if not (
        run.slots.dtype == np.uint32
        and 1 <= slot_bits <= run.spec.id_bits
        and len(run.slots) == 1 << slot_bits
        and row_bits >= 0
        and len(run.table) <= 1 << row_bits
    ):
        raise ArtifactDamaged(f"{path / 'slots.npy'} does not fit the features of the manifest; {_REMEDY}")
    if not (run.n_labels or run.stance) or run.table.dtype != kernel.table_dtype(run.n_labels):
        raise ArtifactDamaged(f"{path / 'table.npy'} does not fit the labels of the manifest; {_REMEDY}")
