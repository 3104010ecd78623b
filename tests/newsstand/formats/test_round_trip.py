"""What is written can be read back, in every format."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsstand.documents import LEANINGS, STANCES, Document, GoldStance
from newsstand.formats import CorpusHeader, read_documents, read_header, write_documents

some_text = st.text(min_size=1, max_size=30)
stances = st.builds(GoldStance, some_text.filter(str.strip), st.none() | st.sampled_from(STANCES))
documents = st.builds(
    Document,
    text=some_text,
    title=st.text(max_size=20),
    id=st.none() | some_text,
    source=st.none() | some_text,
    date=st.none() | some_text,
    language=st.none() | some_text,
    topics=st.none() | st.lists(some_text, max_size=3, unique=True).map(tuple),
    stances=st.none() | st.lists(stances, max_size=2).map(tuple),
    leaning=st.none() | st.sampled_from(LEANINGS),
)
FORMATS = [".jsonl", ".ndjson.gz", ".jsonl.zst", ".csv", ".csv.zst", ".tsv", ".tsv.gz", ".parquet"]


@pytest.mark.parametrize("extension", FORMATS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.lists(documents, max_size=4))
def test_any_documents_come_back_as_they_were(tmp_path: Path, extension: str, corpus: list[Document]) -> None:
    path = tmp_path / f"corpus{extension}"
    assert write_documents(path, corpus) == len(corpus)
    assert list(read_documents(path)) == corpus


@pytest.mark.parametrize("extension", FORMATS)
def test_the_header_comes_back_and_is_no_document(tmp_path: Path, extension: str) -> None:
    header = CorpusHeader("harbour", "CC0-1.0", "https://example.org/harbour", ("ports", "fishing"))
    path = tmp_path / f"corpus{extension}"
    write_documents(path, [Document(text="The ferry sails again.")], header)
    assert read_header(path) == header
    assert list(read_documents(path)) == [Document(text="The ferry sails again.")]


@pytest.mark.parametrize("extension", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_half_characters_survive_in_jsonl(tmp_path: Path, extension: str) -> None:
    document = Document(text="broken \ud83d emoji", topics=("a\udc00",))
    write_documents(tmp_path / f"corpus{extension}", [document])
    assert list(read_documents(tmp_path / f"corpus{extension}")) == [document]


@pytest.mark.parametrize("extension", [".csv", ".tsv.gz", ".parquet"])
def test_half_characters_are_replaced_in_tables(tmp_path: Path, extension: str) -> None:
    write_documents(tmp_path / f"corpus{extension}", [Document(text="broken \ud83d emoji", topics=("a\udc00",))])
    assert list(read_documents(tmp_path / f"corpus{extension}")) == [
        Document(text="broken \N{REPLACEMENT CHARACTER} emoji", topics=("a\N{REPLACEMENT CHARACTER}",))
    ]


def test_a_document_without_text_survives_in_jsonl(tmp_path: Path) -> None:
    write_documents(tmp_path / "a.jsonl", [Document(text="", title="Only a headline")])
    assert list(read_documents(tmp_path / "a.jsonl")) == [Document(text="", title="Only a headline")]


def test_compressed_files_of_the_same_documents_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        write_documents(tmp_path / name, [Document(text="The bridge is open.")])
    assert (tmp_path / "one.jsonl.gz").read_bytes() == (tmp_path / "two.jsonl.gz").read_bytes()
    assert gzip.decompress((tmp_path / "one.jsonl.gz").read_bytes()) == b'{"text": "The bridge is open."}\n'


def test_a_parquet_file_of_many_documents_comes_back_in_order(tmp_path: Path) -> None:
    corpus = [Document(text=f"Report {n}", id=str(n)) for n in range(5000)]
    assert write_documents(tmp_path / "many.parquet", iter(corpus)) == 5000
    assert list(read_documents(tmp_path / "many.parquet")) == corpus
