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
        parts = (f"## {self.title}", self.how, table([c.replace("_", " ") for c in columns], cells), notes, images)
        return "\n\n".join(part for part in parts if part) + "\n"


def write_page(measurements: Sequence[Measurement]) -> None:
    """Write docs/benchmarks.md."""
    head = (
        "# Benchmarks\n\nWritten by `make bench`; run it yourself. Absolute times drift from machine to machine and from day to day, "
        "so compare within one run.\n\n" + machine() + "\n\n"
    )
    PAGE.write_text(head + "\n".join(measurement.text() for measurement in measurements), encoding="utf-8")


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
