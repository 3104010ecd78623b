"""`newsstand label`: files in, answers out, and one text in words."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from newsstand.__main__ import INTERRUPTED, main, run_command
from newsstand.documents import Document
from newsstand.formats import write_documents
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from service.terminal import Progress, cut, harmless, render_answer

Command = Callable[..., int]
ASYLUM = "Asylum seekers waited for days at the border crossing near Harbour Falls."
LINE = json.dumps({"text": "The council raised the tariff on every stall in the market. " * 40}).encode() + b"\n"


@pytest.fixture
def label(registry: Registry) -> Command:
    def run_label(*arguments: object) -> int:
        return run_command("label", "service.commands.label", [*map(str, arguments), "--models", str(registry.path)])

    return run_label


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_text(f"{json.dumps({'id': 'a', 'text': ASYLUM})}\n{json.dumps({'text': 'Rent.'})}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tagger(two_runs: Path) -> Tagger:
    return Tagger.load(two_runs / "second")


def answers(content: str | bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (content if isinstance(content, str) else content.decode()).splitlines()]


def only(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"models"}


def test_a_file_is_answered_on_standard_output(label: Command, source: Path, capsys: Any) -> None:
    assert label(source) == 0
    shown = capsys.readouterr()
    first, second = answers(shown.out)
    assert (first["id"], [topic["label"] for topic in first["topics"]]) == ("a", ["immigration"])
    assert first["topics"][0]["evidence"]
    assert (second["id"], second["abstained"][0]["reason"]) == (None, "too_short")
    assert shown.err.startswith("labelled 2 documents in ")


def test_the_answer_is_the_one_that_the_library_gives(
    label: Command, source: Path, registry: Registry, capsys: Any
) -> None:
    label(source)
    expected = Tagger.load(registry.resolve("champion")).label(Document(id="a", text=ASYLUM)).to_dict()
    assert answers(capsys.readouterr().out)[0] == json.loads(json.dumps(expected))


def test_standard_input_is_jsonl(label: Command, source: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source.read_bytes())))
    assert label("-", "--quiet") == 0
    shown = capsys.readouterr()
    assert (len(answers(shown.out)), shown.err) == (2, "")


@pytest.mark.parametrize(
    ("name", "opened"),
    [
        ("out.jsonl", bytes),
        ("out.ndjson.gz", gzip.decompress),
        ("out.jsonl.zst", zstandard.ZstdDecompressor().stream_reader),
    ],
)
def test_answers_go_into_a_file_compressed_by_its_name(
    label: Command, source: Path, tmp_path: Path, capsys: Any, name: str, opened: Callable[[bytes], Any]
) -> None:
    assert label(source, "-o", tmp_path / name) == 0
    content = opened((tmp_path / name).read_bytes())
    assert len(answers(content if isinstance(content, bytes) else content.read())) == 2
    assert capsys.readouterr().out == ""
    assert only(tmp_path) == {"articles.jsonl", name}


@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.parquet", "in.jsonl.gz", "in.csv.zst"])
def test_every_kind_of_file_is_read(label: Command, tmp_path: Path, capsys: Any, name: str) -> None:
    write_documents(tmp_path / name, [Document(id="x", text=ASYLUM), Document(text="Rent.")])
    assert label(tmp_path / name) == 0
    assert [answer["id"] for answer in answers(capsys.readouterr().out)] == ["x", None]


def test_a_text_file_is_one_article(label: Command, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.txt").write_text(f"\ufeff{ASYLUM}\n\nA second paragraph.\n", encoding="utf-8")
    assert label(tmp_path / "a.txt") == 0
    (answer,) = answers(capsys.readouterr().out)
    assert (answer["id"], answer["topics"][0]["label"]) == (None, "immigration")


def test_csv_has_a_row_for_each_document(label: Command, source: Path, tmp_path: Path) -> None:
    source.write_bytes(
        source.read_bytes() + b"{broken\n" + json.dumps({"id": 'b, "c"\n\ud800', "text": ASYLUM}).encode()
    )
    assert label(source, "-o", tmp_path / "out.csv") == 1
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_bytes().decode("utf-8"), newline="")))
    assert [row["id"] for row in rows] == ["a", "", 'b, "c"\n?']
    assert list(rows[0]) == ["id", "language", "topics", "leaning", "scores"]
    assert (rows[0]["topics"], rows[0]["leaning"], rows[1]["topics"]) == ("immigration", "", "")
    assert json.loads(rows[0]["scores"])["topics"]["immigration"] > 0.5
    assert set(json.loads(rows[0]["scores"])["leaning"]) == {"left", "center", "right"}


def test_an_empty_file_has_no_answers(label: Command, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "a.parquet").touch()
    for name in ("a.jsonl", "a.parquet"):
        assert label(tmp_path / name, "-o", tmp_path / "out.jsonl") == 0
        assert (tmp_path / "out.jsonl").read_bytes() == b""
        assert "labelled 0 documents" in capsys.readouterr().err


def test_malformed_records_are_answered_in_place_counted_and_reported(
    label: Command, tmp_path: Path, capsys: Any
) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text("".join(f'{{"text": {n}}}\n{json.dumps({"id": n, "text": ASYLUM})}\n' for n in range(12)))
    assert label(source) == 1
    shown = capsys.readouterr()
    lines = answers(shown.out)
    assert lines[2] == {
        "id": None,
        "error": {"place": f"{source}:3", "message": "the field 'text' must be a string, got a number"},
    }
    assert [line["id"] for line in lines[1::2]] == [str(n) for n in range(12)]
    assert shown.err.count("malformed: ") == 10
    assert "further malformed records are only counted" in shown.err
    assert shown.err.rstrip().endswith(", 12 malformed records")


def test_strict_stops_at_the_first_malformed_record_and_leaves_the_old_output(
    label: Command, source: Path, tmp_path: Path, capsys: Any
) -> None:
    source.write_bytes(source.read_bytes() + b"{broken\n")
    (tmp_path / "out.jsonl").write_text("from before")
    assert label(source, "--strict", "-o", tmp_path / "out.jsonl") == 2
    assert f"{source}:3: not valid JSON" in capsys.readouterr().err
    assert (tmp_path / "out.jsonl").read_text() == "from before"
    assert only(tmp_path) == {"articles.jsonl", "out.jsonl"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.jsonl", "there is no such file"),
        ("missing.txt", "there is no such file"),
        ("articles.docx", "unknown kind of file"),
        ("folder.jsonl", "this is a folder"),
        ("latin.txt", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_bad_input(
    label: Command, tmp_path: Path, capsys: Any, name: str, message: str
) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "articles.docx").touch()
    (tmp_path / "latin.txt").write_bytes(b"Caf\xe9")
    assert label(tmp_path / name, "-o", tmp_path / "out.jsonl") == 2
    assert message in capsys.readouterr().err
    assert not any("out" in left for left in only(tmp_path))


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("out.parquet", "written as .jsonl or .csv"),
        ("out.tsv.gz", "written as .jsonl or .csv"),
        ("out.html", "unknown kind of file"),
        ("nowhere/out.jsonl", "cannot write into the folder"),
        ("articles.jsonl", "this is the file of the articles"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused(
    label: Command, source: Path, tmp_path: Path, capsys: Any, output: str, message: str
) -> None:
    before = source.read_bytes()
    assert label(source, "-o", tmp_path / output) == 2
    assert message in capsys.readouterr().err
    assert source.read_bytes() == before
    assert only(tmp_path) == {"articles.jsonl"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name one FILE of articles"),
        (["a.jsonl", "--text", "Rent."], "name one FILE of articles"),
        (["a.jsonl", "--json"], "--json goes with --text only"),
        (["a.jsonl", "--title", "Rents"], "--title goes with --text only"),
        (["--text", "Rent.", "-o", "out.jsonl"], "--output goes with a FILE only"),
        (["--text", "Rent.", "--strict"], "--strict goes with a FILE only"),
        (["--text", "Rent.", "--run", "nobody"], "there is no run 'nobody'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    label: Command, capsys: Any, arguments: list[str], message: str
) -> None:
    assert label(*arguments) == 2
    assert message in capsys.readouterr().err


def test_the_number_of_workers_is_a_whole_number_from_one_on(label: Command, source: Path, capsys: Any) -> None:
    for number in ("0", "-2", "many", "1.5"):
        with pytest.raises(SystemExit, match="2"):
            label(source, f"--workers={number}")
        assert "expected a whole number from 1 on" in capsys.readouterr().err


def test_without_a_champion_it_says_what_to_do(
    tmp_path: Path, source: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSSTAND_MODELS", str(tmp_path / "none"))
    assert run_command("label", "service.commands.label", [str(source)]) == 2
    assert "no champion yet" in capsys.readouterr().err


def test_another_run_can_be_named_or_given_by_path(
    label: Command, source: Path, registry: Registry, capsys: Any
) -> None:
    for run in ("second", str(registry.path / "second")):
        label(source, "--run", run)
        assert answers(capsys.readouterr().out)[0]["model"]["run"] == "second"


def test_evidence_can_be_left_out(label: Command, source: Path, capsys: Any) -> None:
    label(source, "--no-explain")
    assert answers(capsys.readouterr().out)[0]["topics"][0]["evidence"] == []


def test_one_text_is_answered_in_words(label: Command, capsys: Any) -> None:
    assert label("--text", ASYLUM, "--title", "Asylum at sea") == 0
    shown = capsys.readouterr().out
    assert "language  en" in shown
    assert "immigration  ██" in shown
    assert "medtop:20000771" in shown
    assert "+ title: “Asylum”" in shown
    assert "+ “border”" in shown
    assert "leaning   none: no label of this head is likely enough" in shown
    assert "run       first" in shown


def test_one_text_can_be_answered_as_json(label: Command, capsys: Any) -> None:
    assert label("--text", ASYLUM, "--json") == 0
    (answer,) = answers(capsys.readouterr().out)
    assert (answer["id"], answer["topics"][0]["label"]) == (None, "immigration")


def test_abstentions_are_told_in_words(label: Command, capsys: Any) -> None:
    label("--text", "Hm.")
    assert capsys.readouterr().out.count("none: the text has too few words to be labelled") == 2


def test_nothing_in_a_text_steers_the_terminal(tagger: Tagger) -> None:
    document = Document("Asylum\x1b[31m\u202e border\x07\x9b2J seekers and border\ud800 traders of the council.")
    shown = render_answer(tagger.label(document), document, tagger.run.heads, 80)
    assert "border" in shown
    assert all(line.isprintable() for line in shown.splitlines())


@given(
    st.text()
    | st.lists(st.sampled_from(["asylum", "border", "rent", "tax", "council", "国境", "\x1b[2J"])).map(" ".join)
)
def test_any_text_can_be_labelled_and_shown(tagger: Tagger, text: str) -> None:
    document = Document(text, title=text[:20])
    shown = render_answer(tagger.label(document), document, tagger.run.heads, 60)
    assert shown.endswith("\n")
    for line in shown.splitlines():
        assert line.isprintable()
        assert (
            sum(2 if unicodedata.east_asian_width(c) in "WF" else unicodedata.category(c)[0] != "M" for c in line) <= 60
        )


@given(st.text(), st.integers(1, 40))
def test_a_text_that_was_cut_says_so(text: str, width: int) -> None:
    shown = cut(harmless(text), width)
    assert shown == harmless(text) or shown.endswith("…")


def test_the_bar_shows_on_a_terminal_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", screen)
    with Progress() as progress:
        progress.add(1200, 0, (), 0.25)
        progress._bar.refresh()
    progress.close()
    assert "1200/4800" in screen.getvalue()
    assert screen.getvalue().splitlines()[-1].startswith("labelled 1,200 documents in")


class Running:
    """`newsstand label - -o out.jsonl` on two workers, busy and waiting for more input."""

    def __init__(self, registry: Registry, output: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "newsstand",
            "label",
            "-",
            "-o",
            output,
            "--models",
            registry.path,
            "--workers",
            "2",
        ]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
        assert self.process.stdin
        try:
            for _ in range(2500):  # enough to start the workers
                self.process.stdin.write(LINE)
            self.process.stdin.flush()
        except BrokenPipeError:
            pytest.fail(f"the command ended early: {self.stderr()}")
        wait_for(lambda: len(self.workers()) == 2)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [
            int(child) for child in children if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
        ]

    def stderr(self) -> str:
        assert self.process.stderr and self.process.stdin
        shown = self.process.stderr.read().decode()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stderr.close()
        self.process.wait()
        return shown


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


linux_only = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for workers in /proc")


@linux_only
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_workers_and_leaves_no_output(registry: Registry, tmp_path: Path, stop: signal.Signals) -> None:
    running = Running(registry, tmp_path / "out.jsonl")
    workers = running.workers()
    start = time.monotonic()
    if stop == signal.SIGINT:
        os.killpg(running.process.pid, stop)  # as a terminal does it: the workers get it too
    else:
        running.process.send_signal(stop)
    assert running.process.wait(20) == 130
    assert time.monotonic() - start < 5
    assert running.stderr().splitlines()[0] == "newsstand label: stopped"
    wait_for(lambda: not any(map(alive, workers)))
    assert only(tmp_path) == set()


@linux_only
def test_workers_end_when_their_parent_is_killed(registry: Registry, tmp_path: Path) -> None:
    running = Running(registry, tmp_path / "out.jsonl")
    workers = running.workers()
    running.process.kill()
    wait_for(lambda: not any(map(alive, workers)))
    running.stderr()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_told_in_one_line(registry: Registry, source: Path) -> None:
    command = [sys.executable, "-m", "newsstand", "label", source, "--models", registry.path]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert done.returncode != 0
    assert done.stderr.decode().startswith("newsstand label: -: cannot write the answers: No space left on device")


def test_a_reader_that_goes_away_is_no_error(registry: Registry, tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_bytes(LINE * 500)
    command = [sys.executable, "-m", "newsstand", "label", source, "--models", registry.path]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert "Traceback" not in process.stderr.read().decode()
    assert process.returncode == 0


def test_an_option_is_not_taken_for_another_that_begins_like_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["label", "--model", "mine", "--text", "Rain"])
    assert "unrecognized arguments: --model" in capsys.readouterr().err


def test_ctrl_c_while_a_command_is_loading_ends_it_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("newsstand.__main__.importlib.import_module", interrupted)
    assert run_command("label", "service.commands.label", []) == INTERRUPTED
    assert capsys.readouterr().err == "newsstand label: stopped\n"
