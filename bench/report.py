"""A measurement as a table, and all of them as docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from train.card import table

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
IMAGES = PAGE.parent / "images"
SECTIONS = ("quality", "precision", "off-topic", "left-out")
"""Parts of the page that ``make bench-quality`` writes, in order; each stands between two marks."""


@dataclass(frozen=True)
class Measurement:
    """What was measured, how, and a row a system."""

    title: str
    how: str
    rows: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    images: dict[str, Path] = field(default_factory=dict)
    heading: str = "##"

    def text(self) -> str:
        """Title, table and notes in Markdown."""
        columns = list(dict.fromkeys(key for row in self.rows for key in row))
        cells = [[_cell(row.get(column, "")) for column in columns] for row in self.rows]
        notes = "\n".join(f"- {note}" for note in self.notes)
        images = "\n\n".join(f"![{alt}]({image.relative_to(PAGE.parent)})" for alt, image in self.images.items())
        rows = table([c.replace("_", " ") for c in columns], cells) if self.rows else ""
        parts = (f"{self.heading} {self.title}", self.how, rows, notes, images)
        return "\n\n".join(part for part in parts if part) + "\n"


def write_section(name: str, measurement: Measurement) -> None:
    """Write one of the sections into docs/benchmarks.md, at its end if it is new, and leave the rest of the page alone."""
    PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), name, measurement), encoding="utf-8")


def with_section(page: str, name: str, measurement: Measurement) -> str:
    """A page in which one of the sections is written anew."""
    start, end = _marks(name)
    before, _, after = page.partition(start)
    rest = after.partition(end)[2].strip("\n")
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scikit-learn"))
    when = f"Measured on {datetime.now(UTC).date()} with {versions}."
    return f"{before.rstrip()}\n\n{start}\n{measurement.text()}\n{when}\n{end}\n" + (f"\n{rest}\n" if rest else "")


def kept_sections(page: str) -> str:
    """The sections as they stand on a page."""
    kept = []
    for start, end in map(_marks, SECTIONS):
        _, found, after = page.partition(start)
        kept.append(f"\n{start}{after.partition(end)[0]}{end}\n" if found else "")
    return "".join(kept)


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: written by make bench-quality -->", f"<!-- /{name} -->"


def write_page(measurements: Sequence[Measurement]) -> None:
    """Write docs/benchmarks.md."""
    head = (
        "# Benchmarks\n\nWritten by `make bench`; run it yourself. Absolute times drift from machine to machine and from day to day, "
        "so compare within one run.\n\n" + machine() + "\n\n"
    )
    measured = "\n".join(measurement.text() for measurement in measurements)
    PAGE.write_text(head + measured + kept_sections(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def machine() -> str:
    """Where and when."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scikit-learn", "fasttext-wheel", "fastapi"))
    return (
        f"Measured on {datetime.now(UTC).date()}: {cpu_name()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {libraries}."
    )


def cpu_name() -> str:
    """The processor, as it calls itself."""
    models = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
