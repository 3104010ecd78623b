"""What the house plan promises about folders, imports, the wheel and the sample corpus."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.formats import read_documents, read_header
from newsstand.kernel.library import builds
from newsstand.labels import LabelSet
from newsstand.resources import data_file

ROOT = Path(__file__).parents[2]


def imported(statement: str) -> set[str]:
    """The modules that a fresh Python has loaded after a statement."""
    code = f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


# --- folders and imports ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["data", "models"])
def test_data_and_models_hold_no_python(folder: str) -> None:
    assert [str(path) for path in (ROOT / folder).rglob("*.py*")] == []


def test_tests_are_no_package_and_no_two_have_one_name() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_labelling_loads_neither_the_training_nor_the_web_libraries() -> None:
    loaded = imported("from newsstand.tagger import Tagger; from newsstand.registry import Registry")
    assert "numpy" in loaded
    assert not loaded & {
        "sklearn",
        "scipy",
        "joblib",
        "torch",
        "pandas",
        "fastapi",
        "starlette",
        "pydantic",
        "py3langid",
    }


def test_help_is_quick_since_it_loads_nothing() -> None:
    loaded = imported("from newsstand.__main__ import main; main(['--help'])")
    assert not loaded & {"numpy", "sklearn", "scipy", "fastapi", "pydantic"}


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_the_help_of_a_command_loads_no_heavy_library(command: str) -> None:
    loaded = imported(f"from newsstand.__main__ import main; main([{command!r}, '--help'])")
    assert not loaded & {"sklearn", "scipy", "torch", "fastapi"}


# --- the wheel --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("hatchling"), reason="hatchling builds the wheel")
def test_the_wheel_has_the_kernel_and_the_taxonomy_and_no_tests(tmp_path: Path) -> None:
    options = ["--no-build-isolation", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("newsstand-*-py3-none-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {
        "newsstand/kernel/_kernel.so",
        *(f"newsstand/kernel/{path.name}" for path in builds()),
        "newsstand/kernel/alphabet.npz",
        "newsstand/_data/taxonomy.toml",
        "newsstand/_data/targets.toml",
        "newsstand/_data/golden.jsonl",
        "train/training.py",
        "service/app.py",
        "service/web/index.html",
        "service/web/app.css",
        "service/web/app.js",
    } <= names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"newsstand", "train", "service"}
    assert not [name for name in names if name.endswith((".c", ".h", ".jsonl.gz")) or "/test" in name]


# --- the sample corpus ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(sample_files: list[Path]) -> list[Document]:
    return [document for path in sample_files for document in read_documents(path)]


def test_the_sample_corpus_has_enough_articles_of_a_fair_length(sample: list[Document]) -> None:
    assert len(sample) >= 240
    assert len({document.id for document in sample}) == len(sample)
    lengths = [len(document.text.split()) for document in sample]
    assert min(lengths) >= 80 and max(lengths) <= 250


def test_the_sample_corpus_uses_the_taxonomy_within_its_scope(sample: list[Document], sample_files: list[Path]) -> None:
    taxonomy = LabelSet.load(data_file("taxonomy.toml"))
    used: set[str] = set()
    for path in sample_files:
        header = read_header(path)
        assert header and header.licence == "Apache-2.0" and header.scope
        assert set(header.scope) <= set(taxonomy.ids)
        for document in read_documents(path):
            assert document.topics and set(document.topics) <= set(header.scope)
            used.update(document.topics)
    assert len(used) >= 24


def test_the_sample_corpus_has_stances_whose_targets_can_be_found_in_the_text(sample: list[Document]) -> None:
    stances = Counter(stance.stance for document in sample for stance in document.stances or ())
    assert stances.keys() == {"favor", "against", "neutral"}
    for document in sample:
        assert document.stances and 1 <= len(document.stances) <= 3, document.id
        article = f"{document.title}\n{document.text}".casefold()
        for stance in document.stances:  # as a phrase, or word by word in another form: "sites" for "site"
            stems = [word[:5] for word in re.findall(r"\w{4,}", stance.target.casefold())]
            found = sum(stem in article for stem in stems)
            assert found >= len(stems) / 2, (document.id, stance.target)


def test_the_sample_corpus_has_every_leaning_and_several_outlets(sample: list[Document]) -> None:
    assert {document.leaning for document in sample} >= {"left", "center", "right"}
    assert len({document.source for document in sample}) >= 5
