"""Compare two runs on labelled articles, and tell a real difference from chance.

Both runs label the same articles; the differences (second less first) come with 95 % intervals from a paired bootstrap by
article. Exits with 1 if the second run is worse in any of its main figures beyond chance. Use articles of outlets that neither
run saw.

  newsstand compare champion my-second held-out.jsonl
  newsstand compare my-first my-second held-out.jsonl --heads topics --json
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
    parser.add_argument("first", metavar="RUN", help="name, path, or champion")
    parser.add_argument("second", metavar="RUN", help="the run that may be better")
    parser.add_argument("files", nargs="+", metavar="FILE", help="labelled documents")
    parser.add_argument(
        "--heads", default=",".join(HEADS), help="what to compare, separated by commas (default: %(default)s)"
    )
    which = (
        "which stance heads to compare: fast, accurate, or cascade, the fast one and, where it is not sure, the other"
    )
    parser.add_argument("--stance", choices=STANCE_MODES, default="accurate", help=f"{which} (default: %(default)s)")
    add_models_argument(parser)
    parser.add_argument(
        "--strict", action="store_true", help="stop at the first malformed record instead of leaving it out"
    )
    parser.add_argument("--json", action="store_true", help="print the comparison as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Compare."""
    heads = parse_heads(arguments.heads)
    from newsstand.tagger import Tagger
    from train.card import figure_name, figure_text, table
    from train.compare import compare_runs, is_worse
    from train.corpora import read_corpora
    from train.progress import ErrorTally, Stages

    registry = Registry(arguments.models)
    first, second = (Tagger.load(registry.resolve(name)) for name in (arguments.first, arguments.second))
    errors, stages = ErrorTally(lambda line: print(line, file=sys.stderr), strict=arguments.strict), Stages()
    try:
        corpora = read_corpora(arguments.files, errors)
        report = compare_runs(first, second, corpora, heads, lambda share: stages("labelling", share), arguments.stance)
    finally:
        stages.close()
    if errors.count:
        print(f"{errors.count} malformed records were left out", file=sys.stderr)
    if arguments.json:
        print(json.dumps({"runs": [first.run.name, second.run.name], **report}, ensure_ascii=False))
        return int(is_worse(report))
    for head, figures in report.items():
        rows = []
        for name, difference in figures["difference"].items():
            low_high = " to ".join(f"{end:+.3f}" for end in figures["intervals"].get(name, ()))
            verdict = "better" if name in figures["better"] else "worse" if name in figures["worse"] else ""
            values = [figure_text(figures[side][name]) for side in ("first", "second")]
            change = "" if difference is None else f"{difference:+.3f}"
            rows.append([figure_name(head, name), *values, change, low_high, verdict])
        header = [head.capitalize(), first.run.name, second.run.name, "Difference", "95 % interval", ""]
        print(table(header, rows) + f"\n\n{figures['n']:,} articles\n")
        for side, name in (("only_first", first.run.name), ("only_second", second.run.name)):
            if figures.get(side):
                print(f"Not compared, as only {name} knows them: {', '.join(figures[side])}\n")
    return int(is_worse(report))
