"""What a person sees on stderr while a long command works. Not for results, which go to stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

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


class Stages:
    """Shows on stderr what a long command is at: a bar a stage on a terminal, a line a stage elsewhere.

    Called with the name of the stage and the share of it that is done.
    """

    def __init__(self) -> None:
        self._stage: str | None = None
        self._bar: Any = None
        self._started = time.monotonic()

    def __call__(self, stage: str, share: float) -> None:
        """Report progress."""
        if stage != self._stage:
            self.close()
            self._stage = stage
            if sys.stderr.isatty():
                from tqdm import tqdm

                self._bar = tqdm(
                    total=100,
                    desc=stage,
                    bar_format="{desc:<44} {percentage:3.0f} % |{bar:24}| {elapsed}",
                    file=sys.stderr,
                )
            else:
                sys.stderr.write(f"{time.monotonic() - self._started:6.1f} s  {stage}\n")
        if self._bar is not None:
            self._bar.update(int(100 * min(share, 1)) - self._bar.n)

    def close(self) -> None:
        """Finish the stage that is shown."""
        if self._bar is not None:
            self._bar.update(100 - self._bar.n)
            self._bar.close()
        self._bar = self._stage = None
