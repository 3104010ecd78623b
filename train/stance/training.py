"""Adds a stance head to a run: words, weights, figures on targets never seen. Not for reading corpora or saving runs."""

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
from newsstand.stance.linear import LinearScorer
from newsstand.stance.targets import KnownTargets
from newsstand.text.ngrams import NgramSpec
from train.corpora import LabelledCorpus
from train.encoder.training import EncoderOptions, calibrate_encoder, fit_encoder
from train.stance.fit import FittedStance, StanceOptions, fit_stance
from train.stance.pairs import StanceExamples, stance_examples
from train.stance.vectors import learn_words

Progress = Callable[[str, float], None]


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
    encoder: EncoderOptions | None = None,
) -> tuple[Run, dict[str, Any]]:
    """The run with a stance head learned from the corpora, and its figures on targets that the judging models never saw.

    A run that has a linear stance head already keeps its table of words, so that only weights are learned anew. A run with an
    encoder keeps it, so that only what makes probabilities of its scores is; with ``encoder``, one is fine-tuned.

    Raises
    ------
    InputError
        If the corpora have too few gold stances.
    """
    known = KnownTargets.load(data_file("targets.toml"))
    on_progress("stance: finding the targets", 0.0)
    examples = stance_examples(corpora, known)
    if encoder is not None:
        fitted, judged = fit_encoder(examples, [corpus.name for corpus in corpora], known, encoder, on_progress)
        return replace(run, stance=fitted.head), _figures(fitted, judged, corpora)
    if run.stance and isinstance(run.stance.scorer, EncoderScorer):
        fitted = calibrate_encoder(run.stance.scorer, examples, known, on_progress)
        return replace(run, stance=fitted.head), _figures(fitted, examples, corpora)
    if run.stance and isinstance(run.stance.scorer, LinearScorer):
        words = run.stance.scorer.words
    else:
        on_progress("stance: learning what words are about", 0.0)
        documents = chain.from_iterable(corpus.documents for corpus in corpora)
        words = learn_words((f"{document.title}. {document.text}" for document in documents), options.seed)
    fitted = fit_stance(examples, words, known, options, lambda share: on_progress("stance: fitting", share))
    return replace(run, stance=fitted.head), _figures(fitted, examples, corpora)


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
