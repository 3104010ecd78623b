"""docs/reliability.md from the rows of a measurement. Not for measuring."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.report import cpu_name
from train.card import table

PAGE = Path(__file__).parent.parent / "docs" / "reliability.md"
HEAD = """# Reliability

What the service does under load and when things go wrong, done to a real one: `newsstand serve --workers 2` with the default model and its
default settings, over sockets. Written by `make bench-reliability`; run it yourself.

- The load is articles of 1 to 60 KB made of the sample corpus, all sizes alike on a scale of logarithms: as JSON, as plain text, compressed,
  in batches, with evidence and without; 5 % of the requests are bad in eleven ways.
- **Every answer is compared byte for byte** with those that the runs give outside of the service. *Wrong* is an answer that no run gives, and so
  is one that names a run and gives labels of another. *Failed* is a good request without a right answer, or a bad one without the
  status that it deserves. *Sent again* are requests whose connection was lost; they are sent again, as `newsstand.client` does it.
- In the steps of databases, the service keeps corrections and documents worth a look, and corrections are sent beside the articles. *Failed* is also
  a correction that is neither kept nor refused with `Retry-After`. A step has not passed if one that was answered as kept is not in the database later.
- p99 is that of the good requests that were answered, in milliseconds.
"""
FOUND = """## What these steps have found

Each was a fault of the service once, and is none any more:

- At four times the load, clients with a new connection waited up to 15 s to be let in, and nothing was refused: uvloop takes one new
  connection a round, and a round lasts as long as everybody else's labelling. Workers now take all that wait at once
  (`service/accepting.py`), so that those who are too many are told so.
- Weights are mapped from files. Cutting a file of the champion ended the workers, and overwriting it changed their answers: with
  `NEWSSTAND_COPIES_FOLDER=off`, which is how it was, 152 of 645 answers in the step that corrupts the champion are wrong. Workers now map a copy
  that is theirs, and look every second whether the original is still what it was.
- A worker that was replaced while the champion was damaged or gone had nothing to label with, and answered 503 beside workers that
  did. It now labels with the copy.
- On a machine where a worker takes more than five seconds to start, uvicorn's supervisor killed it before it had begun, again and again.
  A worker now has 120 s to its first sign of life, and is replaced when it is silent for 30 s after that.
- The loss of a worker was a line of level `info` among others. It is an error now.
- Where the disk of SQLite was unmounted, workers made a new file in the empty folder and answered that they kept corrections, which nobody saw any
  more when the disk was back. The file is now made when the service starts, and at no other time.

## What was not done

Loss of power, a network that loses packets, and more than one machine were not tried. A database that is silent, rather than gone, was not tried
either.
"""


def write_page(rows: Sequence[dict[str, Any]]) -> None:
    """Write docs/reliability.md."""
    columns = ("step", "done", "answered", "failed", "wrong", "sent_again", "p99_ms", "passed")
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    seen = "\n".join(f"- **{row['step']}**: {row['seen']}." for row in rows)
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    where = (
        f"Measured on {datetime.now(UTC).date()}: {cpu_name()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load averages at the end {load}; client and service on the same machine."
    )
    figures = table([column.replace("_", " ") for column in columns], cells)
    PAGE.write_text(
        "\n".join([HEAD, where, "", figures, "", "## What was seen", "", seen, "", FOUND]), encoding="utf-8"
    )


def cell(value: object) -> str:
    """A value as it stands in a table."""
    if value is None:
        return "skipped"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float) else str(value)
