"""The compiled library: its functions with their types, and the scratch memory of each thread. Not for arrays and texts.

It is built once, when the package is installed (see ``hatch_build.py``), so nothing is compiled at start-up and a
read-only file system is fine. There are builds for wider vectors beside the one that every processor can run; they give the same bits. A ctypes call lets go of the GIL, so threads run in parallel.
"""

from __future__ import annotations

import ctypes
import threading
from ctypes import (
    POINTER,
    Structure,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_ssize_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path
from typing import Any

import numpy as np

from newsstand.kernel import alphabet

LIBRARY = Path(__file__).with_name("_kernel.so")
"""The build that every processor can run; one for level N of x86-64 has ``.vN`` in its name."""


class VocabularyStruct(Structure):
    """``ns_vocabulary`` of kernel.h."""

    _fields_ = [
        ("slots", c_void_p),
        ("slot_bits", c_uint32),
        ("row_bits", c_uint32),
        ("n_rows", c_uint32),
        ("id_bits", c_uint32),
        ("max_n", c_uint32),
        ("char_n", c_uint32),
        ("title_weight", c_uint32),
    ]


class TableStruct(Structure):
    """``ns_table`` of kernel.h."""

    _fields_ = [
        ("rows", c_void_p),
        ("log_count", c_void_p),
        ("stride", c_uint32),
        ("lanes", c_uint32),
    ]


class LexiconStruct(Structure):
    """``ns_lexicon`` of kernel.h."""

    _fields_ = [
        ("kinds", c_void_p),
        ("lower", c_void_p),
        ("endings", c_char_p),
        ("stop_words", c_void_p),
        ("negations", c_void_p),
        ("shortened", c_void_p),
        ("n_letters", c_uint32),
        ("n_stop_words", c_uint32),
        ("n_negations", c_uint32),
        ("n_shortened", c_uint32),
    ]


class WordTableStruct(Structure):
    """``ns_word_table`` of kernel.h."""

    _fields_ = [
        ("entries", c_void_p),
        ("keys", c_void_p),
        ("n_words", c_uint32),
        ("size", c_uint32),
        ("stride", c_uint32),
    ]


class StanceWeightsStruct(Structure):
    """``ns_stance_weights`` of kernel.h."""

    _fields_ = [("hashed", c_void_p), ("dense", c_void_p), ("intercept", c_float * 3)]


class TopicsStruct(Structure):
    """``ns_topics`` of kernel.h."""

    _fields_ = [
        ("slope", c_void_p),
        ("bias", c_void_p),
        ("threshold", c_void_p),
        ("least", c_void_p),
        ("parents", c_void_p),
        ("knots", c_void_p),
        ("before", c_void_p),
        ("after", c_void_p),
        ("n_topics", c_uint32),
        ("unused", c_uint32),
    ]


_TEXT = (c_void_p, c_size_t)
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ns_scratch_new": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "ns_scratch_free": (None, (c_void_p,)),
    "ns_level": (c_int, ()),
    "ns_tokens": (c_ssize_t, (c_void_p, *_TEXT, c_void_p, c_size_t)),
    "ns_distinct": (c_ssize_t, (c_void_p, *_TEXT, *_TEXT, *(c_uint32,) * 4, c_void_p, c_void_p)),
    "ns_minima": (c_ssize_t, (c_void_p, *_TEXT, c_uint32, c_uint32, c_void_p, c_uint32, c_void_p)),
    "ns_count_documents": (None, (c_void_p, c_size_t, c_void_p)),
    "ns_build_slots": (c_int, (c_void_p, c_uint32, c_uint32, c_uint32, c_uint32, c_void_p)),
    "ns_take_rows": (c_ssize_t, (c_void_p, POINTER(VocabularyStruct), *_TEXT, *_TEXT, c_void_p, c_void_p)),
    "ns_score": (
        c_float,
        (c_void_p, POINTER(VocabularyStruct), POINTER(TableStruct), *_TEXT, *_TEXT, c_void_p, c_void_p),
    ),
    "ns_explain": (
        c_ssize_t,
        (
            c_void_p,
            POINTER(VocabularyStruct),
            POINTER(TableStruct),
            *_TEXT,
            *_TEXT,
            c_void_p,
            c_uint32,
            c_void_p,
            c_void_p,
            c_void_p,
        ),
    ),
    "ns_passages": (
        None,
        (c_void_p, c_void_p, c_uint32, c_uint32, c_void_p, c_uint32, c_float, c_uint32, c_void_p),
    ),
    "ns_given_topics": (c_uint32, (POINTER(TopicsStruct), c_void_p, c_void_p, c_void_p)),
    "ns_known_share": (c_double, (*_TEXT, c_size_t, c_void_p, c_uint32)),
    "ns_words": (c_ssize_t, (c_void_p, POINTER(LexiconStruct), *_TEXT, c_void_p, c_size_t)),
    "ns_places": (c_ssize_t, (c_void_p, POINTER(LexiconStruct), *_TEXT, c_void_p, c_size_t)),
    "ns_find_phrases": (
        c_ssize_t,
        (c_void_p, c_size_t, c_void_p, c_void_p, c_uint32, c_void_p, c_size_t),
    ),
    "ns_stance_features": (
        c_int,
        (c_void_p, POINTER(WordTableStruct), c_void_p, c_uint32, c_void_p, c_void_p, c_void_p),
    ),
    "ns_stance_scores": (
        c_int,
        (
            c_void_p,
            POINTER(WordTableStruct),
            POINTER(StanceWeightsStruct),
            c_void_p,
            c_uint32,
            c_void_p,
            c_void_p,
        ),
    ),
    "ns_fit": (
        c_int,
        (
            *(c_void_p,) * 4,
            c_int64,
            *(c_void_p,) * 3,
            c_uint32,
            c_float,
            c_int,
            c_float,
            c_uint64,
            *(c_void_p,) * 3,
            POINTER(c_int32),
            POINTER(c_int32),
        ),
    ),
}


def load(path: Path) -> ctypes.CDLL:
    """A build of the library, its functions typed."""
    loaded = ctypes.CDLL(str(path))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, list(arguments)
    return loaded


def builds() -> list[Path]:
    """The builds that this processor can run, the fastest last.

    Raises
    ------
    ImportError
        If there is none.
    """
    if not LIBRARY.exists():
        raise ImportError(
            f"the compiled kernel {LIBRARY.name} is missing: install the package (pip install -e .) to build it"
        )
    level = load(LIBRARY).ns_level()
    wider = [LIBRARY.with_suffix(f".v{n}.so") for n in range(2, level + 1)]
    return [LIBRARY, *(path for path in wider if path.exists())]


library = load(builds()[-1])
with np.load(alphabet.PATH) as _table:
    _alphabet = {name: np.ascontiguousarray(_table[name]) for name in ("pages", "entries", "pool")}


class _Scratch:
    """Scratch memory of one thread, freed with it."""

    def __init__(self) -> None:
        self._free = library.ns_scratch_free  # kept: at exit the module may be gone before the last thread's memory
        self.pointer = library.ns_scratch_new(*(_alphabet[name].ctypes.data for name in ("pages", "entries", "pool")))
        if not self.pointer:
            raise MemoryError

    def __del__(self) -> None:
        self._free(self.pointer)


class _PerThread(threading.local):
    def __init__(self) -> None:
        self.scratch = _Scratch()


per_thread = _PerThread()


def checked(result: Any) -> Any:
    """The result of a call, unless the kernel ran out of memory, which it tells by a negative number."""
    if result < 0:
        raise MemoryError("the text kernel ran out of memory")
    return result
