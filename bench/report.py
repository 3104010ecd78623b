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
QUALITY, QUALITY_END = "<!-- quality: written by make bench-quality -->", "<!-- /quality -->"


@dataclass(frozen=True)
class Measurement:
    """What was measured, how, and a row a system."""

    title: str
    how: str
    rows: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    images: dict[str, Path] = field(default_factory=dict)

    def text(self) -> str:
        """Title, table and notes in Markdown."""
        columns = list(dict.fromkeys(key for row in self.rows for key in row))
        cells = [[_cell(row.get(column, "")) for column in columns] for row in self.rows]
        notes = "\n".join(f"- {note}" for note in self.notes)
        images = "\n\n".join(f"![{alt}]({image.relative_to(PAGE.parent)})" for alt, image in self.images.items())
        rows = table([c.replace("_", " ") for c in columns], cells) if self.rows else ""
        parts = (f"## {self.title}", self.how, rows, notes, images)
        return "\n\n".join(part for part in parts if part) + "\n"


def write_quality(measurement: Measurement) -> None:
    """Write the section on quality into docs/benchmarks.md, and leave the rest of the page alone."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, after = page.partition(QUALITY)
    rest = after.partition(QUALITY_END)[2]
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scikit-learn"))
    when = f"Measured on {datetime.now(UTC).date()} with {versions}."
    section = f"{QUALITY}\n{measurement.text()}\n{when}\n{QUALITY_END}"
    PAGE.write_text(f"{before.rstrip()}\n\n{section}\n" + rest.lstrip("\n"), encoding="utf-8")


def kept_quality() -> str:
    """The section on quality as it stands on the page."""
    _, start, after = PAGE.read_text(encoding="utf-8").partition(QUALITY)
    return f"\n{start}{after.partition(QUALITY_END)[0]}{QUALITY_END}\n" if start else ""


def write_page(measurements: Sequence[Measurement]) -> None:
    """Write docs/benchmarks.md."""
    head = (
        "# Benchmarks\n\nWritten by `make bench`; run it yourself. Absolute times drift from machine to machine and from day to day, "
        "so compare within one run.\n\n" + machine() + "\n\n"
    )
    measured = "\n".join(measurement.text() for measurement in measurements)
    PAGE.write_text(head + measured + kept_quality(), encoding="utf-8")


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
