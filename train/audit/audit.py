"""One audit from files to a report. The checks themselves live in modules of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from newsstand.errors import InputError, SettingError
from newsstand.formats import read_documents, read_header
from newsstand.formats.kinds import kind_of
from newsstand.labels import LabelSet
from newsstand.resources import data_file
from train.audit.boilerplate import find_boilerplate
from train.audit.duplicates import find_duplicates
from train.audit.encoding import find_damage
from train.audit.entries import Entries, Entry
from train.audit.findings import Finding, Report
from train.audit.fix import clean, removed_path, write_cleaned
from train.audit.labelling import find_label_errors, find_rare_labels
from train.audit.languages import find_other_languages
from train.audit.leaks import find_leaks
from train.corpora import LabelledCorpus

Progress = Callable[[str, float], None]


class Tally(Protocol):
    """Takes the errors of malformed records and counts them."""

    count: int

    def __call__(self, error: InputError) -> None:
        """Take one error."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What to audit.

    Parameters
    ----------
    files : tuple of str
        The corpus.
    against : str, optional
        A file that shall share neither texts nor outlets with them.
    splits : bool
        Each file is a part of a split, and none shall share texts or outlets with another.
    fix : str, optional
        Where to write a cleaned copy.
    taxonomy : str, optional
        File of the label set; Newsstand's own without it.
    """

    files: tuple[str, ...]
    against: str | None = None
    splits: bool = False
    fix: str | None = None
    taxonomy: str | None = None


def audit_files(options: AuditOptions, new_tally: Callable[[], Tally], on_progress: Progress) -> Report:
    """Read the files, look for everything that has a code, and write the cleaned copy if one is wanted.

    Parameters
    ----------
    options : AuditOptions
    new_tally : callable
        Gives a tally for the malformed records of one file.
    on_progress : callable
        Called with the stage and the share of it that is done.

    Raises
    ------
    NewsstandError
        If the options contradict each other, or a file cannot be used.
    """
    _check(options)
    on_progress("reading the corpus", 0.0)
    taxonomy = LabelSet.load(options.taxonomy or data_file("taxonomy.toml"))
    corpora, files, entries = [], [], []
    for number, path in enumerate((*options.files, *([options.against] if options.against else []))):
        tally = new_tally()
        corpus = _read(path, tally)
        corpora.append(corpus)
        header = corpus.header
        files.append(
            {
                "path": path,
                "corpus": header.corpus if header else None,
                "documents": len(corpus.documents),
                "malformed": tally.count,
            }
        )
        part = number if options.splits else int(path is options.against)
        entries += [Entry(document, path, n, part) for n, document in enumerate(corpus.documents, 1)]
    own = corpora[: len(options.files)]
    audited = Entries(entries, sum(len(corpus.documents) for corpus in own))
    findings = [*_malformed(files), *_findings(audited, own, taxonomy, on_progress)]
    fixed = None
    if options.fix:
        on_progress("cleaning", 0.0)
        fixed = write_cleaned(clean(audited), options.fix, own[0].header)
    return Report(files, sorted((f for f in findings if f.count), key=lambda f: f.code), fixed)


def _findings(
    entries: Entries, corpora: Sequence[LabelledCorpus], taxonomy: LabelSet, on_progress: Progress
) -> Iterator[Finding]:
    label_errors = "looking for likely label errors"
    checks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("looking for duplicates", lambda: find_duplicates(entries)),
        ("looking for leaks", lambda: find_leaks(entries)),
        ("looking for boilerplate", lambda: find_boilerplate(entries)),
        ("looking for damaged text", lambda: find_damage(entries)),
        ("looking for other languages", lambda: find_other_languages(entries)),
        ("counting labels", lambda: find_rare_labels(entries)),
        (
            label_errors,
            lambda: find_label_errors(entries, corpora, taxonomy, lambda share: on_progress(label_errors, share)),
        ),
    )
    for stage, check in checks:
        on_progress(stage, 0.0)
        yield from check()


def _read(path: str, tally: Tally) -> LabelledCorpus:
    header = read_header(path)
    documents = list(read_documents(path, on_error=tally))
    if not documents:
        raise InputError("the file holds no document", path)
    return LabelledCorpus(Path(path), header, documents, "")


def _malformed(files: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    yield Finding("NS001", sum(file["malformed"] for file in files))


def _check(options: AuditOptions) -> None:
    paths = (*options.files, *([options.against] if options.against else []))
    if options.splits and len(options.files) < 2:
        raise SettingError("--splits needs the files of all parts, such as train.jsonl test.jsonl")
    if len(set(paths)) < len(paths):
        raise SettingError("a file is named twice; it would be a duplicate of itself")
    if not options.fix:
        return
    if len(options.files) > 1:
        raise SettingError("--fix cleans one FILE at a time; run the audit for each, with --against for the other side")
    if options.fix == "-":
        raise SettingError("--fix writes two files and so takes no '-'; name the cleaned corpus")
    kind_of(options.fix)
    for target in (Path(options.fix), removed_path(options.fix)):
        if any(path != "-" and target.resolve() == Path(path).resolve() for path in paths):
            raise SettingError(f"--fix would overwrite {target}, which is read; name another file")
        if not target.absolute().parent.is_dir():
            raise SettingError(f"--fix: there is no folder {target.absolute().parent}; make it, or name another")
