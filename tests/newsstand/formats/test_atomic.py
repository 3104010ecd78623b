"""Files appear whole or not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats import atomic_path, write_documents


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "report.txt") as temporary:
        temporary.write_text("done")
        assert temporary.parent == tmp_path
        assert not (tmp_path / "report.txt").exists()
    assert (tmp_path / "report.txt").read_text() == "done"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_of_a_block_that_fails(tmp_path: Path, failure: type[BaseException]) -> None:
    (tmp_path / "report.txt").write_text("before")
    with pytest.raises(failure), atomic_path(tmp_path / "report.txt") as temporary:
        temporary.write_text("half")
        raise failure
    assert (tmp_path / "report.txt").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.csv.gz", "a.tsv.zst", "a.parquet"]
)
@pytest.mark.parametrize("failure", [InputError("bad"), KeyboardInterrupt()])
def test_nothing_is_left_of_a_corpus_whose_documents_fail(tmp_path: Path, name: str, failure: BaseException) -> None:
    def failing() -> Iterator[Document]:
        yield Document(text="fine")
        raise failure

    with pytest.raises(type(failure)):
        write_documents(tmp_path / name, failing())
    assert list(tmp_path.iterdir()) == []


def test_new_files_have_the_mode_that_the_user_set(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with atomic_path(tmp_path / "report.txt"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "report.txt").stat().st_mode & 0o777 == 0o640


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "target.txt").write_text("before")
    (tmp_path / "link.txt").symlink_to("target.txt")
    with atomic_path(tmp_path / "link.txt") as temporary:
        temporary.write_text("after")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "target.txt").read_text() == "after"


@pytest.mark.parametrize("target", [os.devnull, "."])
def test_devices_and_folders_are_not_replaced(target: str) -> None:
    with pytest.raises(InputError, match="no ordinary file"), atomic_path(target):
        pass


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write into the folder"):
        write_documents(tmp_path / "missing" / "a.jsonl", [])
