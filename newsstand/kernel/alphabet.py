"""The table that tells the kernel what each code point is and how it folds. Not needed at run time except to read it.

A code point is a separator, a letter (letters, digits and spacing marks, folded), something that stands alone as a word
(ideographs, kana, emoji) or is ignored (combining marks, joiners). Folding is NFKD without
combining marks, full case folding, and the first again, so a text in NFC and the same text in NFD give the same words. The table is stored (``alphabet.npz``) rather than
computed, so that a run answers the same whatever Unicode version the Python that serves it knows.

``python -m newsstand.kernel.alphabet`` writes the table anew. Doing so changes features: old runs need the old table.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PATH = Path(__file__).with_name("alphabet.npz")
SEPARATOR, LETTER, ALONE, IGNORED = range(4)
_IGNORED_FORMAT = {0x00AD, 0x200C, 0x200D, 0x2060, 0xFEFF}
_ALONE_RANGES = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))


def fold(character: str) -> str:
    """The folded form of one character: what the hash sees."""
    bare = _without_marks(character).casefold()
    return _without_marks(bare)


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def kind_of(code: int) -> int:
    """Whether a code point separates words, belongs to one, stands alone or is ignored."""
    character = chr(code)
    category = unicodedata.category(character)
    if unicodedata.combining(character) or code in _IGNORED_FORMAT or category == "Me" or 0xFE00 <= code <= 0xFE0F:
        return IGNORED
    if any(first <= code <= last for first, last in _ALONE_RANGES) or (category == "So" and code >= 0x1F000):
        return ALONE
    return LETTER if category[0] in "LN" or category in ("Mn", "Mc") else SEPARATOR


def build() -> dict[str, NDArray[np.generic]]:
    """Compute the table from this Python's Unicode database."""
    pool, offsets = bytearray(b"\0\0"), {b"\0\0": 0}
    pages: list[int] = []
    page_of: dict[tuple[int, ...], int] = {}
    entries: list[int] = []
    for first in range(0, 0x110000, 256):
        page = tuple(_entry(code, pool, offsets) for code in range(first, first + 256))
        if page not in page_of:
            page_of[page] = len(page_of)
            entries.extend(page)
        pages.append(page_of[page])
    return {
        "pages": np.array(pages, np.uint16),
        "entries": np.array(entries, np.uint32),
        "pool": np.frombuffer(bytes(pool), np.uint8),
    }


def _entry(code: int, pool: bytearray, offsets: dict[bytes, int]) -> int:
    kind = SEPARATOR if 0xD800 <= code <= 0xDFFF else kind_of(code)
    if kind in (SEPARATOR, IGNORED):
        return kind << 24
    folded = "".join(c for c in fold(chr(code)) if kind_of(ord(c)) in (LETTER, ALONE))
    if not folded:
        return IGNORED << 24
    if folded == chr(code) and code > 0x7F:
        return kind << 24  # its own bytes: needs no place in the pool
    encoded = folded.encode()
    form = bytes((len(folded), len(encoded))) + encoded
    if form not in offsets:
        offsets[form] = len(pool)
        pool.extend(form)
    return kind << 24 | offsets[form]


if __name__ == "__main__":
    np.savez_compressed(PATH, **build())  # type: ignore[arg-type]
    print(f"{PATH}: Unicode {unicodedata.unidata_version}", file=sys.stderr)
