"""Adds stance heads to a run: words, weights, figures on targets never seen. Not for reading corpora or saving runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from newsstand import kernel, metrics
from newsstand.artifact import Run
from newsstand.kernel import table_dtype
from newsstand.resources import data_file
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.heads import StanceHeads
from newsstand.stance.linear import LinearScorer
from newsstand.stance.targets import KnownTargets
from newsstand.stance.words import WordTable
from newsstand.text.ngrams import NgramSpec
from train.corpora import LabelledCorpus
from train.encoder.training import EncoderOptions, fit_encoder, keep_encoder
from train.stance.encoders import encoder_of
from train.stance.fit import FittedStance, StanceOptions, fit_stance, sure_from
from train.stance.pairs import StanceExamples, stance_examples
from train.stance.vectors import learn_words

Progress = Callable[[str, float], None]
SURE = 0.85  # accuracy of the fast head from which on a cascade leaves the encoder out


def has_stances(corpora: Sequence[LabelledCorpus]) -> bool:
    """Whether some document has a gold stance."""
    return any(document.stances for corpus in corpora for document in corpus.documents)


def bare_run(name: str) -> Run:
    """A run that gives neither topics nor leanings, to put a stance head into."""
    spec = NgramSpec()
    slots = kernel.build_slots(np.zeros(1, np.uint32), spec.id_bits)
    return Run(name=name, spec=spec, slots=slots, table=np.zeros(1, table_dtype(0)), topics=None, leaning=None)


def with_stance(
    run: Run,
    corpora: Sequence[LabelledCorpus],
    options: StanceOptions,
    on_progress: Progress,
    encoder: EncoderOptions | EncoderScorer | None = None,
) -> tuple[Run, dict[str, Any]]:
    """The run with stance heads learned from the corpora, and their figures on targets that the judging models never saw.

    A run that has a linear head already keeps its table of words, so that only weights are learned anew. A run with an
    encoder keeps it, so that only what makes probabilities of its scores is; with ``encoder``, it gets that one, or one is
    fine-tuned.

    Raises
    ------
    InputError
        If the corpora have too few gold stances.
    """
    known = KnownTargets.load(data_file("targets.toml"))
    names = [corpus.name for corpus in corpora]
    on_progress("stance: finding the targets", 0.0)
    examples = stance_examples(corpora, known)
    words = _words(run, corpora, options.seed, on_progress)
    fast = fit_stance(examples, words, options, lambda share: on_progress("stance: fitting", share))
    figures = _figures(fast, examples, corpora)
    sure = sure_from(fast.held_out, examples, SURE, fast.importance)
    kept = encoder or encoder_of(run)
    if isinstance(kept, EncoderOptions):
        accurate, judged = fit_encoder(examples, names, fast, kept, on_progress)
    elif isinstance(kept, EncoderScorer):
        accurate, judged = keep_encoder(kept, examples, names, fast, options.seed, on_progress)
    else:
        return replace(run, stance=StanceHeads(known, fast.head, sure=sure)), figures
    heads = StanceHeads(known, fast.head, accurate.head, sure)
    return replace(run, stance=heads), _figures(accurate, judged, corpora) | {"fast": figures}


def _words(run: Run, corpora: Sequence[LabelledCorpus], seed: int, on_progress: Progress) -> WordTable:
    known = run.stance.fast.scorer if run.stance and run.stance.fast else None
    if isinstance(known, LinearScorer):
        return known.words
    on_progress("stance: learning what words are about", 0.0)
    documents = chain.from_iterable(corpus.documents for corpus in corpora)
    return learn_words((f"{document.title}. {document.text}" for document in documents), seed)


def _figures(fitted: FittedStance, examples: StanceExamples, corpora: Sequence[LabelledCorpus]) -> dict[str, Any]:
    clusters = np.unique(examples.document, return_inverse=True)[1].astype(np.intp)
    figures = metrics.stance_metrics(fitted.held_out, examples.gold, examples.targets, clusters)
    given = fitted.held_out.max(axis=1) >= fitted.head.threshold
    right = fitted.held_out.argmax(axis=1) == examples.gold
    figures["coverage"] = round(float(given.mean()), 4)
    figures["selective_accuracy"] = round(float(right[given].mean()), 4) if given.any() else None
    figures["per_corpus"] = {}
    for number, corpus in enumerate(corpora):
        own = np.flatnonzero(examples.corpus == number)
        if len(own):
            targets = [examples.targets[row] for row in own.tolist()]
            found = metrics.stance_metrics(fitted.held_out[own], examples.gold[own], targets, clusters[own])
            figures["per_corpus"][corpus.name] = {
                key: found[key] for key in ("macro_f1", "f_avg", "accuracy", "ece", "n")
            }
    return figures
