"""Files of any size labelled on all cores: in input order, in bounded memory, the same bytes on one worker and on many.

Not for HTTP, and not for what a person sees meanwhile: it hands over finished chunks and prints nothing.
"""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO, Literal

from newsstand.answers import Answer
from newsstand.documents import Document
from newsstand.errors import FormatError, InputError, NewsstandError
from newsstand.formats import Columns
from newsstand.formats.compression import open_bytes
from newsstand.formats.delimited import read_delimited
from newsstand.formats.jsonl import read_jsonl
from newsstand.formats.kinds import kind_of
from newsstand.formats.lines import LINE_LIMIT, numbered_lines
from newsstand.formats.parquet import read_parquet
from newsstand.stance.modes import StanceChoice
from newsstand.tagger import Tagger

Form = Literal["jsonl", "csv"]
Record = Document | InputError

CHUNK_BYTES = 256 * 1024
CHUNKS_WITHOUT_POOL = 16  # a file that ends before is labelled sooner than workers could start
CHUNKS_PER_WORKER = 3  # in flight: enough to keep a worker busy, few enough to keep memory small
ERRORS_KEPT = 10
_RECORD_BYTES = 200  # what a record weighs besides its text
_FRONT = b'{"text": ""}\n'


@dataclass(frozen=True, slots=True)
class Job:
    """What to label, and how.

    Parameters
    ----------
    source : str
        A file, or ``"-"`` for JSONL on standard input.
    run : Path
        The directory of the run; every worker loads it once.
    explain : bool
        Whether to give evidence.
    form : {"jsonl", "csv"}
        In CSV, malformed records are left out; in JSONL, an object with ``error`` stands in for each.
    workers : int
        Processes; one means this process.
    targets : tuple of str, optional
        What to give stances towards; ``None`` for the known targets that a document mentions.
    stance : {"off", "fast", "cascade", "accurate"}, optional
        Which stance head answers.
    """

    source: str
    run: Path
    explain: bool = True
    form: Form = "jsonl"
    workers: int = 1
    targets: tuple[str, ...] | None = None
    stance: StanceChoice | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A finished chunk: its lines of output, and the account of it.

    ``errors`` are the first few of the ``malformed`` records. ``share`` is how much of the input had been read when the
    chunk was complete, 0 to 1, ``None`` where that cannot be told.
    """

    output: bytes
    documents: int
    malformed: int
    errors: tuple[InputError, ...]
    share: float | None


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of JSONL as they stand in the file; parsing them is the workers' task."""

    first: int
    content: bytes


@dataclass(frozen=True, slots=True)
class _Chunk:
    records: _Lines | list[Record]
    share: float | None


def label_file(job: Job, tagger: Tagger) -> Generator[Labelled]:
    """Label a file chunk by chunk. Close the generator if you stop early: that ends the workers.

    Parameters
    ----------
    job : Job
    tagger : Tagger
        The run of the job, loaded; used as long as there are no workers.

    Raises
    ------
    InputError
        If the file as a whole cannot be used. Malformed records do not raise.
    NewsstandError
        If a worker dies.
    """
    chunks = _read_chunks(job.source)
    head = list(islice(chunks, CHUNKS_WITHOUT_POOL)) if job.workers > 1 else []
    if len(head) < CHUNKS_WITHOUT_POOL:
        for chunk in chain(head, chunks):
            yield _label_chunk(tagger, job, chunk)
    else:
        yield from _label_in_pool(job, chain(head, chunks))


def preamble(form: Form) -> bytes:
    """What stands above the first answer: in CSV, the column names."""
    return b"id,language,topics,leaning,scores\r\n" if form == "csv" else b""


def json_line(record: dict[str, Any]) -> bytes:
    """A JSON object on a line of its own."""
    try:
        return json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:  # an id with half of a surrogate pair, which only an escape can carry
        return json.dumps(record).encode("ascii") + b"\n"


def available_cpus() -> int:
    """CPUs that this process may use, which in a container or a batch job are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read_chunks(path: str) -> Iterator[_Chunk]:
    if path != "-" and not Path(path).exists():
        raise InputError("there is no such file", path)
    if path != "-" and Path(path).is_dir():
        raise InputError("this is a folder; name a file of documents", path)
    if is_plain_text(path):
        yield _Chunk([_read_text(path)], 1.0)
        return
    kind, _ = kind_of(path)
    if kind == "parquet":
        if Path(path).stat().st_size:
            yield from _record_chunks(read_parquet(path, Columns()), lambda: None)
        return
    with open_bytes(path) as stream:
        share = partial(_share_read, stream)
        if kind == "jsonl":
            yield from _line_chunks(stream, path, share)
        else:
            yield from _record_chunks(read_delimited(stream, path, "\t" if kind == "tsv" else ",", Columns()), share)


def is_plain_text(path: str) -> bool:
    """Whether a file is one article as plain text, by its name."""
    return path.lower().removesuffix(".gz").removesuffix(".zst").endswith((".txt", ".text"))


def _read_text(path: str) -> Document:
    with open_bytes(path) as stream:
        content = stream.read(LINE_LIMIT + 1)
    if len(content) > LINE_LIMIT:
        raise FormatError(f"the text is longer than {LINE_LIMIT >> 20} MiB, more than one article has", path)
    try:
        return Document(text=content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FormatError("the text is not UTF-8; save the file as UTF-8", path) from None


def _share_read(stream: BinaryIO) -> float | None:
    """How much of a plain file has been read; a decompressed or piped stream does not tell."""
    raw = getattr(stream, "raw", None)
    if not isinstance(raw, io.FileIO) or not raw.seekable():
        return None
    return stream.tell() / max(1, os.fstat(raw.fileno()).st_size)


def _line_chunks(stream: BinaryIO, path: str, share: Callable[[], float | None]) -> Iterator[_Chunk]:
    first, size = 1, 0
    lines: list[bytes] = []
    for number, line in numbered_lines(stream, path):
        if not isinstance(line, InputError):
            lines.append(line)
            size += len(line)
        if lines and (size >= CHUNK_BYTES or isinstance(line, InputError)):
            yield _Chunk(_Lines(first, b"".join(lines)), share())
            lines, size = [], 0
        if isinstance(line, InputError):
            yield _Chunk([line], share())
        if not lines:
            first = number + 1
    if lines:
        yield _Chunk(_Lines(first, b"".join(lines)), share())


def _record_chunks(records: Iterable[Record], share: Callable[[], float | None]) -> Iterator[_Chunk]:
    gathered: list[Record] = []
    size = 0
    for record in records:
        gathered.append(record)
        size += _RECORD_BYTES + (len(record.text) if isinstance(record, Document) else 0)
        if size >= CHUNK_BYTES:
            yield _Chunk(gathered, share())
            gathered, size = [], 0
    if gathered:
        yield _Chunk(gathered, share())


def _parse_lines(lines: _Lines, path: str) -> Iterator[Record]:
    """The records of the lines, their places counted from the start of the file."""
    if lines.first == 1:
        yield from read_jsonl(io.BytesIO(lines.content), path, None)
        return
    # One more line in front, so that none of these counts as the first of the file, which alone may be a corpus header.
    records = read_jsonl(io.BytesIO(_FRONT + lines.content), path, None)
    next(records)
    for record in records:
        if isinstance(record, InputError) and record.place:
            number = int(record.place.rpartition(":")[2]) + lines.first - 2
            record = InputError(record.message, f"{path}:{number}")
        yield record


def _label_chunk(tagger: Tagger, job: Job, chunk: _Chunk) -> Labelled:
    records = _parse_lines(chunk.records, job.source) if isinstance(chunk.records, _Lines) else chunk.records
    output: list[bytes] = []
    errors: list[InputError] = []
    documents = 0
    for record in records:
        try:
            if isinstance(record, InputError):
                raise record
            explain = job.explain and job.form == "jsonl"
            output.append(
                _answer_line(tagger.label(record, targets=job.targets, stance=job.stance, explain=explain), job.form)
            )
            documents += 1
        except InputError as error:
            errors.append(error)
            output.append(_error_line(error, job.form))
    return Labelled(b"".join(output), documents, len(errors), tuple(errors[:ERRORS_KEPT]), chunk.share)


def _answer_line(answer: Answer, form: Form) -> bytes:
    record = answer.to_dict()
    if form == "jsonl":
        return json_line(record)
    leaning = record["leaning"] or {"label": None, "scores": {}}
    scores = {"topics": {topic["label"]: topic["score"] for topic in record["topics"]}, "leaning": leaning["scores"]}
    if record["stances"]:
        scores["stances"] = {stance["target"]: stance["scores"] for stance in record["stances"]}
    row = io.StringIO()
    topics = ";".join(topic["label"] for topic in record["topics"])
    cells = [record["id"], record["language"], topics, leaning["label"], json.dumps(scores, ensure_ascii=False)]
    csv.writer(row).writerow(cells)
    return row.getvalue().encode("utf-8", "replace")


def _error_line(error: InputError, form: Form) -> bytes:
    if form == "csv":
        return b""
    return json_line({"id": None, "error": {"place": error.place, "message": error.message}})


def _label_in_pool(job: Job, chunks: Iterable[_Chunk]) -> Iterator[Labelled]:
    """Chunks to the workers in turn and back in order, a bounded number of them in flight."""
    workers: list[_Worker] = []
    sent = received = 0
    try:
        for chunk in chunks:
            if len(workers) < job.workers:
                workers.append(_Worker(job))
            workers[sent % job.workers].send(chunk)
            sent += 1
            if sent - received == CHUNKS_PER_WORKER * job.workers:
                yield workers[received % job.workers].receive()
                received += 1
        while received < sent:
            yield workers[received % job.workers].receive()
            received += 1
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process of its own with a line of its own.

    Workers share no queue and no lock, as those of a ProcessPoolExecutor do, so one may be ended, or die, at any moment
    without leaving the others or the parent waiting for something that it held.
    """

    def __init__(self, job: Job) -> None:
        # Started afresh rather than forked: a fork copies the locks of threads that it does not copy.
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(job, theirs), daemon=True)
        with _without_interrupts():
            self._process.start()
        theirs.close()

    def send(self, chunk: _Chunk) -> None:
        """Hand over a chunk; a worker takes it at once, also while it is busy."""
        with _told_of_death():
            self._line.send(chunk)

    def receive(self) -> Labelled:
        """Wait for the chunk that was sent longest ago."""
        with _told_of_death():
            result: Labelled | Exception = self._line.recv()
        if isinstance(result, Exception):
            raise result
        return result

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._line.close()
        self._process.terminate()
        self._process.join()


@contextmanager
def _told_of_death() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise NewsstandError(
            "a worker died; if the system stopped it for want of memory, use fewer --workers, or 1 to see why it dies"
        ) from error


def _work(job: Job, line: Connection) -> None:
    """What a worker does until its parent closes the line."""
    chunks: queue.SimpleQueue[_Chunk] = queue.SimpleQueue()
    taker = threading.Thread(target=_take_chunks, args=(line, chunks), daemon=True)
    taker.start()
    with suppress(ConnectionError):  # the parent is done with this worker, which the other thread sees too
        try:
            tagger = Tagger.load(job.run)
            while True:
                line.send(_label_chunk(tagger, job, chunks.get()))
        except (NewsstandError, MemoryError) as error:
            line.send(error)
    taker.join()


def _take_chunks(line: Connection, chunks: queue.SimpleQueue[_Chunk]) -> None:
    """Empty the line into memory; were both ends writing, each would wait for the other to read."""
    while True:
        try:
            chunks.put(line.recv())
        except (EOFError, OSError):  # the parent is done with this worker, or was killed
            os._exit(0)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back for a moment; workers started in it never see one, which leaves ending them to their parent."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which every start sees to, but its own start lets Ctrl-C through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
