"""The codes of the audit: what each finding is called and what to do about it. A code never changes its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding.

    ``unit`` is what is counted; ``fixed`` says that ``--fix`` takes care of it.
    """

    code: str
    title: str
    unit: str
    advice: str
    fixed: bool = False


_CODES = (
    Code(
        "NS001", "Malformed records", "record", "they are left out; mend them or run with --strict to stop at the first"
    ),
    Code("NS101", "The same text again", "document", "--fix keeps the first", fixed=True),
    Code("NS102", "Nearly the same text again", "document", "keep them on one side: 'newsstand corpus split' does"),
    Code("NS103", "The same text with different labels", "text", "decide which is right; --fix drops all", fixed=True),
    Code(
        "NS104", "The same id again", "document", "give each document its own: figures and lists name documents by it"
    ),
    Code(
        "NS201", "Labels with fewer than 5 documents", "label", "label more, merge them, or expect them to be left out"
    ),
    Code("NS202", "Labels that are likely wrong", "document", "look at them; --fix changes no label"),
    Code("NS301", "The same text on both sides", "document", "--fix with --against drops it from FILE", fixed=True),
    Code(
        "NS302", "Nearly the same text on both sides", "document", "--fix with --against drops it from FILE", fixed=True
    ),
    Code("NS303", "The same outlet on both sides", "outlet", "split again: 'newsstand corpus split --by outlet'"),
    Code("NS401", "Sentences that recur in one outlet", "sentence", "--fix takes them out", fixed=True),
    Code("NS402", "Bylines and credits", "sentence", "--fix takes them out", fixed=True),
    Code("NS501", "Text decoded with the wrong encoding", "document", "--fix repairs what is certain", fixed=True),
    Code("NS502", "Characters lost to a replacement character", "document", "get the original again"),
    Code("NS503", "Control characters", "document", "--fix takes them out", fixed=True),
    Code("NS504", "HTML entities left over", "document", "--fix replaces them", fixed=True),
    Code("NS505", "HTML tags left over", "document", "get the text without markup"),
    Code("NS601", "Texts in another language than most", "document", "leave them out unless you mean them"),
)
CODES: Mapping[str, Code] = {code.code: code for code in _CODES}
