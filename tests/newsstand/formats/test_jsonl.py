"""JSONL files as people have them: blank lines, byte order marks, broken lines."""

import gzip
import io
import os
import sys
from pathlib import Path

import pytest
import zstandard

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError
from newsstand.formats import Columns, CorpusHeader, read_documents, read_header, write_documents

GOOD = b'{"text": "The mill reopens."}\n'


def write(folder: Path, content: bytes, name: str = "corpus.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def errors_of(path: Path) -> tuple[list[Document], list[str]]:
    errors: list[InputError] = []
    documents = list(read_documents(path, on_error=errors.append))
    return documents, [str(error) for error in errors]


def test_the_first_malformed_line_stops_the_reading_and_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + b'{"text": \n' + GOOD)
    with pytest.raises(InputError, match=r"corpus\.jsonl:2: not valid JSON") as caught:
        list(read_documents(path))
    assert caught.value.place == f"{path}:2"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "half', "not valid JSON"),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b'{"title": "no text"}', "'text' is missing"),
        (b"[1, 2]", "got an array"),
        (b'{"text": 5}', "must be a string"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"text": "a", "id": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"text": "a", "leaning": "upwards"}', "must be one of"),
        (b'{"newsstand": 1, "corpus": "late"}', "not on the first line"),
    ],
)
def test_a_bad_line_is_one_bad_record(tmp_path: Path, line: bytes, reason: str) -> None:
    path = write(tmp_path, GOOD + line + b"\n" + GOOD)
    documents, errors = errors_of(path)
    assert len(documents) == 2
    assert len(errors) == 1
    assert errors[0].startswith(f"{path}:2: ")
    assert reason in errors[0]


def test_no_error_repeats_the_article(tmp_path: Path) -> None:
    _, errors = errors_of(write(tmp_path, b'{"text": "A secret recipe", }\n{"text": "A secret recipe\xff"}\n'))
    assert len(errors) == 2
    assert "recipe" not in "".join(errors)


def test_a_line_beyond_the_limit_is_one_bad_record(tmp_path: Path) -> None:
    long_line = b'{"text": "' + b"x" * (64 * 1024 * 1024) + b'"}\n'
    path = write(tmp_path, gzip.compress(GOOD + long_line + GOOD, 1), "corpus.jsonl.gz")
    documents, errors = errors_of(path)
    assert len(documents) == 2
    assert errors == [f"{path}:2: the line is longer than 64 MiB"]


def test_what_json_allows_is_read(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"text": "marked"}',
        b"",
        b'{"text": "zero \\u0000 byte"}',
        b'{"text": "first", "text": "last"}',
        b'{"text": "unknown keys", "weight": NaN, "deep": {"a": [1]}}\r',
        b'{"text": "numbered", "id": 7}',
        b'{"text": "line\xe2\x80\xa8separator"}',
    ]
    documents = list(read_documents(write(tmp_path, b"\n".join(lines))))
    texts = [document.text for document in documents]
    assert texts == ["marked", "zero \0 byte", "last", "unknown keys", "numbered", "line\u2028separator"]
    assert documents[4].id == "7"


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.csv", "corpus.tsv.gz", "corpus.parquet"])
def test_an_empty_file_has_no_document(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, b"", name)
    assert list(read_documents(path)) == []
    assert read_header(path) is None


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.csv"])
def test_a_utf16_file_is_refused_as_a_whole(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "text\nThe mill reopens.\n".encode("utf-16"), name)
    with pytest.raises(FormatError, match="UTF-16"):
        list(read_documents(path, on_error=lambda _: None))


@pytest.mark.parametrize("name", ["corpus.json", "corpus", "corpus.txt.gz", "corpus.parquet.gz"])
def test_an_unknown_extension_is_refused_at_once(name: str) -> None:
    with pytest.raises(FormatError, match=r"unknown kind of file; use \.jsonl"):
        read_documents(name)
    with pytest.raises(FormatError, match="unknown kind of file"):
        write_documents(name, [])


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_documents(tmp_path / "none.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(InputError, match="this is a folder"):
        read_header(tmp_path / "folder.jsonl")


@pytest.mark.parametrize("extension", [".gz", ".zst"])
def test_a_compressed_file_that_is_cut_short_is_refused(tmp_path: Path, extension: str) -> None:
    whole = b"".join(b'{"text": "%s"}\n' % os.urandom(40).hex().encode() for _ in range(500))
    packed = gzip.compress(whole) if extension == ".gz" else zstandard.compress(whole)
    path = write(tmp_path, packed[: len(packed) // 2], f"corpus.jsonl{extension}")
    with pytest.raises(FormatError, match="damaged or cut short"):
        list(read_documents(path, on_error=lambda _: None))


@pytest.mark.parametrize("extension", [".gz", ".zst"])
def test_a_compressed_file_that_is_damaged_is_refused(tmp_path: Path, extension: str) -> None:
    packed = bytearray(gzip.compress(GOOD * 50) if extension == ".gz" else zstandard.compress(GOOD * 50))
    packed[8:16] = b"\xff" * 8
    with pytest.raises(FormatError, match="damaged or cut short"):
        list(read_documents(write(tmp_path, bytes(packed), f"corpus.jsonl{extension}"), on_error=lambda _: None))


def test_compression_is_recognised_whatever_the_extension_says(tmp_path: Path) -> None:
    for n, content in enumerate((gzip.compress(GOOD), zstandard.compress(GOOD))):
        assert len(list(read_documents(write(tmp_path, content, f"{n}.jsonl")))) == 1
    assert len(list(read_documents(write(tmp_path, GOOD, "plain.jsonl.gz")))) == 1


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_compressed_files_that_were_joined_are_read_to_the_end(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    path = write(tmp_path, b"".join(pack(GOOD * 300) for _ in range(20)), "joined.jsonl.gz")
    assert len(list(read_documents(path))) == 6000


def test_standard_input_and_output_are_jsonl(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin, stdout = io.BytesIO(gzip.compress(b'{"newsstand": 1, "corpus": "a"}\n' + GOOD)), io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(stdout))
    assert read_header("-") is None
    assert write_documents("-", read_documents("-")) == 1
    assert stdout.getvalue() == GOOD


def test_keys_of_other_names_are_found_through_columns(tmp_path: Path) -> None:
    path = write(tmp_path, b'{"body": "The mill reopens.", "section": "industry; towns", "id": 3}\n{"section": "x"}\n')
    errors: list[InputError] = []
    columns = Columns(text="body", topics="section")
    (document,) = read_documents(path, columns=columns, on_error=errors.append)
    assert document == Document(text="The mill reopens.", topics=("industry", "towns"), id="3")
    assert [error.place for error in errors] == [f"{path}:2"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b'{"newsstand": 2, "corpus": "a"}', "not of version 1"),
        (b'{"newsstand": true, "corpus": "a"}', "not of version 1"),
        (b'{"newsstand": 1}', "needs a 'corpus'"),
        (b'{"newsstand": 1, "corpus": "a", "licence": 5}', "'licence'"),
        (b'{"newsstand": 1, "corpus": "a", "scope": "elections"}', "list of topics"),
    ],
)
def test_a_header_that_cannot_be_understood_is_refused(tmp_path: Path, header: bytes, reason: str) -> None:
    path = write(tmp_path, header + b"\n" + GOOD)
    with pytest.raises(FormatError, match=reason):
        read_header(path)
    with pytest.raises(FormatError, match=reason):
        list(read_documents(path, on_error=lambda _: None))


def test_a_header_may_lie_beside_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert read_header(path) is None
    write(tmp_path, b'{"newsstand": 1, "corpus": "mills", "scope": []}', "corpus.jsonl.corpus.json")
    assert read_header(path) == CorpusHeader("mills", scope=())
    write(tmp_path, b"mills", "corpus.jsonl.corpus.json")
    with pytest.raises(FormatError, match="cannot read the corpus header"):
        read_header(path)


def test_a_file_without_a_readable_first_line_has_no_header(tmp_path: Path) -> None:
    assert read_header(write(tmp_path, b"{broken\n" + GOOD)) is None
