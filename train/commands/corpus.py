"""Get corpora, import them and look at what is in them.

  newsstand corpus fetch allsides -o corpora
  newsstand corpus import allsides corpora/Article-Bias-Prediction.zip -o allsides.jsonl
  newsstand corpus import vast vast --part train -o vast.jsonl
  newsstand corpus import table ours.csv --text-column body --topics-column section -o ours.jsonl
  newsstand corpus stats allsides.jsonl
  newsstand corpus audit allsides.jsonl --fix clean.jsonl
  newsstand corpus split clean.jsonl --by outlet -o split

'newsstand corpus ACTION --help' explains an action.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsstand.formats import Columns
    from train.corpus_import import CorpusImport
    from train.progress import ErrorTally

_COLUMNS = ("text", "title", "id", "source", "date", "language", "topics", "stances", "leaning")
_WITH_TOPICS = (
    "allsides",
    "bbc",
    "newsgroups",
    "reuters",
    "table",
)  # not taken from train.importers: --help need not load it
_WITH_STANCES = (
    "semeval2016-task6",
    "vast",
    "newsmtsc",
    "persent",
    "persent-paragraphs",
    "emergent",
    "fnc-1",
    "ibm-claim-stance",
    "ibm-30k-arguments",
    "perspectrum",
    "iam",
    "allsides-stances",
    "allsides-passages",
    "vast-targets",
    "semeval2016-targets",
)
_ONLY_TABLE = (*(f"{field}_column" for field in _COLUMNS), "licence", "corpus_name", "mapping")
_PARTS_OF = {"allsides": ("train", "valid", "test"), "newsgroups": ("train", "test"), "reuters": ("train", "test")}
_ONLY = (  # options, and the corpora that have them, in words and by name
    (("published_labels", "taxonomy", "no_named_topics"), "corpora with topics", _WITH_TOPICS),
    (("part",), "corpora with published parts", (*_PARTS_OF, *_WITH_STANCES)),
    (("split",), "'corpus import allsides'", ("allsides",)),
    (("strip",), "'corpus import newsgroups'", ("newsgroups",)),
    (("unseen_targets",), "'corpus import vast'", ("vast",)),
    (_ONLY_TABLE, "'corpus import table'", ("table",)),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line of ``newsstand corpus``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_import(
        actions.add_parser("import", allow_abbrev=False, help="turn a published corpus into a file of documents")
    )
    _add_stats(actions.add_parser("stats", allow_abbrev=False, help="count what is in a corpus"))
    _add_audit(actions.add_parser("audit", allow_abbrev=False, help="look for what is wrong in a corpus"))
    _add_split(
        actions.add_parser("split", allow_abbrev=False, help="hold documents out: by outlet, by time or at random")
    )
    _add_fetch(actions.add_parser("fetch", allow_abbrev=False, help="download a published corpus"))


def run(args: argparse.Namespace) -> int:
    """Carry out the action that was asked for, and return the exit code."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "import": _import,
        "stats": _stats,
        "audit": _audit,
        "split": _split,
        "fetch": _fetch,
    }
    return actions[args.action](args)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        choices=(*_WITH_TOPICS, *_WITH_STANCES),
        metavar="NAME",
        help=f"layout of the corpus: {', '.join(_WITH_TOPICS)} (any CSV, TSV, Parquet or JSONL), or one with stances: "
        f"{', '.join(_WITH_STANCES)}",
    )
    parser.add_argument("path", metavar="PATH", help="where it lies: a folder, an archive or a file")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="file to write, or - for standard output")
    parser.add_argument("--strict", action="store_true", help="stop at the first malformed record")
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object")
    topics = parser.add_argument_group("only for corpora with topics")
    topics.add_argument("--published-labels", action="store_true", help="keep the topics as published")
    topics.add_argument("--taxonomy", metavar="FILE", help="label set with the mapping (default: Newsstand's own)")
    topics.add_argument("--no-named-topics", action="store_true", help="do not add topics whose names a text repeats")
    parts = parser.add_argument_group("only for corpora that are published in parts")
    parts.add_argument(
        "--part", choices=("train", "valid", "dev", "test"), help="this part alone (default: all there are)"
    )
    parts.add_argument("--split", choices=("media", "random"), help="only for allsides: the split that --part is of")
    parts.add_argument(
        "--strip", action="store_true", help="only for newsgroups: without headers, quotes and signatures"
    )
    parts.add_argument(
        "--unseen-targets", action="store_true", help="only for vast: targets that its training part lacks"
    )
    only_table = parser.add_argument_group("only for table")
    for field in _COLUMNS:
        only_table.add_argument(
            f"--{field}-column", metavar="COLUMN", help=f"column with the {field} (default: {field})"
        )
    only_table.add_argument("--mapping", metavar="NAME", help="translate the topics by this mapping of the label set")
    only_table.add_argument("--licence", metavar="TEXT", help="terms of the corpus, for its header")
    only_table.add_argument("--corpus-name", metavar="NAME", help="name of the corpus (default: that of the file)")


def _add_stats(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSONL, CSV, TSV or Parquet; - is standard input")
    parser.add_argument("--strict", action="store_true", help="stop at the first malformed record")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSONL, CSV, TSV or Parquet, one corpus in all")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--against", metavar="TRAIN_FILE", help="look for what this file shares with FILE")
    parts.add_argument("--splits", action="store_true", help="each FILE is a part of a split: look for what they share")
    parser.add_argument("--show", type=int, metavar="N", help="examples of each finding (default: 3; with --json 1000)")
    parser.add_argument("--fix", metavar="OUT", help="write a cleaned copy, and what went and why beside it")
    parser.add_argument("--taxonomy", metavar="FILE", help="label set of the topics (default: Newsstand's own)")
    parser.add_argument("--strict", action="store_true", help="stop at the first malformed record")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="JSONL, CSV, TSV or Parquet; its header is kept")
    parser.add_argument("--by", required=True, choices=("outlet", "time", "random"), help="what decides")
    parser.add_argument("--held-out", type=float, default=0.2, metavar="SHARE", help="share to hold out (default: 0.2)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same split (default: 0)")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for train.jsonl and test.jsonl")
    parser.add_argument("--strict", action="store_true", help="stop at the first malformed record")
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object")


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="which corpus; --list shows them")
    parser.add_argument("-o", "--output", default=".", metavar="DIR", help="folder to put it in (default: this one)")
    parser.add_argument("--list", action="store_true", help="show what can be fetched")


def _import(args: argparse.Namespace) -> int:
    from newsstand.errors import SettingError
    from train.corpus_import import write_import
    from train.progress import ErrorTally, with_progress

    if args.json and args.output == "-":
        raise SettingError("--json and '-o -' both write to standard output; leave one of them out")
    job = _import_job(args)
    header = job.header()
    tally = ErrorTally(_tell, strict=args.strict)
    documents = with_progress(job.documents(tally), "documents")
    count = write_import(documents, header, args.path, args.output)
    where = "standard output" if args.output == "-" else args.output
    print(f"wrote {_plural(count, 'document')} to {where}{_left_out(tally)}", file=sys.stderr)
    if args.json:
        summary: dict[str, Any] = {"documents": count, "malformed": tally.count, "output": args.output}
        print(json.dumps(summary | {"header": header.to_dict()}, ensure_ascii=False))
    return 0


def _import_job(args: argparse.Namespace) -> CorpusImport:
    from newsstand.labels import LabelSet
    from newsstand.resources import data_file
    from train.corpus_import import CorpusImport

    _refuse_foreign_options(args)
    return CorpusImport(
        importer=args.name,
        path=args.path,
        label_set=LabelSet.load(args.taxonomy or data_file("taxonomy.toml")),
        published_labels=args.published_labels,
        named_topics=not args.no_named_topics,
        columns=_columns(args),
        mapping=args.mapping,
        corpus=args.corpus_name,
        licence=args.licence,
        options={name: getattr(args, name) for name in _options_of(args.name)},
    )


def _refuse_foreign_options(args: argparse.Namespace) -> None:
    from newsstand.errors import SettingError

    for names, what, fits in _ONLY:
        given = [name for name in names if getattr(args, name) not in (None, False)]
        if given and args.name not in fits:
            raise SettingError(f"--{given[0].replace('_', '-')} is only for {what}")
    parts = _PARTS_OF.get(args.name)
    if parts and args.part not in (None, *parts):
        raise SettingError(f"{args.name} has {', '.join(parts[:-1])} and {parts[-1]}, not {args.part}")
    if (args.part is None) != (args.split is None) and args.name == "allsides":
        raise SettingError("AllSides has two published splits: name one and its part, as in --split media --part test")


def _options_of(importer: str) -> list[str]:
    """The options that this importer takes beside what all of its kind do."""
    own = ("part", "split", "strip", "unseen_targets")
    if importer in _WITH_STANCES:
        return ["part", "unseen_targets"]
    return [name for names, _, fits in _ONLY for name in names if name in own and importer in fits]


def _columns(args: argparse.Namespace) -> Columns:
    from newsstand.formats import Columns

    named = {field: getattr(args, f"{field}_column") for field in _COLUMNS}
    return Columns(**{field: column for field, column in named.items() if column is not None})


def _stats(args: argparse.Namespace) -> int:
    from newsstand.formats import read_documents, read_header
    from train.corpus_stats import CorpusStats
    from train.corpus_stats_text import format_stats
    from train.progress import ErrorTally, with_progress

    stats = CorpusStats()
    files = []
    for path in args.files:
        tally = ErrorTally(_tell, strict=args.strict)
        header = read_header(path)
        before = stats.documents
        for document in with_progress(read_documents(path, on_error=tally), "documents"):
            stats.add(document)
        corpus = header.corpus if header else None
        files.append({"path": path, "corpus": corpus, "documents": stats.documents - before, "malformed": tally.count})
    summary = {"files": files, "malformed": sum(file["malformed"] for file in files)} | stats.summary()
    print(json.dumps(summary, ensure_ascii=True) if args.json else format_stats(summary))
    return 0


def _audit(args: argparse.Namespace) -> int:
    from newsstand.errors import SettingError
    from train.audit import AuditOptions, audit_files, format_report
    from train.progress import ErrorTally, Stages

    show = (1000 if args.json else 3) if args.show is None else args.show
    if show < 0:
        raise SettingError("--show takes a number of examples from 0")
    options = AuditOptions(tuple(args.files), args.against, args.splits, args.fix, args.taxonomy)
    stages = Stages()
    try:
        report = audit_files(options, lambda: ErrorTally(_tell, strict=args.strict), stages)
    finally:
        stages.close()
    print(json.dumps(report.to_dict(show), ensure_ascii=True) if args.json else format_report(report, show))
    return 1 if report.findings else 0


def _split(args: argparse.Namespace) -> int:
    from newsstand.errors import SettingError
    from train.corpus_split import split_corpus
    from train.progress import ErrorTally, with_progress

    if not 0 <= args.seed < 2**63:
        raise SettingError("--seed takes a whole number from 0 to 2**63 - 1")
    tally = ErrorTally(_tell, strict=args.strict)
    summary = split_corpus(
        args.file, args.output, args.by, args.held_out, args.seed, tally, lambda d: with_progress(d, "documents")
    )
    for name in ("train", "test"):
        part = summary[name]
        print(f"wrote {_plural(part['documents'], 'document')} to {part['path']}", file=sys.stderr)
    for key, what in (("near_duplicates", "near-duplicates of held-out ones"), ("undated", "without a date")):
        if summary[key]:
            print(f"left out {_plural(summary[key], 'document')}: {what}", file=sys.stderr)
    if args.json:
        print(json.dumps(summary | {"malformed": tally.count}, ensure_ascii=True))
    return 0


def _fetch(args: argparse.Namespace) -> int:
    from newsstand.errors import SettingError
    from train.fetch import DOWNLOADS, fetch

    if args.list:
        for download in DOWNLOADS.values():
            print(f"{download.name:<10}  {download.url}\n{'':<10}  {download.licence}")
        return 0
    if args.name not in DOWNLOADS:
        raise SettingError(f"name one of {', '.join(DOWNLOADS)} to fetch it; --list says more")
    download = DOWNLOADS[args.name]
    print(f"licence: {download.licence}", file=sys.stderr)
    with _ByteBar() as bar:
        path = fetch(download, args.output, bar.advance)
    print(f"import it with: newsstand corpus import {download.name} {path} -o {download.name}.jsonl", file=sys.stderr)
    print(path)
    return 0


class _ByteBar:
    """A progress bar for a download, shown on a terminal only."""

    def __enter__(self) -> _ByteBar:
        from tqdm import tqdm

        self._bar = tqdm(unit="B", unit_scale=True, leave=False, file=sys.stderr, disable=not sys.stderr.isatty())
        return self

    def advance(self, count: int, whole: int | None) -> None:
        self._bar.total = whole
        self._bar.update(count)

    def __exit__(self, *failure: object) -> None:
        self._bar.close()


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def _left_out(tally: ErrorTally) -> str:
    return f", {_plural(tally.count, 'malformed record')} left out" if tally.count else ""


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
