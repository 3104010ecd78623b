"""A training from files to a saved run: the same every time, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsstand.artifact import Run
from newsstand.errors import InputError, LabelError, NewsstandError, SettingError
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from train import training
from train.fit import FitOptions
from train.training import new_name, train


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


def trained(registry: Registry, files: list[Path], name: str = "mine", **options: Any) -> Run:
    arguments = {key: options.pop(key) for key in ("taxonomy", "test_files", "on_error") if key in options}
    on_progress = options.pop("on_progress", lambda stage, share: None)
    return train(
        [str(path) for path in files],
        name,
        registry,
        FitOptions(**({"n_jobs": 1} | options)),
        on_progress=on_progress,
        **arguments,
    )


def arrays(registry: Registry, name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((registry.path / name).glob("*.npy"))}


@pytest.fixture
def mine(make_documents: Callable[..., Any], write_corpus: Callable[..., Path]) -> Path:
    """A small corpus of two topics."""
    golds = [d for t in ("sport", "economy") for d in make_documents(12, [t], topics=(t,))]
    return write_corpus(golds, corpus="made-up", licence="CC0")


def test_the_number_of_jobs_changes_no_byte(registry: Registry, sample_files: list[Path]) -> None:
    for jobs in (1, 3):
        trained(registry, sample_files, f"jobs-{jobs}", n_jobs=jobs, seed=7)
    assert arrays(registry, "jobs-1") == arrays(registry, "jobs-3") != {}
    runs = [Tagger.load(registry.named(name)).run for name in ("jobs-1", "jobs-3")]
    assert runs[0].fingerprint == runs[1].fingerprint
    assert runs[0].about["metrics"] == runs[1].about["metrics"]


def test_the_seed_is_part_of_the_run(registry: Registry, sample_files: list[Path], small_run: Run) -> None:
    trained(registry, sample_files, "again", seed=0)
    trained(registry, sample_files, "other", seed=1)
    again, other = (Tagger.load(registry.named(name)).run for name in ("again", "other"))
    assert again.fingerprint == small_run.fingerprint != other.fingerprint
    assert other.about["options"]["seed"] == 1


def test_a_training_says_what_it_was(small_run: Run, sample_files: list[Path]) -> None:
    about = small_run.about
    assert len(about["corpora"]) == len(sample_files)
    assert sum(corpus["documents"] for corpus in about["corpora"]) == 252
    assert about["outlets"] > 1 and about["seconds"] > 0
    assert {"newsstand", "numpy", "scipy", "scikit-learn", "python"} == about["versions"].keys()
    assert datetime.fromisoformat(about["created"]).tzinfo == UTC
    assert about["rare"] and set(about["rare"].values()) <= {1, 2, 3, 4}
    assert "test" not in about


def test_a_run_can_be_loaded_and_labels(registry: Registry, mine: Path, make_documents: Callable[..., Any]) -> None:
    returned = trained(registry, [mine], heads=("topics",))
    tagger = Tagger.load(registry.named("mine"))
    assert tagger.run.golden == returned.golden != ()
    (document,) = make_documents(1, ["sport"], seed=9)
    assert [topic.label for topic in tagger.label(document).topics] == ["sport"]


def test_nobody_is_promoted_by_training(registry: Registry, mine: Path) -> None:
    trained(registry, [mine])
    assert registry.champion() is None and registry.runs() == ["mine"]


def test_a_run_is_judged_on_test_files_too(
    registry: Registry, mine: Path, make_documents: Callable[..., Any], write_corpus: Callable[..., Path]
) -> None:
    held_out = write_corpus(make_documents(9, ["sport"], seed=3, topics=("sport",)), "held-out.jsonl")
    run = trained(registry, [mine], test_files=[str(held_out)])
    assert run.about["test"]["topics"]["n"] == 9
    assert "## On the test files" in (registry.path / "mine" / "card.md").read_text()


def test_a_label_set_of_ones_own_gives_codes_and_parents(registry: Registry, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'name = "own"\n[[topic]]\nid = "leisure"\n[[topic]]\nid = "sport"\nparent = "leisure"\ncode = "own:7"\n'
        '[[topic]]\nid = "economy"\n'
    )
    run = trained(registry, [mine], taxonomy=tmp_path / "own.toml")
    assert run.topics and run.topics.labels.ids == ("leisure", "sport", "economy")
    assert run.topics.labels["sport"].code == "own:7" and run.topics.labels.name == "own"


# --- what goes wrong is said before the work is done ------------------------------------------------------------------


def never(*arguments: object) -> None:
    raise AssertionError("the training went on")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("taken", "already: choose another --name"), ("../out", "cannot name a run"), ("champion", "cannot name a run")],
)
def test_a_name_that_cannot_be_used_is_refused_first(
    registry: Registry, mine: Path, monkeypatch: pytest.MonkeyPatch, name: str, complaint: str
) -> None:
    (registry.path / "taken").mkdir(parents=True)
    monkeypatch.setattr(training, "read_corpora", never)
    with pytest.raises(SettingError, match=complaint):
        trained(registry, [mine], name)


def test_a_models_directory_that_is_none_is_refused_first(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "read_corpora", never)
    with pytest.raises(SettingError, match=r"runs cannot be saved in .*corpus\.jsonl"):
        trained(Registry(mine), [mine])
    with pytest.raises(SettingError, match="runs cannot be saved in"):
        trained(Registry(mine / "below"), [mine])


def test_unknown_files_are_named_before_anything_is_fitted(
    registry: Registry, mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "fit", never)
    with pytest.raises(InputError, match=r"nowhere\.jsonl: there is no such file"):
        trained(registry, [mine, tmp_path / "nowhere.jsonl"])
    with pytest.raises(InputError, match=r"nowhere\.jsonl: there is no such file"):
        trained(registry, [mine], test_files=[str(tmp_path / "nowhere.jsonl")])
    with pytest.raises(LabelError, match=r"nowhere\.toml"):
        trained(registry, [mine], taxonomy=tmp_path / "nowhere.toml")


def test_malformed_records_are_left_out_or_stop_the_training(registry: Registry, mine: Path) -> None:
    with mine.open("a") as stream:
        stream.write('{"title": "no text"}\nnot JSON\n')
    errors: list[InputError] = []
    run = trained(registry, [mine], on_error=errors.append)
    assert [error.place for error in errors] == [f"{mine}:26", f"{mine}:27"]
    assert run.about["corpora"][0]["documents"] == 24
    with pytest.raises(InputError, match=":26"):
        trained(registry, [mine], "strict")


@pytest.mark.parametrize(
    "stage", ["reading the corpora", "topics: judging on outlets never seen", "topics: final weights", "saving"]
)
@pytest.mark.parametrize("error", [KeyboardInterrupt, NewsstandError])
def test_a_training_that_is_stopped_leaves_nothing(
    registry: Registry,
    sample_files: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    error: type[BaseException],
) -> None:
    reached = []

    def stop(*arguments: object) -> None:
        reached.append(arguments)
        raise error

    def on_progress(now: str, share: float) -> None:
        if now == stage:
            stop()

    if stage == "saving":
        monkeypatch.setattr("newsstand.artifact.os.replace", stop)
    monkeypatch.setattr("newsstand.heads.svm.wait", Slowly())
    with pytest.raises(error):
        trained(registry, sample_files, on_progress=on_progress)
    assert reached
    assert not registry.path.exists() or list(registry.path.iterdir()) == []


class Slowly:
    """Waits for a fit and says once that it goes on: one this small is over before it reports anything."""

    def __init__(self) -> None:
        self.seen: set[int] = set()

    def __call__(self, fits: list[Future[int]], timeout: float) -> Any:
        waited = wait(fits)
        first = id(fits) not in self.seen
        self.seen.add(id(fits))
        return type(waited)(set(), waited.done) if first else waited


# --- names and golden answers -----------------------------------------------------------------------------------------


def test_a_run_that_nobody_named_is_named_after_the_day_and_its_heads(registry: Registry) -> None:
    first = new_name(registry, ("topics", "leaning"))
    assert first == f"{datetime.now(UTC).date()}-topics-leaning"
    for name in (first, f"{first}-2"):
        (registry.path / name).mkdir(parents=True)
        (registry.path / name / "manifest.json").write_text("{}")
    assert new_name(registry, ("topics", "leaning")) == f"{first}-3"


def test_golden_answers_are_those_of_the_golden_texts(small_run: Run) -> None:
    texts = [json.loads(line)["text"] for line in training.data_file("golden.jsonl").read_text().splitlines()]
    assert [entry["document"]["text"] for entry in small_run.golden] == texts
    assert any(entry["answer"]["topics"] for entry in small_run.golden)
