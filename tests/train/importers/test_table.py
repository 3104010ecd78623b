"""Any table can be imported by naming its columns."""

from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError, LabelError
from newsstand.formats import Columns
from newsstand.labels import LabelSet
from train.importers import table
from train.importers.labels import mapped_scope, translate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "news.csv").write_text("body,section\nThe quay,world\nThe vote,elections;sea\n,empty\nThe rain,\n")
    return tmp_path / "news.csv"


def read(path: Path, label_set: LabelSet, mapping: str | None, *, published: bool = False) -> list[Document]:
    errors: list[InputError] = []
    columns = Columns(text="body", topics="section")
    documents = list(
        table.read(
            path, label_set, published_labels=published, on_error=errors.append, columns=columns, mapping=mapping
        )
    )
    assert [error.place for error in errors] == [f"{path}:4"]
    return documents


def test_topics_stay_as_they_stand(path: Path, label_set: LabelSet) -> None:
    kept = [("world",), ("elections", "sea"), None]
    assert [document.topics for document in read(path, label_set, None)] == kept
    assert [document.topics for document in read(path, label_set, "allsides", published=True)] == kept


def test_topics_can_be_translated(path: Path, label_set: LabelSet) -> None:
    assert [document.topics for document in read(path, label_set, "allsides")] == [None, ("elections",), None]
    with pytest.raises(LabelError, match="no mapping for 'mine'"):
        read(path, label_set, "mine")


def test_translation_keeps_each_topic_once() -> None:
    mapping = {"a": ("x", "y"), "b": ("y",), "none": ()}
    assert translate(("b", "a"), mapping) == ("y", "x")
    assert translate(("none", "b"), mapping) == ("y",)
    assert translate(("none",), mapping) is None
    assert translate((), mapping) == ()
    assert mapped_scope(mapping) == ("x", "y")
