"""20 Newsgroups is read from its folders, raw or without what gives the group away."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import _twenty_newsgroups as reference

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from train.importers import corpus_header, newsgroups

POSTING = """From: kim@norport.example (Kim Berg)
Subject: Re: Orbit of the new satellite
Lines: 9

In article <1@norport.example> Ada wrote:
> Is it high?
| Or low?
It is low.

Perigee is at 300 km.

--
Kim Berg, Norport"""


def write_corpus(top: Path) -> Path:
    for name, text in {
        "20news-bydate-train/sci.space/60001": POSTING,
        "20news-bydate-train/rec.autos/101": "Subject: Caf\xe9 car\n\nIt is red.\nIt is fast.",
        "20news-bydate-test/sci.space/60002": "Subject: Moon\n\nIt is far.",
        "20news-bydate-test/no.such.group/1": "Subject: x\n\ny",
        "README": "words",
    }.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(text.encode("latin-1"))
    return top


def read(path: Path, label_set: LabelSet, **options: Any) -> list[Document]:
    def fail(error: InputError) -> None:
        raise error

    return list(newsgroups.read(path, label_set, published_labels=False, on_error=fail, **options))


def as_reference(text: str) -> str:
    for strip in ("header", "footer", "quoting"):
        text = getattr(reference, f"strip_newsgroup_{strip}")(text)
    return text


def test_a_posting_keeps_its_text_and_has_its_group_as_topic(tmp_path: Path, label_set: LabelSet) -> None:
    documents = {document.id: document for document in read(write_corpus(tmp_path), label_set)}
    assert documents.keys() == {"rec.autos/101", "sci.space/60001", "sci.space/60002"}
    assert documents["sci.space/60001"] == Document(
        text=POSTING, id="sci.space/60001", source="norport.example", language="en", topics=("sci.space",)
    )
    assert "Café" in documents["rec.autos/101"].text


def test_one_part_can_be_read(tmp_path: Path, label_set: LabelSet) -> None:
    write_corpus(tmp_path)
    assert [document.id for document in read(tmp_path, label_set, part="test")] == ["sci.space/60002"]
    assert len(read(tmp_path, label_set, part="train")) == 2


def test_headers_quotes_and_signatures_can_be_left_out(tmp_path: Path, label_set: LabelSet) -> None:
    texts = {document.id: document.text for document in read(write_corpus(tmp_path), label_set, strip=True)}
    assert texts["sci.space/60001"] == "It is low.\n\nPerigee is at 300 km.\n"
    assert texts["rec.autos/101"] == "It is red.\nIt is fast."


@given(st.text(alphabet=st.sampled_from("a\n- >|:"), max_size=60).map(lambda t: t.replace("a", "Ada wrote")))
def test_stripping_follows_the_rules_of_the_published_figures(text: str) -> None:
    assert newsgroups.stripped(text) == as_reference(text)


def test_the_header_says_that_the_groups_are_all_there_is(label_set: LabelSet) -> None:
    header = corpus_header(newsgroups, label_set, published_labels=False)
    assert header.scope == newsgroups.LABELS
    assert not header.main_topic_only


def test_the_published_corpus_has_its_known_sizes(published_corpora: Path, label_set: LabelSet) -> None:
    archive = published_corpora / "20news-bydate.tar.xz"
    for part, size in (("train", 11314), ("test", 7532)):
        raw = read(archive, label_set, part=part)
        assert len(raw) == size
        assert {topic for document in raw for topic in document.topics or ()} == set(newsgroups.LABELS)
        bare = read(archive, label_set, part=part, strip=True)
        assert [document.text for document in bare] == [as_reference(document.text) for document in raw]


@pytest.mark.parametrize("text", ["", "\n\n", "Subject: x", "Subject: x\n\n--\n\n--"])
def test_a_posting_without_a_body_has_an_empty_text(text: str) -> None:
    assert newsgroups.stripped(text).strip("-\n") == ""
