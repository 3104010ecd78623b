"""Label a file of articles, or one text: topics, stances, leaning and the passages that speak for them.

A file of any size, on all cores, one JSON answer a line in the order of the articles:

  newsstand label articles.jsonl -o labelled.jsonl.gz
  newsstand label articles.parquet --run my-first --no-explain -o labelled.jsonl
  zcat articles.jsonl.gz | newsstand label - | grep '"immigration"'

FILE is .jsonl, .csv, .tsv (each also with .gz or .zst), .parquet, or one article as .txt. A document needs a 'text';
'title', 'id' and 'language' help if they are there. The name after -o decides what is written: .jsonl, or .csv with the
columns id, language, topics (a;b), leaning and scores, and without the passages. The file appears whole or not at all.

A malformed record does not stop the work: a line {"id": null, "error": {"place": "articles.jsonl:17", "message": ...}}
stands in for it (in .csv it is left out), and the exit code is 1. With --strict the first one ends it with exit code 2.

One text is answered in words, or with --json as the object that the files have:

  newsstand label --text "The Senate voted on Tuesday to cut the tax on tips for restaurant workers."
  newsstand label --title "Rents frozen" --text "The council voted on Tuesday ..." --json

Stances are given towards the known targets that an article mentions, or towards those that you name, any phrases:

  newsstand label articles.jsonl --target "rent freeze" --target "the mayor" -o labelled.jsonl
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from newsstand.documents import Document
from newsstand.errors import FormatError, InputError, SettingError
from newsstand.formats import atomic_path
from newsstand.formats.compression import open_compressor
from newsstand.formats.kinds import kind_of
from newsstand.registry import Registry
from newsstand.stance.modes import STANCE_CHOICES
from newsstand.tagger import Tagger
from service.bulk import Form, Job, available_cpus, json_line, label_file, preamble
from service.commands.models import add_models_option
from service.terminal import Progress, render_answer

MAX_TARGET_CHARACTERS = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="articles to label; - is JSONL on standard input")
    parser.add_argument("--text", help="one text to label instead of a file")
    parser.add_argument("--title", help="the title that belongs to --text")
    out = ".jsonl or .csv, also with .gz or .zst (default: JSONL on standard output)"
    towards = (
        "give the stance towards this target; may be repeated (default: the known targets that an article mentions)"
    )
    parser.add_argument("--target", action="append", dest="targets", metavar="TARGET", help=towards)
    which_head = (
        "which stance head answers: fast, a hundred times as fast as accurate, or cascade, which takes the accurate one where "
        "the fast one is not sure; off gives none and makes labelling much faster (default: accurate for --target, fast for known targets)"
    )
    parser.add_argument("--stance", choices=STANCE_CHOICES, help=which_head)
    parser.add_argument("-o", "--output", metavar="OUT", help=out)
    which = "name or path of a run (default: the champion)"
    parser.add_argument("--run", dest="run_name", default="champion", metavar="RUN", help=which)
    add_models_option(parser)
    parser.add_argument("--no-explain", action="store_true", help="leave out the passages, which is faster")
    parser.add_argument("--workers", type=_positive, metavar="N", help="processes (default: one for each CPU)")
    parser.add_argument("--strict", action="store_true", help="stop at the first malformed record")
    parser.add_argument("--quiet", action="store_true", help="no progress and no closing line")
    parser.add_argument("--json", action="store_true", help="with --text: the answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Label a text or a file; 1 if some records were malformed.

    Raises
    ------
    SettingError
        If options do not go together.
    NewsstandError
        If the run or the file cannot be used.
    """
    _check(arguments)
    if arguments.text is not None:
        return _label_text(arguments)
    form = _form(arguments.file, arguments.output)
    path = Registry(arguments.models).resolve(arguments.run_name)
    tagger = _load(path, arguments)
    workers, targets = arguments.workers or available_cpus(), _targets(arguments)
    job = Job(arguments.file, path, not arguments.no_explain, form, workers, targets, arguments.stance)
    with _stopped_like_ctrl_c(), Progress(quiet=arguments.quiet) as progress:
        _label(job, tagger, arguments.output, progress, strict=arguments.strict)
    progress.close()
    return 1 if progress.malformed else 0


def _check(arguments: argparse.Namespace) -> None:
    if (arguments.file is None) == (arguments.text is None):
        raise SettingError("name one FILE of articles (or - for standard input), or give one text with --text")
    file_only = {"--output": arguments.output, "--workers": arguments.workers, "--strict": arguments.strict}
    text_only = {"--title": arguments.title, "--json": arguments.json}
    stray = [name for name, value in (text_only if arguments.text is None else file_only).items() if value]
    if stray:
        raise SettingError(f"{stray[0]} goes with {'--text' if arguments.text is None else 'a FILE'} only")


def _label_text(arguments: argparse.Namespace) -> int:
    tagger = _load(Registry(arguments.models).resolve(arguments.run_name), arguments)
    document = Document(text=arguments.text, title=arguments.title or "")
    answer = tagger.label(
        document, targets=_targets(arguments), stance=arguments.stance, explain=not arguments.no_explain
    )
    if arguments.json:
        sys.stdout.write(json_line(answer.to_dict()).decode("utf-8"))
        return 0
    shown = render_answer(answer, document, tagger.run.heads, shutil.get_terminal_size().columns)
    encoding = sys.stdout.encoding or "utf-8"  # a terminal that lacks a character gets a question mark
    sys.stdout.write(shown.encode(encoding, "replace").decode(encoding))
    return 0


def _targets(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    return tuple(arguments.targets) if arguments.targets else None


def _load(path: Path, arguments: argparse.Namespace) -> Tagger:
    """The run, once it is clear that it can answer what is asked."""
    if any(not target.strip() or len(target) > MAX_TARGET_CHARACTERS for target in arguments.targets or ()):
        raise SettingError(f"--target takes a phrase of at most {MAX_TARGET_CHARACTERS} characters")
    tagger = Tagger.load(path)
    if arguments.targets and not tagger.run.stance:
        raise SettingError(f"the run {tagger.run.name!r} has no stance head: leave --target out, or name another --run")
    return tagger


def _form(source: str, output: str | None) -> Form:
    """What to write, by the name of the output, once it is clear that it can be written."""
    if output is None or output == "-":
        return "jsonl"
    kind, _ = kind_of(output)
    if kind not in ("jsonl", "csv"):
        raise FormatError("answers are written as .jsonl or .csv, each also with .gz or .zst", output)
    if source != "-" and Path(source).exists() and Path(output).exists() and Path(source).samefile(output):
        raise InputError("this is the file of the articles; name another for the answers", output)
    return "jsonl" if kind == "jsonl" else "csv"


def _label(job: Job, tagger: Tagger, output: str | None, progress: Progress, *, strict: bool) -> None:
    with _open_output(output) as sink, closing(label_file(job, tagger)) as chunks:
        sink.write(preamble(job.form))
        for chunk in chunks:
            if strict and chunk.errors:
                raise chunk.errors[0]
            sink.write(chunk.output)
            progress.add(chunk.documents, chunk.malformed, chunk.errors, chunk.share)


@contextmanager
def _open_output(output: str | None) -> Iterator[BinaryIO]:
    try:
        if output is None or output == "-":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        with ExitStack() as files:
            temporary = files.enter_context(atomic_path(output))
            raw = files.enter_context(temporary.open("wb"))
            yield files.enter_context(open_compressor(raw, kind_of(output)[1]))
    except BrokenPipeError:  # the reader of standard output went away, which is its right
        raise
    except OSError as error:
        raise InputError(f"cannot write the answers: {error.strerror or error}", output or "-") from error


@contextmanager
def _stopped_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, which service managers and batch systems send, end the work as cleanly as Ctrl-C."""
    before: Any = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number from 1 on")
    return number
