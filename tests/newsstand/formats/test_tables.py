"""CSV, TSV and Parquet as people have them."""

import builtins
import datetime
import importlib
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsstand.documents import Document, GoldStance
from newsstand.errors import FormatError, InputError
from newsstand.formats import Columns, CorpusHeader, read_documents, read_header, write_documents


def write(folder: Path, content: str | bytes, name: str = "corpus.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def errors_of(path: Path) -> tuple[list[Document], list[str]]:
    errors: list[InputError] = []
    documents = list(read_documents(path, on_error=errors.append))
    return documents, [str(error) for error in errors]


def test_topics_and_stances_are_read_from_cells(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "text,topics,stances\n"
        'One,"[""ports"", ""trade""]",\n'
        "Two,ports; trade,\n"
        "Three,,\n"
        'Four,[],"[{""target"": ""new quay"", ""stance"": ""favor""}]"\n',
    )
    one, two, three, four = read_documents(path)
    assert one.topics == two.topics == ("ports", "trade")
    assert three.topics is None
    assert four.topics == ()
    assert four.stances == (GoldStance("new quay", "favor"),)


def test_places_are_lines_of_the_file_even_where_cells_span_several(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,text\n1,"two\nlines"\n\n2,\n3,fine\n')
    documents, errors = errors_of(path)
    assert [document.id for document in documents] == ["1", "3"]
    assert documents[0].text == "two\nlines"
    assert errors == [f"{path}:5: the field 'text' is missing"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"too,many,cells", "3 cells, but there are 2 columns"),
        (b"few", "1 cells, but there are 2 columns"),
        (b"caf\xe9,", "not UTF-8"),
        (b'"quote" astray,', "cannot be read"),
        (b'text,"[""half"', "not a JSON list"),
        (b"text," + b"[" * 200_000, "not a JSON list"),
    ],
)
def test_a_bad_row_is_one_bad_record(tmp_path: Path, row: bytes, reason: str) -> None:
    path = write(tmp_path, b"text,topics\nfirst,\n" + row + b"\nlast,\n")
    documents, errors = errors_of(path)
    assert [document.text for document in documents] == ["first", "last"]
    assert len(errors) == 1
    assert errors[0].startswith(f"{path}:3: ")
    assert reason in errors[0]


def test_a_quote_that_never_closes_is_reported(tmp_path: Path) -> None:
    _, errors = errors_of(write(tmp_path, 'text\nfirst\n"open\nand more\n'))
    assert len(errors) == 1


def test_long_cells_are_no_problem(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path, "text\n" + "word " * 100_000 + "\n"))
    assert len(document.text) == 500_000


def test_a_marked_file_with_windows_line_ends_and_padded_names_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufefftext , title\r\nThe quay,News\r\n")
    assert list(read_documents(path)) == [Document(text="The quay", title="News")]


def test_other_column_names_can_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, "body\tsection\nThe quay\tports\n", "corpus.tsv")
    assert list(read_documents(path, columns=Columns(text="body", topics="section"))) == [
        Document(text="The quay", topics=("ports",))
    ]


def test_a_table_without_the_columns_asked_for_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "body,section\nThe quay,ports\n")
    with pytest.raises(FormatError, match="no column 'text'; the columns are body, section"):
        list(read_documents(path))
    with pytest.raises(FormatError, match="no column 'kind'"):
        list(read_documents(path, columns=Columns(text="body", topics="kind")))


def test_a_table_without_column_names_is_refused_without_repeating_it(tmp_path: Path) -> None:
    path = write(tmp_path, "The quay was rebuilt after the storm of last winter and opens today,1\n")
    with pytest.raises(FormatError, match="the first row must hold the column names") as caught:
        list(read_documents(path))
    assert "storm" not in str(caught.value)


@pytest.mark.parametrize("names", [b"text,text\n", b"te\xffxt\n", b'"text\n'])
def test_column_names_that_cannot_be_used_are_refused(tmp_path: Path, names: bytes) -> None:
    with pytest.raises(FormatError):
        list(read_documents(write(tmp_path, names), on_error=lambda _: None))


def test_a_header_of_an_earlier_corpus_does_not_stay_beside_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write_documents(path, [Document(text="old")], CorpusHeader("old"))
    write_documents(path, [Document(text="new")])
    assert read_header(path) is None
    assert [file.name for file in tmp_path.iterdir()] == ["corpus.csv"]


def test_parquet_columns_of_other_types_are_read(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": ["The quay", "The mill"],
            "id": [7, 8],
            "date": pa.array([datetime.date(2021, 3, 4), None]),
            "language": pa.array([float("nan"), None]),
            "topics": ["ports;trade", '["mills"]'],
            "views": [1.5, 2.5],
        }
    )
    pq.write_table(table, tmp_path / "corpus.parquet")
    assert list(read_documents(tmp_path / "corpus.parquet")) == [
        Document(text="The quay", id="7", date="2021-03-04", topics=("ports", "trade")),
        Document(text="The mill", id="8", topics=("mills",)),
    ]


def test_timestamps_and_numeric_topics_become_text(tmp_path: Path) -> None:
    table = pa.table({"text": ["a"], "date": [datetime.datetime(2021, 3, 4, 5, 6)], "topics": [[3, 4]]})
    pq.write_table(table, tmp_path / "corpus.parquet")
    assert list(read_documents(tmp_path / "corpus.parquet")) == [
        Document(text="a", date="2021-03-04", topics=("3", "4"))
    ]


def test_a_bad_parquet_row_is_one_bad_record(tmp_path: Path) -> None:
    not_utf8 = pa.array([b"one", b"tw\xff", b"three", b"four"]).cast(pa.binary()).view(pa.string())
    table = pa.table({"text": not_utf8, "leaning": ["left", "left", "sideways", "right"]})
    path = tmp_path / "corpus.parquet"
    pq.write_table(table, path)
    documents, errors = errors_of(path)
    assert [document.text for document in documents] == ["one", "four"]
    assert [error.split(":")[1] for error in errors] == [" row 2", " row 3"]


@pytest.mark.parametrize("keep", [3, 50, 400])
def test_a_parquet_file_that_is_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "corpus.parquet"
    write_documents(path, [Document(text=f"Report {n}") for n in range(50)])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FormatError, match="damaged or cut short"):
        list(read_documents(path, on_error=lambda _: None))


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without_pyarrow(name: str, package: str | None = None) -> ModuleType:
        if name.startswith("pyarrow"):
            raise builtins.ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without_pyarrow)
    with pytest.raises(FormatError, match=r"pip install 'newsstand\[parquet\]'"):
        write_documents(tmp_path / "corpus.parquet", [Document(text="The quay")])
    assert list(tmp_path.iterdir()) == []
