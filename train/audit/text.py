"""An audit as text for a terminal. Not for what it says (train.audit.findings)."""

from __future__ import annotations

import re

from train.audit.codes import CODES
from train.audit.findings import Example, Finding, Report

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")  # none may steer the terminal
_INDENT = " " * 7
_WIDTH = 160


def format_report(report: Report, show: int = 3) -> str:
    """Lay out a report: the findings with ``show`` examples each, then what was written."""
    files = _plural(len(report.files), "file")
    found = _plural(len(report.findings), "finding") if report.findings else "nothing to complain of"
    parts = [f"{_plural(report.documents, 'document')} in {files}: {found}"]
    parts += [_finding(finding, show) for finding in report.findings]
    if report.fixed:
        parts.append(_fixed(report))
    return "\n\n".join(parts)


def _finding(finding: Finding, show: int) -> str:
    code = CODES[finding.code]
    lines = [f"{code.code}  {code.title}: {_plural(finding.count, code.unit)}"]
    lines += [f"{_INDENT}{_example(example)}" for example in finding.examples[:show]]
    return "\n".join([*lines, f"{_INDENT}→ {code.advice}"])


def _example(example: Example) -> str:
    named = f" ({example.id})" if example.id else ""
    where = f"{example.place}{named}: " if example.place else ""
    line = _CONTROL.sub("�", where + example.note)
    width = _WIDTH - len(_INDENT)
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _fixed(report: Report) -> str:
    fixed = report.fixed or {}
    went = (
        f"{_plural(fixed['removed_documents'], 'document')} and {_plural(fixed['removed_sentences'], 'sentence')} went, "
        f"{_plural(fixed['repaired_documents'], 'document')} repaired"
    )
    written = f"Wrote {_plural(fixed['documents'], 'document')} to {fixed['path']}"
    return f"{written}: {went}.\nWhat went and why is in {fixed['removed_path']}."


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
