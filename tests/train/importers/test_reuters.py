"""Reuters-21578 is read from its SGML files, split as ModApte splits it."""

import tarfile
from pathlib import Path
from typing import Any

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet, Topic
from train.importers import corpus_header, reuters

TEXT = "<TITLE>RYE HARVEST  &lt;LATE></TITLE>\n<DATELINE>  NORPORT, March 2 - </DATELINE><BODY>Rye R&amp;D fell\nlate.\n&#3;</BODY>"


def element(
    number: int, part: str = "TRAIN", looked: str = "YES", topics: str = "<D>rye</D>", text: str = TEXT, kind: str = ""
) -> str:
    return (
        f'<REUTERS TOPICS="{looked}" LEWISSPLIT="{part}" CGISPLIT="TRAINING-SET" OLDID="9" NEWID="{number}">\n'
        f"<DATE> 2-MAR-1987 15:01:01.79</DATE>\n<TOPICS>{topics}</TOPICS>\n<PLACES><D>norland</D></PLACES>\n"
        f"<UNKNOWN> \n&#5;&#5;C\nf0704</UNKNOWN>\n<TEXT{kind}>&#2;\n{text}\n</TEXT>\n</REUTERS>\n"
    )


def write(folder: Path, *elements: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reut2-000.sgm").write_text('<!DOCTYPE lewis SYSTEM "lewis.dtd">\n' + "".join(elements), "latin-1")
    (folder / "README.txt").write_text("<REUTERS >words</REUTERS>")
    return folder


def read(path: Path, label_set: LabelSet, *, published: bool = False, **options: Any) -> list[Document]:
    def fail(error: InputError) -> None:
        raise error

    return list(reuters.read(path, label_set, published_labels=published, on_error=fail, **options))


def test_title_body_date_and_topics_are_read(tmp_path: Path, label_set: LabelSet) -> None:
    assert read(write(tmp_path, element(7)), label_set) == [
        Document(
            text="Rye R&D fell\nlate.",
            title="RYE HARVEST <LATE>",
            id="7",
            source="reuters.com",
            date="1987-03-02",
            language="en",
            topics=("rye",),
        )
    ]


def test_only_documents_that_indexers_looked_at_and_that_are_in_a_part_are_kept(
    tmp_path: Path, label_set: LabelSet
) -> None:
    write(
        tmp_path,
        element(1),
        element(2, part="TEST"),
        element(3, part="NOT-USED"),
        element(4, looked="NO"),
        element(5, looked="BYPASS", part="TEST"),
    )
    assert [document.id for document in read(tmp_path, label_set)] == ["1", "2"]
    assert [document.id for document in read(tmp_path, label_set, part="train")] == ["1"]
    assert [document.id for document in read(tmp_path, label_set, part="test")] == ["2"]


def test_a_document_without_any_of_the_90_topics_has_none_and_stays(tmp_path: Path, label_set: LabelSet) -> None:
    write(
        tmp_path, element(1, topics=""), element(2, topics="<D>austdlr</D>"), element(3, topics="<D>tin</D><D>zinc</D>")
    )
    assert [document.topics for document in read(tmp_path, label_set)] == [(), (), ("tin", "zinc")]


def test_a_brief_has_a_title_only_and_an_unprocessed_text_no_title(tmp_path: Path, label_set: LabelSet) -> None:
    write(
        tmp_path,
        element(1, text="<TITLE>RYE UP</TITLE>", kind=' TYPE="BRIEF"'),
        element(2, text="Rye prices\n  up 1 pct", kind=' TYPE="UNPROC"'),
    )
    brief, unprocessed = read(tmp_path, label_set)
    assert (brief.title, brief.text) == ("RYE UP", "")
    assert (unprocessed.title, unprocessed.text) == ("", "Rye prices\n  up 1 pct")


def test_an_archive_is_read_like_the_folder(tmp_path: Path, label_set: LabelSet) -> None:
    folder = write(tmp_path / "reuters21578", element(1), element(2))
    with tarfile.open(tmp_path / "reuters.tar.xz", "w:xz") as archive:
        archive.add(folder, "reuters21578")
    assert read(tmp_path / "reuters.tar.xz", label_set) == read(folder, label_set)


def test_an_element_that_is_cut_short_is_reported_and_the_rest_kept(tmp_path: Path, label_set: LabelSet) -> None:
    write(tmp_path, element(1), element(2)[:-30], element(3), element(4)[:80])
    errors: list[InputError] = []
    documents = list(reuters.read(tmp_path, label_set, published_labels=False, on_error=errors.append))
    assert [document.id for document in documents] == ["1", "3"]
    assert [str(error).rpartition("reut2-000.sgm:")[2] for error in errors] == [
        "2: the element REUTERS does not end; the file is damaged or cut short",
        "4: the element REUTERS does not end; the file is damaged or cut short",
    ]


@pytest.mark.parametrize("date", ["", "yesterday", "31-FEB-1987", "1-ABC-1987"])
def test_a_date_that_is_none_is_left_out(tmp_path: Path, label_set: LabelSet, date: str) -> None:
    write(tmp_path, element(1).replace("2-MAR-1987", date))
    assert read(tmp_path, label_set)[0].date is None


def test_a_mapping_translates_where_there_is_one(tmp_path: Path) -> None:
    mapped = LabelSet("small", (Topic("farming"),), {"reuters": {"rye": ("farming",)}})
    write(tmp_path, element(1))
    assert read(tmp_path, mapped)[0].topics == ("farming",)
    assert read(tmp_path, mapped, published=True)[0].topics == ("rye",)
    assert corpus_header(reuters, mapped, published_labels=False).scope == ("farming",)


def test_the_header_names_the_90_topics_as_complete(label_set: LabelSet) -> None:
    header = corpus_header(reuters, label_set, published_labels=False)
    assert header.scope == reuters.LABELS
    assert not header.main_topic_only


def test_the_published_corpus_has_the_sizes_of_modapte(published_corpora: Path, label_set: LabelSet) -> None:
    archive = published_corpora / "reuters21578.tar.xz"
    parts = {part: read(archive, label_set, part=part) for part in ("train", "test")}
    assert {part: len(documents) for part, documents in parts.items()} == {"train": 9603, "test": 3299}
    for documents in parts.values():
        assert {topic for document in documents for topic in document.topics or ()} == set(reuters.LABELS)
        assert all(document.date and (document.text or document.title) for document in documents)
    assert sum(bool(document.topics) for document in parts["train"]) == 7770
    assert sum(bool(document.topics) for document in parts["test"]) == 3019
