"""Text that was decoded wrongly or escaped twice, and its repair where there is only one. Not for cleaning before labelling."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.entities import html5

import ftfy
from ftfy.badness import is_bad
from ftfy.fixes import fix_c1_controls

from newsstand.documents import Document
from train.audit.entries import Entries
from train.audit.findings import Finding

# The bytes of a character in UTF-8 as Windows-1252 or Latin-1 would show them: a quick look before ftfy's thorough one.
_SUSPECT = re.compile("[Â-ô][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAG = re.compile(r"</?(?:p|br|div|span|b|i|em|strong|h[1-6]|ul|ol|li|img|a)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_REPLACEMENT = "\ufffd"


def find_damage(entries: Entries) -> Iterator[Finding]:
    """Find wrong decoding (NS501), lost characters (NS502), control characters (NS503), HTML entities (NS504) and tags (NS505)."""
    checks: tuple[tuple[str, Callable[[str], int]], ...] = (
        ("NS501", lambda text: len(_mojibake_lines(text))),
        ("NS502", lambda text: text.count(_REPLACEMENT)),
        ("NS503", lambda text: len(_CONTROL.findall(text))),
        ("NS504", lambda text: len(_entities(text))),
        ("NS505", lambda text: len(_TAG.findall(text))),
    )
    for code, count_in in checks:
        counts = [count_in(entry.document.title) + count_in(entry.document.text) for entry in entries.own]
        worst = sorted((n for n, count in enumerate(counts) if count), key=lambda n: (-counts[n], n))
        what = "lines" if code == "NS501" else "places"
        examples = [
            entries.own[n].example(f"{counts[n]} {what if counts[n] > 1 else what[:-1]}", places=counts[n])
            for n in worst
        ]
        yield Finding(code, len(worst), tuple(examples))


def repair(document: Document) -> tuple[Document, tuple[str, ...]]:
    """Repair the title and the text of a document where there is no doubt.

    Returns
    -------
    document : Document
    codes : tuple of str
        What was repaired; empty where the document is returned as it was.
    """
    codes: dict[str, None] = {}
    repaired = {}
    for name in ("title", "text"):
        text = getattr(document, name)
        for code, mend in (("NS501", _without_mojibake), ("NS503", _without_control), ("NS504", _without_entities)):
            mended = mend(text)
            if mended != text:
                codes[code] = None
            text = mended
        repaired[name] = text
    return (replace(document, **repaired), tuple(codes)) if codes else (document, ())


def _mojibake_lines(text: str) -> list[str]:
    if _SUSPECT.search(text) is None:
        return []
    return [line for line in text.split("\n") if _SUSPECT.search(line) and is_bad(line)]


def _without_mojibake(text: str) -> str:
    for line in _mojibake_lines(text):
        fixed = ftfy.fix_encoding(line)
        if not is_bad(fixed):
            text = text.replace(line, fixed)
    return text


def _without_control(text: str) -> str:
    if _CONTROL.search(text) is None:
        return text
    return _CONTROL.sub(lambda found: "\n" if found.group() in "\x0b\x0c" else "", fix_c1_controls(text))


def _entities(text: str) -> list[str]:
    return [entity for entity in _ENTITY.findall(text) if _is_entity(entity)] if "&" in text else []


def _is_entity(entity: str) -> bool:
    return entity[1] == "#" or entity[1:] in html5


def _without_entities(text: str) -> str:
    while _entities(text):  # "&amp;amp;" has been escaped twice; every turn makes the text shorter
        text = _ENTITY.sub(lambda found: html.unescape(found[0]) if _is_entity(found[0]) else found[0], text)
    return text
