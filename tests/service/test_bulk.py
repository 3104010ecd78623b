"""Files labelled chunk by chunk: the order, the account, the workers."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from newsstand.errors import ArtifactDamaged, InputError, NewsstandError
from newsstand.formats.lines import numbered_lines
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from service import bulk
from service.bulk import Job, available_cpus, label_file

HEADER = '{"newsstand": 1, "corpus": "harbour"}'


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few documents, and a pool from the third chunk on."""
    monkeypatch.setattr(bulk, "CHUNK_BYTES", 300)
    monkeypatch.setattr(bulk, "CHUNKS_WITHOUT_POOL", 3)


@pytest.fixture
def label(registry: Registry) -> Any:
    """Labels a file with the champion and returns the output and the number of malformed records."""
    path = registry.resolve("champion")
    tagger = Tagger.load(path)

    def label_with(source: Path, **options: Any) -> tuple[bytes, int]:
        chunks = list(label_file(Job(str(source), path, **options), tagger))
        return b"".join(chunk.output for chunk in chunks), sum(chunk.malformed for chunk in chunks)

    return label_with


def articles(count: int, every_bad: int = 0) -> list[str]:
    subjects = (
        "The council raised the tariff on stalls",
        "Asylum seekers waited at the border crossing",
        "Traders sold fish",
    )
    lines = [
        json.dumps({"id": str(n), "text": f"{subjects[n % 3]}, report number {n} of the week."}) for n in range(count)
    ]
    return [f"{{broken {n}" if every_bad and n % every_bad == 3 else line for n, line in enumerate(lines)]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def parsed(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode().splitlines()]


def places(output: bytes) -> list[str]:
    return [line["error"]["place"].rpartition(":")[2] for line in parsed(output) if "error" in line]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_two_workers_write_the_same_bytes_as_one(label: Any, tmp_path: Path, form: str) -> None:
    source = write(tmp_path / "a.jsonl", articles(60, every_bad=7))
    alone = label(source, form=form, workers=1)
    assert label(source, form=form, workers=2) == alone
    assert alone[1] == len(range(3, 60, 7))


@pytest.mark.usefixtures("small_chunks")
def test_answers_come_in_the_order_of_the_documents(label: Any, tmp_path: Path) -> None:
    output, _ = label(write(tmp_path / "a.jsonl", articles(50)))
    assert [answer["id"] for answer in parsed(output)] == [str(n) for n in range(50)]


@pytest.mark.usefixtures("small_chunks")
def test_errors_stand_at_their_place_and_name_their_line(label: Any, tmp_path: Path) -> None:
    lines = articles(50, every_bad=7)
    lines[20:20] = ["", "  "]  # blank lines are counted, not answered
    output, malformed = label(write(tmp_path / "a.jsonl", lines))
    assert malformed == 7
    assert places(output) == ["4", "11", "18", "27", "34", "41", "48"]
    assert ["error" in answer for answer in parsed(output)] == [n % 7 == 3 for n in range(50)]


@pytest.mark.usefixtures("small_chunks")
def test_a_corpus_header_counts_only_at_the_start_of_the_file(label: Any, tmp_path: Path) -> None:
    alone, malformed = label(write(tmp_path / "a.jsonl", [HEADER, *articles(30)]))
    assert (len(parsed(alone)), malformed) == (30, 0)
    for position in (1, 9, 16, 30):
        lines = articles(30)
        lines.insert(position, HEADER)
        output, malformed = label(write(tmp_path / "b.jsonl", lines))
        assert (places(output), malformed) == ([str(position + 1)], 1)


def test_a_line_that_is_too_long_is_an_error_and_the_next_ones_are_answered(
    label: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "numbered_lines", partial(numbered_lines, limit=200))
    lines = articles(6)
    lines[2] = json.dumps({"text": "rent " * 100})
    lines[4] = "{broken"
    output, malformed = label(write(tmp_path / "a.jsonl", lines))
    assert (places(output), malformed) == (["3", "5"], 2)
    assert [answer["id"] for answer in parsed(output)] == ["0", "1", None, "3", None, "5"]


@pytest.mark.usefixtures("small_chunks")
def test_tables_keep_their_order_and_their_errors(label: Any, tmp_path: Path) -> None:
    rows = [f"{n},Asylum seekers waited at the border for week {n}" for n in range(30)]
    rows[12] = "12,too,many cells"
    output, malformed = label(write(tmp_path / "a.csv", ["id,text", *rows]), workers=1)
    assert (places(output), malformed) == (["14"], 1)
    assert [answer["id"] for answer in parsed(output)] == [None if n == 12 else str(n) for n in range(30)]


def test_the_share_that_was_read_grows_to_one(registry: Registry, tmp_path: Path, small_chunks: None) -> None:
    path = registry.resolve("champion")
    job = Job(str(write(tmp_path / "a.jsonl", articles(40))), path)
    shares = [chunk.share for chunk in label_file(job, Tagger.load(path))]
    assert len(shares) > 5
    assert all(share is not None and 0 < share <= 1 for share in shares)
    assert shares[-1] == 1


@pytest.mark.usefixtures("small_chunks")
def test_workers_end_without_a_word(label: Any, tmp_path: Path, capfd: Any) -> None:
    label(write(tmp_path / "a.jsonl", articles(60)), workers=2)
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("small_chunks")
def test_workers_end_when_the_reader_stops_early(registry: Registry, tmp_path: Path) -> None:
    path = registry.resolve("champion")
    job = Job(str(write(tmp_path / "a.jsonl", articles(200))), path, workers=2)
    with closing(label_file(job, Tagger.load(path))) as chunks:
        next(chunks)
        assert multiprocessing.active_children()
    assert not multiprocessing.active_children()


@pytest.mark.usefixtures("small_chunks")
def test_a_worker_that_dies_is_an_error_and_no_hang(registry: Registry, tmp_path: Path) -> None:
    path = registry.resolve("champion")
    job = Job(str(write(tmp_path / "a.jsonl", articles(2000))), path, workers=2)
    with closing(label_file(job, Tagger.load(path))) as chunks:
        next(chunks)
        for worker in multiprocessing.active_children():
            os.kill(worker.pid or 0, signal.SIGKILL)
        with pytest.raises(NewsstandError, match="a worker died"):
            list(chunks)
    assert not multiprocessing.active_children()


@pytest.mark.usefixtures("small_chunks")
def test_a_run_that_a_worker_cannot_load_is_named(registry: Registry, tmp_path: Path, damage: Any) -> None:
    path = registry.resolve("champion")
    job = Job(str(write(tmp_path / "a.jsonl", articles(2000))), path, workers=2)
    tagger = Tagger.load(path)
    damage(path)
    with pytest.raises(ArtifactDamaged, match="truncated or altered"):
        list(label_file(job, tagger))
    assert not multiprocessing.active_children()


def test_a_small_file_starts_no_worker(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_Worker", None)
    path = registry.resolve("champion")
    job = Job(str(write(tmp_path / "a.jsonl", articles(100))), path, workers=8)
    assert sum(chunk.documents for chunk in label_file(job, Tagger.load(path))) == 100


def test_a_file_that_breaks_off_is_an_error(label: Any, tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl.gz"
    source.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(InputError, match="damaged or cut short"):
        label(source)


def test_there_is_at_least_one_cpu() -> None:
    assert 1 <= available_cpus() <= (os.cpu_count() or 1)
