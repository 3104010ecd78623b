"""Adds a fine-tuned encoder to a run, calibrated on targets that it never saw. Not for reading corpora or saving runs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from newsstand.errors import SettingError
from newsstand.stance.encoder import TOKENIZER, EncoderScorer
from newsstand.stance.passages import StanceScorer
from newsstand.stance.targets import KnownTargets
from train.encoder.bases import find_base
from train.encoder.mix import held_out_rows, pairs_of
from train.stance.fit import MIN_EXAMPLES, FittedStance, calibrated, passage_scores
from train.stance.pairs import StanceExamples

MOST_JUDGED = 4000  # held-out gold stances; more change no figure and take minutes
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class EncoderOptions:
    """Which encoder to fine-tune, for how long, and where its checkpoints go.

    Parameters
    ----------
    base : str
        See :func:`train.encoder.bases.find_base`.
    work : Path
        A folder of its own; the files of the encoder lie there until the run is saved.
    epochs, seed, threads : int
    portable : bool
        See :func:`train.encoder.export.export`.
    """

    base: str
    work: Path
    epochs: int = 2
    seed: int = 0
    threads: int = 2
    portable: bool = False


def fit_encoder(
    examples: StanceExamples,
    names: Sequence[str],
    known: KnownTargets,
    options: EncoderOptions,
    on_progress: Progress,
) -> tuple[FittedStance, StanceExamples]:
    """Fine-tune, export, calibrate.

    Returns
    -------
    fitted : FittedStance
    judged : StanceExamples
        Those held out, which the probabilities in ``fitted`` are of.

    Raises
    ------
    InputError
        If there are too few examples.
    SettingError
        If the encoder cannot be found, or torch is not installed.
    """
    try:
        from train.encoder.export import export
        from train.encoder.finetune import TuneOptions, finetune
    except ImportError as error:
        raise SettingError("--encoder needs torch and transformers: pip install 'newsstand[encoder]'") from error
    base = find_base(options.base)
    held = np.array(held_out_rows(examples), np.bool_)
    learn = pairs_of(examples, names, np.flatnonzero(~held).tolist())
    judged = examples.subset(_some(np.flatnonzero(held), options.seed))
    judge = pairs_of(judged, names, range(len(judged.gold)))
    tuning = TuneOptions(epochs=options.epochs, seed=options.seed, threads=options.threads)
    folder = options.work / _key(base, learn, asdict(tuning))
    network = finetune(
        base, learn, judge, folder, tuning, lambda share: on_progress("stance: fine-tuning the encoder", share)
    )
    on_progress("stance: exporting the encoder", 0.0)
    export(network, folder, portable=options.portable)
    shutil.copyfile(base / TOKENIZER, folder / TOKENIZER)
    scorer = EncoderScorer(folder, threads=options.threads)
    return calibrate_encoder(scorer, judged, known, on_progress), judged


def calibrate_encoder(
    scorer: StanceScorer, examples: StanceExamples, known: KnownTargets, on_progress: Progress
) -> FittedStance:
    """A head with an encoder as it is; only what makes probabilities of its scores is learned. Needs no torch.

    Raises
    ------
    InputError
        If there are fewer than twenty examples, or only one stance.
    """
    scores, owner = passage_scores(
        scorer, examples, lambda share: on_progress("stance: reading with the encoder", share)
    )
    return calibrated(scorer, known, examples, owner, scores)


def _some(rows: Any, seed: int) -> Any:
    """At most 4,000 of the rows, in order."""
    if len(rows) <= MOST_JUDGED:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MOST_JUDGED, replace=False))


def _key(base: Path, learn: Sequence[Any], tuning: dict[str, Any]) -> str:
    """A name for the folder of checkpoints: another one for other pairs, options or weights."""
    digest = hashlib.sha256(json.dumps([str(base), tuning], sort_keys=True).encode())
    for pair in learn:
        digest.update(repr((pair.target, pair.passage, pair.gold)).encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


__all__ = ["MIN_EXAMPLES", "EncoderOptions", "calibrate_encoder", "fit_encoder"]
