"""A small run, trained once on the sample corpus, for every test that needs a real one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from newsstand.artifact import Run
from newsstand.registry import Registry
from newsstand.tagger import Tagger

settings.register_profile("newsstand", deadline=None)  # a busy machine is no bug
settings.load_profile("newsstand")

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="session")
def sample_files() -> list[Path]:
    """The files of the sample corpus."""
    return sorted(SAMPLE.glob("*.jsonl"))


@pytest.fixture(scope="session")
def _small_registry(tmp_path_factory: pytest.TempPathFactory, sample_files: list[Path]) -> Registry:
    from train.fit import FitOptions
    from train.training import train

    registry = Registry(tmp_path_factory.mktemp("trained"))
    files = [str(path) for path in sample_files]
    train(files, "small", registry, FitOptions(n_jobs=1), on_progress=lambda stage, share: None)
    return registry


@pytest.fixture(scope="session")
def small_run_path(_small_registry: Registry) -> Path:
    """Directory of the small run. Read it, and copy it before you change anything."""
    return _small_registry.named("small")


@pytest.fixture(scope="session")
def tagger(small_run_path: Path) -> Tagger:
    """The small run, loaded as a user would load it."""
    return Tagger.load(small_run_path)


@pytest.fixture(scope="session")
def small_run(tagger: Tagger) -> Run:
    """The small run as it stands on the disk: heads topics, leaning and stance."""
    return tagger.run


@pytest.fixture
def models_dir(small_run_path: Path, tmp_path: Path) -> Path:
    """A models directory of your own, with the small run as its champion."""
    path = tmp_path / "models"
    shutil.copytree(small_run_path, path / "small")
    Registry(path).promote("small")
    return path
