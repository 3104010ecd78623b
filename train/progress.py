"""What a person sees on stderr while a long command works. Not for results, which go to stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from newsstand.errors import InputError

T = TypeVar("T")


def with_progress(items: Iterable[T], what: str) -> Iterator[T]:
    """Yield the same items, counted on stderr while they go by if that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from tqdm import tqdm

    yield from tqdm(items, unit=f" {what}", leave=False, file=sys.stderr)


class ErrorTally:
    """Takes the errors of malformed records: reports the first ones, counts them all.

    Parameters
    ----------
    report : callable
        Receives a line for the reader.
    strict : bool
        Raise the first error instead.
    shown : int
        How many to report.
    """

    def __init__(self, report: Callable[[str], None], *, strict: bool = False, shown: int = 10) -> None:
        self.count = 0
        self._report = report
        self._strict = strict
        self._shown = shown

    def __call__(self, error: InputError) -> None:
        """Take one error."""
        if self._strict:
            raise error
        self.count += 1
        if self.count <= self._shown:
            self._report(f"left out: {error}")
        elif self.count == self._shown + 1:
            self._report("… more malformed records are only counted")
