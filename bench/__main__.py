"""Measure Newsstand beside scikit-learn and fastText: the same articles, the same machine, one run.

  python -m bench --corpus corpora/allsides-published.jsonl
  python -m bench --corpus corpora/allsides-published.jsonl --only labelling
  python -m bench --corpus corpora/allsides-published.jsonl --only http
  python -m bench --corpus corpora/allsides-published.jsonl --only instructions
  python -m bench --corpus corpora/allsides-published.jsonl --only serving --mlserver .venv-mlserver

Prints a table a measurement and a JSON line a row; --write also writes docs/benchmarks.md and its plots.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.curves import measure_curves
from bench.http import measure_http
from bench.instructions import measure_instructions
from bench.labelling import measure_labelling
from bench.report import Measurement, write_page
from bench.serving import measure_serving

MEASUREMENTS = ("labelling", "instructions", "http", "serving", "curves")


def main() -> int:
    """Run the measurements."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True, help="AllSides as imported with --published-labels")
    parser.add_argument(
        "--only", choices=MEASUREMENTS, action="append", help="one of the measurements; may be repeated"
    )
    parser.add_argument("--split", default="", metavar="NAME", help="hold out other outlets: any word")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md from the figures")
    parser.add_argument(
        "--mlserver",
        type=Path,
        metavar="VENV",
        help="serving: an environment that has MLServer; made if it is not there",
    )
    arguments = parser.parse_args()
    done: list[Measurement] = []
    for name in arguments.only or MEASUREMENTS:
        print(f"measuring: {name}", file=sys.stderr)
        measurement = measure(name, arguments)
        print(measurement.text())
        for row in measurement.rows:
            print(json.dumps({"measurement": name, **row}))
        done.append(measurement)
    if arguments.write:
        write_page(done)
    return 0


def measure(name: str, arguments: argparse.Namespace) -> Measurement:
    """Take one of the measurements."""
    if name == "labelling":
        return measure_labelling(arguments.corpus, arguments.split)
    if name == "instructions":
        return measure_instructions(arguments.corpus)
    if name == "http":
        return measure_http(arguments.corpus, arguments.split)
    if name == "serving":
        return measure_serving(arguments.corpus, mlserver=arguments.mlserver)
    return measure_curves(arguments.corpus, arguments.split)


if __name__ == "__main__":
    sys.exit(main())
