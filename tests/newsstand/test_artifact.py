"""A run on disk: what is saved comes back, and what is damaged, foreign or too new is refused with a useful message."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand import artifact
from newsstand.artifact import FORMAT, Run, load
from newsstand.documents import Document
from newsstand.errors import ArtifactDamaged, ArtifactError, ArtifactForeign, ArtifactTooNew
from newsstand.kernel import table_dtype
from newsstand.tagger import Tagger

NEWS = Document(
    title="Ministers agree to count the border crossings",
    text="The interior minister said on Monday that asylum seekers who cross at Eastby would be counted twice.",
)
REMEDY = r"train it anew|restore|upgrade|is not a Newsstand run"


@pytest.fixture
def run_path(small_run_path: Path, tmp_path: Path) -> Path:
    """A copy of the small run, to be damaged."""
    return Path(shutil.copytree(small_run_path, tmp_path / "run"))


def refuse(path: Path, kind: type[ArtifactError], *named: str) -> str:
    """The message with which a run is refused; it names the files and says what to do."""
    with pytest.raises(ArtifactError, match=REMEDY) as refusal:
        Tagger.load(path)
    assert type(refusal.value) is kind
    message = str(refusal.value)
    assert all(name in message for name in (path.name, *named)), message
    return message


def edit_manifest(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


def replace_file(path: Path, name: str, content: bytes | np.ndarray[Any, Any]) -> None:
    """Put another file in the place of one of a run, with its hash, as somebody would who means it."""
    if isinstance(content, bytes):
        (path / name).write_bytes(content)
    else:
        np.save(path / name, content)
    digest = artifact.file_digest(path / name)
    edit_manifest(path, lambda manifest: manifest["files"].update({name: digest}))


# --- saving and loading -----------------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was_saved(small_run: Run, tmp_path: Path) -> None:
    artifact.save(small_run, tmp_path / "copy", "# A card\n")
    copy = artifact.load(tmp_path / "copy")
    assert copy.name == "copy"
    assert copy.fingerprint == small_run.fingerprint
    assert (copy.spec, copy.languages, copy.heads) == (
        small_run.spec,
        small_run.languages,
        ("topics", "leaning", "stance"),
    )
    assert copy.slots.tobytes() == small_run.slots.tobytes() and copy.table.tobytes() == small_run.table.tobytes()
    assert copy.golden == small_run.golden and copy.about == small_run.about
    assert (tmp_path / "copy" / "card.md").read_text() == "# A card\n"
    assert Tagger(copy).label(NEWS).topics == Tagger(small_run).label(NEWS).topics


def test_the_fingerprint_is_of_what_decides_answers(small_run: Run, run_path: Path) -> None:
    edit_manifest(run_path, lambda manifest: manifest["about"].update(created="2001-01-01"))
    (run_path / "card.md").write_text("Another card")
    assert artifact.load(run_path).fingerprint == small_run.fingerprint
    edit_manifest(run_path, lambda manifest: manifest["heads"]["leaning"].update(threshold=0.01))
    assert artifact.load(run_path).fingerprint != small_run.fingerprint


def test_arrays_are_mapped_not_read(small_run: Run) -> None:
    assert isinstance(small_run.table, np.memmap) and isinstance(small_run.slots, np.memmap)
    assert not small_run.table.flags.writeable


def test_every_file_can_be_read_by_another_user(run_path: Path) -> None:
    assert run_path.stat().st_mode & 0o755 == 0o755


@pytest.mark.parametrize("occupied_by", ["folder", "file"])
def test_saving_never_overwrites(small_run: Run, tmp_path: Path, occupied_by: str) -> None:
    path = tmp_path / "taken"
    path.mkdir() if occupied_by == "folder" else path.write_text("mine")
    with pytest.raises(ArtifactError, match="taken exists already: choose another name"):
        artifact.save(small_run, path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("error", "seen"),
    [(OSError(28, "No space left on device"), ArtifactError), (KeyboardInterrupt(), KeyboardInterrupt)],
    ids=["disk full", "Ctrl-C"],
)
def test_a_failed_save_leaves_nothing(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, seen: type[BaseException]
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(artifact.os, "replace", fail)
    with pytest.raises(seen):
        artifact.save(small_run, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["slots.npy", "table.npy", "golden.jsonl"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "emptied", "longer"])
def test_a_damaged_file_is_refused(run_path: Path, name: str, damage: str) -> None:
    content = bytearray((run_path / name).read_bytes())
    if damage == "altered":
        content[len(content) // 2] ^= 1
    changed = {"truncated": content[:-1], "altered": content, "emptied": b"", "longer": content + b"\0"}[damage]
    (run_path / name).write_bytes(changed)
    assert "truncated or altered" in refuse(run_path, ArtifactDamaged, name)


@pytest.mark.parametrize("name", ["slots.npy", "table.npy", "golden.jsonl"])
def test_a_missing_file_is_refused(run_path: Path, name: str) -> None:
    (run_path / name).unlink()
    assert "missing" in refuse(run_path, ArtifactDamaged, name)


def test_a_card_may_be_edited_or_removed(run_path: Path) -> None:
    (run_path / "card.md").unlink()
    Tagger.load(run_path)


@pytest.mark.parametrize("content", [None, "not a folder"], ids=["nothing there", "a file"])
def test_no_folder_at_all_is_foreign(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "run").write_text(content)
    refuse(tmp_path / "run", ArtifactForeign, "manifest.json")


def test_a_folder_of_something_else_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    refuse(tmp_path, ArtifactForeign, "manifest.json")


@pytest.mark.parametrize("content", ["[]", '"run"', "{}", '{"newsstand": "corpus"}', '{"manifest_version": 3}', "null"])
def test_a_manifest_of_something_else_is_foreign(run_path: Path, content: str) -> None:
    (run_path / "manifest.json").write_text(content)
    refuse(run_path, ArtifactForeign, "manifest.json")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b"[" * 100_000], ids=["empty", "cut", "bytes", "deep"])
def test_a_manifest_that_is_no_json_is_damaged(run_path: Path, content: bytes) -> None:
    (run_path / "manifest.json").write_bytes(content)
    refuse(run_path, ArtifactDamaged, "manifest.json")


def test_a_huge_manifest_is_not_even_read(run_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, "MAX_MANIFEST_BYTES", 100)
    refuse(run_path, ArtifactForeign, "manifest.json")


def test_a_newer_format_asks_for_an_upgrade(run_path: Path) -> None:
    edit_manifest(run_path, lambda manifest: manifest.update(format=FORMAT + 1))
    assert "upgrade Newsstand" in refuse(run_path, ArtifactTooNew, f"format {FORMAT + 1}")


def test_a_run_of_the_first_format_is_still_read(run_path: Path) -> None:
    def as_it_was(manifest: dict[str, Any]) -> None:
        manifest["format"] = 1
        topics = manifest["heads"]["topics"]
        for key in topics.keys() - {"label_set", "labels"}:
            del topics[key]
        for label in topics["labels"]:
            label.pop("curve", None)

    edit_manifest(run_path, as_it_was)
    head = load(run_path).topics
    assert head and not head.exclusive and not head.curves and head.likeliest is head.main_topic is None


@pytest.mark.parametrize("number", [None, "1", 1.5, True, 0, -1])
def test_a_format_that_never_was_is_damaged(run_path: Path, number: object) -> None:
    edit_manifest(run_path, lambda manifest: manifest.update(format=number))
    refuse(run_path, ArtifactDamaged, "manifest.json", "format")


@pytest.mark.parametrize("key", ["files", "features", "heads", "languages", "about"])
@pytest.mark.parametrize("value", ["missing", None, 7, "text"])
def test_a_manifest_without_its_parts_is_damaged(run_path: Path, key: str, value: object) -> None:
    edit_manifest(run_path, lambda manifest: manifest.pop(key) if value == "missing" else manifest.update({key: value}))
    refuse(run_path, ArtifactDamaged)


@pytest.mark.parametrize("name", ["../outside.txt", "sub/../../outside.txt", "/etc/hostname", "..", "", "."])
def test_names_that_lead_out_of_the_run_are_refused(run_path: Path, name: str) -> None:
    (run_path.parent / "outside.txt").write_text("a secret")
    digest = artifact.file_digest(run_path.parent / "outside.txt")
    edit_manifest(run_path, lambda manifest: manifest["files"].update({name: digest}))
    refuse(run_path, ArtifactDamaged)


@pytest.mark.parametrize("name", ["slots.npy", "golden.jsonl"])
def test_a_file_that_the_manifest_does_not_list_is_refused(run_path: Path, name: str) -> None:
    edit_manifest(run_path, lambda manifest: manifest["files"].pop(name))
    assert "does not list" in refuse(run_path, ArtifactDamaged, name)


def test_pickled_arrays_are_never_unpickled(run_path: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "exploded",)

    for content in (np.array([Bomb()], object), pickle.dumps(Bomb())):
        replace_file(run_path, "slots.npy", content)
        refuse(run_path, ArtifactDamaged, "slots.npy")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"\x93NUMPY\x01\x00v\x00{'descr': '<u4'"])
def test_files_that_are_no_arrays_are_refused(run_path: Path, content: bytes) -> None:
    replace_file(run_path, "table.npy", content)
    refuse(run_path, ArtifactDamaged, "table.npy")


@pytest.mark.parametrize(
    "slots",
    [
        np.full(100, 0xFFFFFFFF, np.uint32),
        np.full(1, 0xFFFFFFFF, np.uint32),
        np.empty(0, np.uint32),
        np.zeros(1 << 14, np.uint64),
        np.zeros(1 << 14, ">u4"),
        np.zeros((128, 128), np.uint32),
        np.array(5, np.uint32),
        np.full(2, 0xFFFFFFFF, np.uint32),  # too few for hashes of so many bits
    ],
    ids=["no power of two", "one", "none", "wide", "big-endian", "two dimensions", "no dimension", "two"],
)
def test_slots_that_the_kernel_cannot_read_are_refused(run_path: Path, slots: np.ndarray[Any, Any]) -> None:
    replace_file(run_path, "slots.npy", slots)
    refuse(run_path, ArtifactDamaged)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: np.zeros(len(table), table_dtype(200)),
        lambda table: np.zeros((len(table), 64), np.int8),
        lambda table: table["idf"].copy(),
        lambda table: np.zeros(1 << 26, [("x", "V1")]),
    ],
    ids=["other labels", "matrix", "floats", "bytes"],
)
def test_a_table_that_does_not_fit_the_labels_is_refused(run_path: Path, change: Callable[[Any], Any]) -> None:
    replace_file(run_path, "table.npy", change(np.load(run_path / "table.npy")))
    refuse(run_path, ArtifactDamaged)


@pytest.mark.parametrize(
    "change",
    [
        lambda heads: heads.clear(),
        lambda heads: heads["topics"]["labels"].pop(),
        lambda heads: heads["topics"]["labels"].append(heads["topics"]["labels"][0]),
        lambda heads: heads["topics"]["labels"][0].pop("slope"),
        lambda heads: heads["topics"]["labels"][0].update(threshold="high"),
        lambda heads: heads["topics"]["labels"][0].update(threshold=None),
        lambda heads: heads["topics"]["labels"][0].update(intercept=float("nan")),
        lambda heads: [label.update(threshold=[0.5, 0.5]) for label in heads["topics"]["labels"]],
        lambda heads: heads["topics"].update(labels=[]),
        lambda heads: heads["topics"]["labels"][0].update(parent="nobody"),
        lambda heads: heads["leaning"].update(intercept=[0.1, 0.2]),
        lambda heads: heads["leaning"].update(intercept=[0.1, None, 0.2]),
        lambda heads: heads["leaning"].update(slope=None),
        lambda heads: heads["leaning"].update(threshold=float("nan")),
        lambda heads: heads.update(leaning=[]),
        lambda heads: heads.update(topics="immigration"),
    ],
)
def test_heads_that_make_no_sense_are_refused(run_path: Path, change: Callable[[Any], Any]) -> None:
    edit_manifest(run_path, lambda manifest: change(manifest["heads"]))
    refuse(run_path, ArtifactDamaged)


@pytest.mark.parametrize("spec", [{"max_n": 0}, {"id_bits": 31}, {"title_weight": 2.5}, {"stemming": True}])
def test_features_that_make_no_sense_are_refused(run_path: Path, spec: dict[str, Any]) -> None:
    edit_manifest(run_path, lambda manifest: manifest["features"]["ngrams"].update(spec))
    refuse(run_path, ArtifactDamaged)


@pytest.mark.parametrize("content", [b"{}\n", b"5\n", b"{\n", b"\xff\n", b'{"document": {"text": 5}, "answer": {}}\n'])
def test_golden_answers_that_are_none_are_refused(run_path: Path, content: bytes) -> None:
    replace_file(run_path, "golden.jsonl", content)
    refuse(run_path, ArtifactDamaged)


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer["topics"][0].update(score=answer["topics"][0]["score"] - 0.01),
        lambda answer: answer["topics"].pop(),
        lambda answer: answer["topics"].reverse(),
        lambda answer: answer.update(language="fr"),
        lambda answer: answer["leaning"].update(label="left"),
        lambda answer: answer["leaning"]["scores"].pop("left"),
        lambda answer: answer.update(leaning=None),
        lambda answer: answer["abstained"].clear(),
        lambda answer: answer.pop("topics"),
    ],
)
def test_a_run_that_answers_its_golden_texts_differently_is_refused(
    small_run: Run, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    golden = json.loads(json.dumps(small_run.golden))
    change(golden[0]["answer"])
    artifact.save(replace(small_run, golden=tuple(golden)), tmp_path / "run")
    with pytest.raises(ArtifactDamaged, match=r"golden text 1 differently.*train it anew"):
        Tagger.load(tmp_path / "run")


def test_altered_weights_are_noticed_by_the_answers(run_path: Path) -> None:
    table = np.load(run_path / "table.npy")
    table["weights"] = -table["weights"]
    replace_file(run_path, "table.npy", table)
    with pytest.raises(ArtifactDamaged, match="golden text"):
        Tagger.load(run_path)
