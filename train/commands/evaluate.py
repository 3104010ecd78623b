"""Measure a run on labelled articles, with confidence intervals.

RUN is a run's name, a path, or 'champion'. FILE is JSONL, CSV or Parquet with gold 'topics', 'leaning' and/or 'stances'; use
articles of outlets that the run never saw.

  newsstand evaluate champion held-out.jsonl
  newsstand evaluate my-first other.jsonl --heads topics --json
"""

from __future__ import annotations

import argparse
import json
import sys

from newsstand.registry import Registry
from newsstand.stance.modes import STANCE_MODES
from train.commands.train import HEADS, add_models_argument, parse_heads


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run_name", metavar="RUN", help="name, path, or champion")
    parser.add_argument("files", nargs="+", metavar="FILE", help="labelled documents")
    parser.add_argument(
        "--heads", default=",".join(HEADS), help="what to judge, separated by commas (default: %(default)s)"
    )
    which = "which stance head to judge: fast, accurate, or cascade, the fast one and, where it is not sure, the other"
    parser.add_argument("--stance", choices=STANCE_MODES, default="accurate", help=f"{which} (default: %(default)s)")
    add_models_argument(parser)
    parser.add_argument(
        "--strict", action="store_true", help="stop at the first malformed record instead of leaving it out"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate."""
    heads = parse_heads(arguments.heads)
    from newsstand.tagger import Tagger
    from train.card import FIGURE_NAMES, figure_name, figure_text, table
    from train.corpora import read_corpora
    from train.judge import judge_run
    from train.progress import ErrorTally, Stages

    tagger = Tagger.load(Registry(arguments.models).resolve(arguments.run_name))
    errors, stages = ErrorTally(lambda line: print(line, file=sys.stderr), strict=arguments.strict), Stages()
    try:
        corpora = read_corpora(arguments.files, errors)
        report = judge_run(tagger, corpora, heads, lambda share: stages("labelling", share), arguments.stance)
    finally:
        stages.close()
    if errors.count:
        print(f"{errors.count} malformed records were left out", file=sys.stderr)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
        return 0
    for head, figures in report.items():
        intervals = figures.get("intervals", {})
        rows = []
        for key in FIGURE_NAMES:
            if key in figures:
                low_high = " to ".join(f"{value:.3f}" for value in intervals.get(key, ()))
                rows.append([figure_name(head, key), figure_text(figures[key]), low_high])
        print(table([head.capitalize(), "Value", "95 % interval"], rows) + "\n")
    return 0
