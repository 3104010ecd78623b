"""Adds a fine-tuned encoder to a run, calibrated on targets that it never saw. Not for reading corpora or saving runs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.errors import InputError, SettingError
from newsstand.stance.encoder import TOKENIZER, EncoderScorer
from newsstand.stance.joint import JointScorer
from newsstand.stance.linear import LinearScorer
from train.encoder.bases import find_base
from train.encoder.mix import held_out_rows, pairs_of
from train.encoder.teacher import taught
from train.stance.fit import MIN_EXAMPLES, FittedStance, calibrated, have_rare_target, passage_scores
from train.stance.pairs import StanceExamples

MOST_OF_CORPUS = 500  # gold stances to calibrate on; more change no figure and take minutes
GENTLE_RATE = 4e-5  # where the weights have learned stances before
LINEAR_WEIGHTS = (0.25, 0.5, 1.0, 2.0)
MIN_RARE = 100  # examples with a rare target to choose one of them by
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
    epochs, seed, threads, tokens : int
        See :class:`train.encoder.finetune.TuneOptions`.
    begin : EncoderScorer, optional
        Go on from the weights of this one.
    rate : float, optional
        Of learning; without one, what suits a beginning, or going on.
    share : float
        Of what was learned in the mean of its weights and those of ``begin``.
    teacher : EncoderScorer, optional
        Learn half of what this one says too (see :func:`train.encoder.teacher.taught`).
    """

    base: str
    work: Path
    epochs: int = 2
    seed: int = 0
    threads: int = 2
    tokens: int = 256
    begin: EncoderScorer | None = None
    rate: float | None = None
    share: float = 1.0
    teacher: EncoderScorer | None = None


def fit_encoder(
    examples: StanceExamples,
    names: Sequence[str],
    fast: FittedStance,
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
        from train.encoder.network import processor
    except ImportError as error:
        raise SettingError("--encoder needs torch and transformers: pip install 'newsstand[encoder]'") from error
    base = find_base(options.base)
    held = np.array(held_out_rows(examples), np.bool_)
    learn = pairs_of(examples, names, np.flatnonzero(~held).tolist())
    judged = examples.subset(rows_to_calibrate_on(examples, names, names, options.seed))
    if len(judged.gold) < MIN_EXAMPLES:
        raise InputError(
            f"too few gold stances to fine-tune an encoder: of {len(examples.gold)}, {len(judged.gold)} are held out, and at least "
            f"{MIN_EXAMPLES} are needed to calibrate it; a few thousand are enough, on dozens of targets"
        )
    judge = pairs_of(judged, names, range(len(judged.gold)))
    tuning = TuneOptions(epochs=options.epochs, seed=options.seed, threads=options.threads, tokens=options.tokens)
    begin = options.begin.folder if options.begin else None
    tuning = replace(tuning, rate=options.rate or (GENTLE_RATE if begin else tuning.rate))
    teacher = options.teacher.folder if options.teacher else None
    folder = options.work / _key((base, begin, teacher), learn, asdict(tuning))
    if options.teacher:
        asking = replace(options.teacher, threads=options.threads)
        learn = taught(
            learn,
            asking,
            folder / "told.npy",
            options.seed,
            lambda share: on_progress("stance: asking the teacher", share),
        )
    where = " on the GPU" if processor().type == "cuda" else ""
    network = finetune(
        base,
        learn,
        judge,
        folder,
        tuning,
        lambda share: on_progress(f"stance: fine-tuning the encoder{where}", share),
        begin,
        options.share,
    )
    on_progress("stance: exporting the encoder", 0.0)
    export(network, folder)
    shutil.copyfile(base / TOKENIZER, folder / TOKENIZER)
    before = [name for known in (options.begin, options.teacher) if known for name in known.learned_from]
    scorer = EncoderScorer(folder, learned_from=tuple(dict.fromkeys((*before, *names))), threads=options.threads)
    return keep_encoder(scorer, examples, names, fast, options.seed, on_progress)


def keep_encoder(
    scorer: EncoderScorer,
    examples: StanceExamples,
    names: Sequence[str],
    fast: FittedStance,
    seed: int,
    on_progress: Progress,
) -> tuple[FittedStance, StanceExamples]:
    """A head with an encoder as it is, calibrated on examples that it did not learn from. Needs no torch.

    Parameters
    ----------
    scorer : EncoderScorer
    examples : StanceExamples
    names : sequence of str
        Of their corpora.
    fast : FittedStance
        The linear head of the same examples; as much of its scores is added as helps with targets never seen.
    seed : int

    Returns
    -------
    fitted : FittedStance
    judged : StanceExamples
        Those calibrated on, which the probabilities in ``fitted`` are of.

    Raises
    ------
    InputError
        If there are fewer than twenty of them, or only one stance.
    """
    rows = rows_to_calibrate_on(examples, names, scorer.learned_from, seed)
    judged = examples.subset(rows)
    scores, owner = passage_scores(scorer, judged, lambda share: on_progress("stance: reading with the encoder", share))
    linear = fast.scores[np.isin(fast.owner, rows)]
    importance = fast.importance[rows]
    assert isinstance(fast.head.scorer, LinearScorer)
    tried = [calibrated(scorer, judged, owner, scores, importance)]
    for weight in LINEAR_WEIGHTS:
        joint = JointScorer(scorer, fast.head.scorer, weight)
        tried.append(calibrated(joint, judged, owner, scores + np.float32(weight) * linear, importance))
    telling = have_rare_target(examples)[rows]  # what both saw before, the linear head knows too well
    if telling.sum() < MIN_RARE:
        telling[:] = True
    return min(tried, key=lambda fitted: _surprise(fitted, judged, telling)), judged


def _surprise(fitted: FittedStance, examples: StanceExamples, telling: NDArray[np.bool_]) -> float:
    """Mean negative log-likelihood of some gold stances, each counted as much as it matters."""
    given = fitted.held_out[np.arange(len(examples.gold)), examples.gold]
    return float(np.average(-np.log(np.maximum(given[telling], 1e-9)), weights=fitted.importance[telling]))


def rows_to_calibrate_on(
    examples: StanceExamples, names: Sequence[str], learned_from: Sequence[str], seed: int
) -> NDArray[np.intp]:
    """Examples that an encoder did not learn from, at most 500 of a corpus, and at least half of these with the target mentioned.

    Of a corpus that it learned from, these are the ones that :func:`train.encoder.mix.held_out_rows` held out. A target that
    an article does not mention gets no stance at all, so such examples must not outweigh the others; but without them a
    corpus of comments would hold hardly any neutral stance, and its texts would seem surer than they are.
    """
    draw = np.random.default_rng(seed)
    held = np.array(held_out_rows(examples), np.bool_)
    rows: list[NDArray[np.intp]] = []
    for number, name in enumerate(names):
        usable = (examples.corpus == number) & (held if name in learned_from else np.ones(len(held), np.bool_))
        mentioned, others = (
            draw.permutation(np.flatnonzero(usable & mask)) for mask in (examples.mentioned, ~examples.mentioned)
        )
        some = mentioned[: max(MOST_OF_CORPUS // 2, MOST_OF_CORPUS - len(others))]
        rows += [some, others[: min(len(some), MOST_OF_CORPUS - len(some))]]
    return np.sort(np.concatenate(rows)) if rows else np.empty(0, np.intp)


def _key(encoders: Sequence[Path | None], learn: Sequence[Any], tuning: dict[str, Any]) -> str:
    """A name for the folder of checkpoints: another one for other pairs, options or encoders."""
    digest = hashlib.sha256(json.dumps([*map(str, encoders), tuning], sort_keys=True).encode())
    for pair in learn:
        digest.update(repr((pair.target, pair.passage, pair.gold)).encode("utf-8", "replace"))
    return digest.hexdigest()[:16]
