"""'newsstand corpus' as a person uses it."""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsstand.documents import Document
from newsstand.errors import InputError, LabelError, SettingError
from newsstand.formats import CorpusHeader, read_documents, read_header, write_documents
from train import fetch
from train.commands import corpus
from train.importers import IMPORTERS
from train.importers.stance import STANCE_CORPORA

TAXONOMY = """
[[topic]]
id = "sport"
[[topic]]
id = "norland"
kind = "place"
names = ["Norland"]
[mapping.bbc]
sport = ["sport"]
tech = []
"""


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    corpus.add_arguments(parser)
    return corpus.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    (tmp_path / "taxonomy.toml").write_text(TAXONOMY)
    return tmp_path / "taxonomy.toml"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    for name, content in {
        "sport/001.txt": "Norland wins\n\nThe rowers won.",
        "tech/001.txt": "New radio\n\nIt is small.",
        "tech/002.txt": "Only a title",
    }.items():
        (tmp_path / "bbc" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bbc" / name).write_text(content)
    return tmp_path / "bbc"


def test_an_import_writes_a_corpus_and_says_what_it_did(
    tmp_path: Path, published: Path, taxonomy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bbc.jsonl"
    assert run("import", "bbc", published, "-o", out, "--taxonomy", taxonomy, "--json") == 0
    assert [document.topics for document in read_documents(out)] == [("sport", "norland"), None]
    header = read_header(out)
    assert header is not None
    assert header.scope == ("norland", "sport")
    printed = capsys.readouterr()
    assert f"left out: {published}:bbc/tech/002.txt: no text below the title" in printed.err
    assert printed.err.endswith(f"wrote 2 documents to {out}, 1 malformed record left out\n")
    assert json.loads(printed.out) == {
        "documents": 2,
        "malformed": 1,
        "output": str(out),
        "header": header.to_dict(),
    }


def test_an_import_can_leave_labels_and_names_alone(tmp_path: Path, published: Path, taxonomy: Path) -> None:
    out = tmp_path / "bbc.jsonl"
    run("import", "bbc", published, "-o", out, "--taxonomy", taxonomy, "--no-named-topics")
    assert next(read_documents(out)).topics == ("sport",)
    run("import", "bbc", published, "-o", out, "--taxonomy", taxonomy, "--published-labels")
    assert [document.topics for document in read_documents(out)] == [("sport",), ("tech",)]


def test_a_strict_import_stops_and_leaves_no_file(tmp_path: Path, published: Path, taxonomy: Path) -> None:
    with pytest.raises(InputError, match="no text below the title"):
        run("import", "bbc", published, "-o", tmp_path / "bbc.jsonl", "--taxonomy", taxonomy, "--strict")
    assert not (tmp_path / "bbc.jsonl").exists()


def test_an_import_without_any_document_is_an_error(tmp_path: Path, taxonomy: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no document found"):
        run("import", "bbc", tmp_path / "empty", "-o", tmp_path / "bbc.jsonl", "--taxonomy", taxonomy)
    assert not (tmp_path / "bbc.jsonl").exists()


def test_only_the_first_ten_malformed_records_are_shown(
    tmp_path: Path, taxonomy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "news.csv").write_text("text\nfine\n" + "too,many\n" * 1200)
    run("import", "table", tmp_path / "news.csv", "-o", tmp_path / "news.jsonl", "--taxonomy", taxonomy)
    lines = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("left out:") for line in lines) == 10
    assert lines[-1].endswith("1,200 malformed records left out")


def test_a_table_is_imported_by_its_columns(tmp_path: Path, taxonomy: Path) -> None:
    (tmp_path / "news.csv").write_text("body,section,paper\nNorland again,sport,a.example\n")
    out = tmp_path / "out.parquet"
    arguments = ["import", "table", tmp_path / "news.csv", "-o", out, "--taxonomy", taxonomy]
    columns = ["--text-column", "body", "--topics-column", "section", "--source-column", "paper"]
    assert run(*arguments, *columns, "--licence", "CC0-1.0", "--corpus-name", "mine") == 0
    assert list(read_documents(out)) == [Document("Norland again", source="a.example", topics=("sport",))]
    assert read_header(out) == CorpusHeader("mine", "CC0-1.0")
    assert run(*arguments, *columns, "--mapping", "bbc") == 0
    assert read_header(out) == CorpusHeader("news", scope=("norland", "sport"))


def test_a_table_that_has_a_header_keeps_it(tmp_path: Path, taxonomy: Path) -> None:
    header = CorpusHeader("harbour", "CC0-1.0", "https://example.org/harbour", ("ports",))
    write_documents(tmp_path / "a.jsonl", [Document("The quay", topics=("ports",))], header)
    arguments = ["import", "table", tmp_path / "a.jsonl", "-o", tmp_path / "b.csv", "--taxonomy", taxonomy]
    run(*arguments)
    assert read_header(tmp_path / "b.csv") == header
    run(*arguments, "--licence", "mine")
    assert read_header(tmp_path / "b.csv") == CorpusHeader("harbour", "mine", header.source, header.scope)


def test_benchmark_corpora_keep_their_labels_and_can_be_read_by_part(tmp_path: Path) -> None:
    for part in ("train", "test"):
        (tmp_path / f"20news-bydate-{part}" / "sci.med").mkdir(parents=True)
        (tmp_path / f"20news-bydate-{part}" / "sci.med" / "1").write_text(f"Subject: x\n\nThe {part}.\n\n--\nK. B.")
    out = tmp_path / "test.jsonl"
    assert run("import", "newsgroups", tmp_path, "-o", out, "--part", "test", "--strip") == 0
    assert list(read_documents(out)) == [Document("The test.\n", id="sci.med/1", language="en", topics=("sci.med",))]
    header = read_header(out)
    assert header is not None and header.scope is not None
    assert len(header.scope) == 20 and not header.main_topic_only


def test_wrong_use_is_explained(tmp_path: Path, published: Path, taxonomy: Path) -> None:
    common = ["import", "bbc", published, "--taxonomy", taxonomy]
    with pytest.raises(SettingError, match="--text-column is only for 'corpus import table'"):
        run(*common, "-o", "out.jsonl", "--text-column", "body")
    with pytest.raises(SettingError, match="--part is only for corpora with published parts"):
        run(*common, "-o", "out.jsonl", "--part", "test")
    with pytest.raises(SettingError, match="reuters has train and test"):
        run("import", "reuters", published, "-o", "out.jsonl", "--part", "valid")
    with pytest.raises(SettingError, match="--split media --part test"):
        run("import", "allsides", published, "-o", "out.jsonl", "--part", "test")
    with pytest.raises(SettingError, match="both write to standard output"):
        run(*common, "-o", "-", "--json")
    with pytest.raises(LabelError, match="no mapping for 'allsides'"):
        run("import", "allsides", published, "-o", "out.jsonl", "--taxonomy", taxonomy)
    with pytest.raises(SettingError, match="name one of allsides, bbc"):
        run("fetch", "unheard-of")


def test_stats_count_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_documents(tmp_path / "a.jsonl", [Document("one"), Document("two")], CorpusHeader("first"))
    (tmp_path / "b.csv").write_text("text\nthree\ntoo,many\n")
    assert run("stats", tmp_path / "a.jsonl", tmp_path / "b.csv", "--json") == 0
    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    assert summary["documents"] == 3
    assert summary["malformed"] == 1
    assert [(file["corpus"], file["documents"]) for file in summary["files"]] == [("first", 2), (None, 1)]
    assert "b.csv:3" in printed.err
    assert run("stats", tmp_path / "a.jsonl") == 0
    assert "first" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"b\.csv:3"):
        run("stats", tmp_path / "b.csv", "--strict")


def test_fetch_shows_its_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("fetch", "--list") == 0
    printed = capsys.readouterr().out
    assert all(download.url in printed and download.licence in printed for download in fetch.DOWNLOADS.values())


def test_fetch_says_the_licence_and_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "source.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    small = fetch.Download("bbc", (tmp_path / "source.zip").as_uri(), "bbc.zip", "for tests")
    monkeypatch.setattr(fetch, "DOWNLOADS", {"bbc": small})
    assert run("fetch", "bbc", "-o", tmp_path / "here") == 0
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'here' / 'bbc.zip'}\n"
    assert "licence: for tests" in printed.err
    assert f"newsstand corpus import bbc {tmp_path / 'here' / 'bbc.zip'} -o bbc.jsonl" in printed.err


def test_the_importers_offered_are_those_there_are() -> None:
    assert set(corpus._WITH_TOPICS) == set(IMPORTERS)
    assert set(corpus._WITH_STANCES) == set(STANCE_CORPORA)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import argparse, sys; from train.commands import corpus; corpus.add_arguments(argparse.ArgumentParser());"
        "print(sorted({'numpy', 'pyarrow', 'tqdm', 'zstandard', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_import_that_is_interrupted_leaves_no_file(tmp_path: Path, taxonomy: Path) -> None:
    source, out = tmp_path / "pipe.jsonl", tmp_path / "out.jsonl"
    code = (
        "import sys; from train.commands import corpus; import argparse; p = argparse.ArgumentParser();"
        "corpus.add_arguments(p); corpus.run(p.parse_args(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "import", "table", "-", "-o", str(out), "--taxonomy", str(taxonomy)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        running.stdin.write(b'{"text": "The first of many."}\n')
        running.stdin.flush()
        until = time.monotonic() + 20
        while not list(tmp_path.glob(".out.jsonl.*")) and time.monotonic() < until:
            time.sleep(0.02)
        assert list(tmp_path.glob(".out.jsonl.*"))
        running.send_signal(2)
        running.communicate()
    assert running.returncode != 0
    assert not source.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["taxonomy.toml"]


def test_an_audit_exits_with_1_on_findings_and_0_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tides = [Document(f"The tide of day {n} was {n * 7} feet high at the old quay.", id=str(n)) for n in range(3)]
    write_documents(tmp_path / "clean.jsonl", [tides[0]])
    assert run("audit", tmp_path / "clean.jsonl") == 0
    assert capsys.readouterr().out == "1 document in 1 file: nothing to complain of\n"
    write_documents(tmp_path / "twice.jsonl", [tides[0], tides[0]])
    assert run("audit", tmp_path / "twice.jsonl") == 1
    assert "NS101  The same text again: 1 document\n" in capsys.readouterr().out


def test_an_audit_prints_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_documents(tmp_path / "a.jsonl", [Document("The tide is high at the old quay.")] * 4)
    assert run("audit", tmp_path / "a.jsonl", "--json", "--show", "2", "--fix", tmp_path / "b.jsonl") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["documents"] == 4
    assert [(f["code"], f["count"], len(f["examples"])) for f in report["findings"]] == [("NS101", 3, 2)]
    assert report["fixed"]["documents"] == len(list(read_documents(tmp_path / "b.jsonl"))) == 1


def test_a_strict_audit_stops_at_a_malformed_record(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "fine"}\n{"no": "text"}\n')
    with pytest.raises(InputError, match="'text' is missing"):
        run("audit", tmp_path / "a.jsonl", "--strict")
    with pytest.raises(SettingError, match="--show takes"):
        run("audit", tmp_path / "a.jsonl", "--show", "-1")


def test_a_split_writes_two_files_with_the_header(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = [
        Document(" ".join(f"{word}{n}" for word in ("quay", "tide", "rook", "oven")), date=f"2024-02-0{n + 1}")
        for n in range(8)
    ]
    header = CorpusHeader("mine", "CC0-1.0", scope=("ports",))
    write_documents(tmp_path / "a.jsonl", [*documents, Document("undated and alone")], header)
    assert (
        run("split", tmp_path / "a.jsonl", "--by", "time", "--held-out", "0.25", "-o", tmp_path / "x" / "y", "--json")
        == 0
    )
    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    paths = [summary[part]["path"] for part in ("train", "test")]
    assert [read_header(path) for path in paths] == [header, header]
    assert [[d.date for d in read_documents(path)] for path in paths] == [
        [d.date for d in documents[:6]],
        [d.date for d in documents[6:]],
    ]
    assert (summary["by"], summary["undated"], summary["malformed"]) == ("time", 1, 0)
    assert "left out 1 document: without a date" in printed.err


def test_a_split_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    write_documents(tmp_path / "a.jsonl", [Document("one"), Document("two")])
    common = ["split", tmp_path / "a.jsonl", "-o", tmp_path / "out"]
    with pytest.raises(InputError, match="need a 'date'"):
        run(*common, "--by", "time")
    with pytest.raises(SettingError, match="between 0 and 1"):
        run(*common, "--by", "random", "--held-out", "1.5")
    with pytest.raises(SettingError, match="--seed takes"):
        run(*common, "--by", "random", "--seed", "-1")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot make the folder"):
        run(*common, "--by", "random")
