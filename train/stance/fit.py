"""Fits a stance head: weights, folds, the combination of passages, calibration, threshold. Reads no files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from newsstand.documents import STANCES
from newsstand.errors import InputError
from newsstand.stance.features import BITS, features
from newsstand.stance.head import (
    ADDED,
    AGAINST,
    FAVOR,
    NEUTRAL,
    Combination,
    StanceHead,
    is_titled,
    log_length,
    log_mentions,
)
from newsstand.stance.linear import LinearScorer
from newsstand.stance.passages import Pair, StanceScorer
from newsstand.stance.words import WordTable
from train.calibration import selective_threshold
from train.stance.pairs import StanceExamples

FOLDS = 3
FREQUENT = 20  # examples of a target
CHUNK = 256
MIN_EXAMPLES = 20
WANTED_ACCURACY = 0.8
MIN_SELECTED = 100
WEIGHTS_TRIED = (0.5, 1.0, 2.0, 4.0)
CAUTIOUS_COST, USUAL_COST, BOLD_COST = 0.1, 0.4, 1.6
MIN_TO_TRY = 200  # examples to judge them by; the better of the two is mostly chance with fewer
MAX_ITERATIONS = 80
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class StanceOptions:
    """How to fit.

    Parameters
    ----------
    C : float, optional
        Of logistic regression: how much mistakes matter against large weights. Without one, 0.1, 0.4 or 1.6, whichever makes the
        stances of the first fold likeliest: comments on thousands of targets want the smallest, posts on five the largest.
    seed : int
        Which targets share a fold.
    weights : tuple of float
        What an example of each corpus counts, in their order, for the weights of features and for calibration;
        1 where there is none.
    """

    C: float | None = None
    seed: int = 0
    weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class FittedStance:
    """A stance head, and what models of other targets gave the examples.

    Parameters
    ----------
    head : StanceHead
    held_out : array of shape (n_examples, 3)
        Probabilities.
    scores : array of shape (n_passages, 3)
        Of the passages of all examples, as the scorers gave them.
    owner : array of int, shape (n_passages,)
        The example that each passage belongs to.
    importance : array of shape (n_examples,)
        What each example counts.
    """

    head: StanceHead
    held_out: NDArray[np.float32]
    scores: NDArray[np.float32]
    owner: NDArray[np.intp]
    importance: NDArray[np.float64]


def fit_stance(
    examples: StanceExamples, words: WordTable, options: StanceOptions, on_progress: Progress
) -> FittedStance:
    """Fit a head on all examples; calibrate it on documents and rare targets that the calibrating models never saw.

    Raises
    ------
    InputError
        If there are too few examples, or only one stance.
    """
    _check_enough(examples)
    X, owner = _matrix(examples, words)
    counts = np.ones(int(examples.corpus.max()) + 1)
    counts[: len(options.weights)] = options.weights[: len(counts)]
    counts = counts[examples.corpus]
    importance = counts[owner] / np.bincount(owner)[owner]
    rows = _Rows(X, owner, examples.gold[owner], importance)
    scores = np.zeros((len(owner), len(STANCES)), np.float32)
    folds = folds_by_document(examples, options.seed)
    cost = options.C or _likeliest_cost(rows, examples, folds, counts)
    for fold in range(FOLDS):
        scores[folds[owner] == fold] = _judged(rows, examples, folds, fold, cost)
        on_progress((fold + 1) / (FOLDS + 1))
    scorer = scorer_of(_fit(rows, np.ones(len(owner), np.bool_), cost), words)
    fitted = calibrated(scorer, examples, owner, scores, counts)
    on_progress(1.0)
    return fitted


@dataclass(frozen=True, slots=True)
class _Rows:
    """The passages of all examples: features, the example that each belongs to, its gold stance, what it counts."""

    X: csr_matrix
    owner: NDArray[np.intp]
    gold: NDArray[np.intp]
    importance: NDArray[np.float64]


def _judged(
    rows: _Rows, examples: StanceExamples, folds: NDArray[np.intp], fold: int, cost: float
) -> NDArray[np.float32]:
    """Scores of the passages of a fold from a model of other documents and targets."""
    learn, judge = learners(examples, folds, fold)[rows.owner], folds[rows.owner] == fold
    if not (judge.any() and learn.any()):
        return np.zeros((int(judge.sum()), len(STANCES)), np.float32)
    coefficients = _fit(rows, learn, cost)
    return np.asarray(rows.X[judge] @ coefficients[:-1] + coefficients[-1], np.float32)


def _likeliest_cost(
    rows: _Rows, examples: StanceExamples, folds: NDArray[np.intp], counts: NDArray[np.float64]
) -> float:
    """The cost with which the gold stances of the first fold are likeliest; the usual one where the fold is small.

    The bold one is tried only where the usual one beats the cautious.
    """
    own = np.flatnonzero(folds == 0)
    if len(own) < MIN_TO_TRY:
        return USUAL_COST
    judged, owner = examples.subset(own), np.searchsorted(own, rows.owner[folds[rows.owner] == 0])

    def loss(cost: float) -> float:
        return _combine(judged, owner, _judged(rows, examples, folds, 0, cost), counts[own])[0]

    usual = loss(USUAL_COST)
    if loss(CAUTIOUS_COST) < usual:
        return CAUTIOUS_COST
    return BOLD_COST if loss(BOLD_COST) < usual else USUAL_COST


def calibrated(
    scorer: StanceScorer,
    examples: StanceExamples,
    owner: NDArray[np.intp],
    scores: NDArray[np.float32],
    importance: NDArray[np.float64],
) -> FittedStance:
    """A head with the combination, calibration and threshold that suit scores of passages which nothing was learned from.

    Parameters
    ----------
    scorer : StanceScorer
    examples : StanceExamples
    owner : array of int, shape (n_passages,)
        The example that each passage belongs to.
    scores : array of shape (n_passages, 3)
    importance : array of shape (n_examples,)
        What each example counts.

    Raises
    ------
    InputError
        If there are too few examples, or only one stance.
    """
    _check_enough(examples)
    _, combination = _combine(examples, owner, scores, importance)
    held_out = _held_out(StanceHead(scorer, combination), examples, owner, scores)
    threshold = sure_from(held_out, examples, WANTED_ACCURACY, importance)
    return FittedStance(StanceHead(scorer, combination, threshold), held_out, scores, owner, importance)


def sure_from(
    held_out: NDArray[np.float32], examples: StanceExamples, wanted: float, importance: NDArray[np.float64]
) -> float:
    """The probability from which on the likeliest stance is right often enough, where the target is mentioned.

    Parameters
    ----------
    held_out : array of shape (n_examples, 3)
        Probabilities from models that saw neither document nor target.
    examples : StanceExamples
    wanted : float
        The accuracy that is enough.
    importance : array of shape (n_examples,)
        What each example counts.
    """
    rows = examples.mentioned if examples.mentioned.any() else np.ones(len(held_out), np.bool_)
    correct = (held_out.argmax(axis=1) == examples.gold)[rows]
    least = min(MIN_SELECTED, max(5, len(correct) // 10))
    return selective_threshold(held_out.max(axis=1)[rows], correct, wanted, least, importance[rows])


def passage_scores(
    scorer: StanceScorer, examples: StanceExamples, on_progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The scores of all passages of the examples, and the example that each belongs to."""
    scores, owner = [], []
    for number, (target, read) in enumerate(zip(examples.targets, examples.read, strict=True)):
        scores.append(scorer.score([(target, passage) for passage in read]))
        owner += [number] * len(read)
        on_progress((number + 1) / len(examples.targets))
    return np.concatenate(scores) if scores else np.zeros((0, len(STANCES)), np.float32), np.array(owner, np.intp)


def _check_enough(examples: StanceExamples) -> None:
    if len(examples.gold) < MIN_EXAMPLES or len(np.unique(examples.gold)) < 2:
        raise InputError(
            f"a stance head needs at least {MIN_EXAMPLES} gold stances, not all the same; there are {len(examples.gold)}"
        )


def scorer_of(coefficients: NDArray[np.float32], words: WordTable) -> LinearScorer:
    """The scorer with coefficients of shape (n_hashed + n_dense + 1, 3), the last row the intercept."""
    hashed, dense, intercept = coefficients[: 1 << BITS], coefficients[1 << BITS : -1], coefficients[-1]
    return LinearScorer(words, hashed.astype(np.float16).ravel(), dense.ravel(), tuple(intercept.tolist()))


def folds_by_document(examples: StanceExamples, seed: int) -> NDArray[np.intp]:
    """A fold for each example, all of a document in one."""
    documents = np.unique(examples.document, return_inverse=True)[1]
    order = np.random.default_rng(seed).permutation(int(documents.max()) + 1)
    return np.asarray(order[documents] % FOLDS, np.intp)


def learners(examples: StanceExamples, folds: NDArray[np.intp], fold: int) -> NDArray[np.bool_]:
    """Which examples may be learned from when ``fold`` is judged: other documents, and other targets than those judged.

    Targets of more than twenty documents may be learned from all the same: a head that is used on news knows them too, and
    a corpus of five targets would have nothing left to learn from.
    """
    names = _names(examples)
    return np.asarray((folds != fold) & ~(have_rare_target(examples) & np.isin(names, names[folds == fold])))


def have_rare_target(examples: StanceExamples) -> NDArray[np.bool_]:
    """Which examples have a target of at most twenty, so that models which judge them never saw it."""
    names = _names(examples)
    return np.asarray(np.bincount(names)[names] <= FREQUENT)


def _names(examples: StanceExamples) -> NDArray[np.intp]:
    return np.unique([target.casefold() for target in examples.targets], return_inverse=True)[1].astype(np.intp)


def _matrix(examples: StanceExamples, words: WordTable) -> tuple[csr_matrix, NDArray[np.intp]]:
    pairs: list[Pair] = []
    owner = []
    for number, (target, read) in enumerate(zip(examples.targets, examples.read, strict=True)):
        pairs += [(target, passage) for passage in read]
        owner += [number] * len(read)
    parts = [matrix(pairs[start : start + CHUNK], words) for start in range(0, len(pairs), CHUNK)]
    joined = parts[0] if len(parts) == 1 else _stacked(parts)
    return joined, np.array(owner, np.intp)


def _stacked(parts: Sequence[csr_matrix]) -> csr_matrix:
    sizes = np.cumsum([0, *(part.nnz for part in parts[:-1])])
    starts = [part.indptr[:-1] + size for part, size in zip(parts, sizes, strict=True)]
    indptr = np.concatenate([*starts, [sum(part.nnz for part in parts)]])
    shape = (sum(part.shape[0] for part in parts), parts[0].shape[1])
    arrays = np.concatenate([part.data for part in parts]), np.concatenate([part.indices for part in parts])
    return csr_matrix((*arrays, indptr), shape=shape)


def matrix(pairs: Sequence[Pair], words: WordTable) -> csr_matrix:
    """The features of pairs as rows of a matrix, hashed ones first."""
    found = features(pairs, words)
    hashed = csr_matrix((found.value, (found.row, found.index)), shape=(found.n_pairs, 1 << BITS))
    return csr_matrix(hstack([hashed, csr_matrix(found.dense_rows)], format="csr"))


def _fit(rows: _Rows, learn: NDArray[np.bool_], cost: float) -> NDArray[np.float32]:
    """Coefficients of shape (n_features + 1, 3), the last row the intercept; a stance without examples is never likely."""
    X, gold = rows.X[learn], rows.gold[learn]
    used = np.unique(X.indices)
    model = LogisticRegression(C=cost, max_iter=MAX_ITERATIONS, tol=1e-3)
    classes = np.unique(gold)
    coefficients = np.zeros((X.shape[1] + 1, len(STANCES)), np.float32)
    coefficients[-1] = -20
    if len(classes) < 2:
        coefficients[-1, classes] = 0
        return coefficients
    with _quiet():
        model.fit(X[:, used], gold, sample_weight=rows.importance[learn])
    weights, intercept = model.coef_, model.intercept_
    if len(classes) == 2:
        weights, intercept = np.concatenate([-weights, weights]) / 2, np.concatenate([-intercept, intercept]) / 2
    coefficients[np.ix_(used, classes)] = weights.T
    coefficients[-1, classes] = intercept
    return coefficients


def _quiet() -> Any:
    """Not to converge in 80 rounds costs nothing that held-out targets could show."""
    import warnings

    return warnings.catch_warnings(action="ignore")


def _combine(
    examples: StanceExamples, owner: NDArray[np.intp], scores: NDArray[np.float32], importance: NDArray[np.float64]
) -> tuple[float, Combination]:
    """The weights of title and lead, slope and offsets with the least loss on held-out targets, and that loss."""
    best: tuple[float, Combination] | None = None
    added = _added(examples)
    for title in WEIGHTS_TRIED:
        for lead in WEIGHTS_TRIED:
            tried = Combination(title=title, lead=lead)
            mean = _means(tried, examples, owner, scores)
            loss, fitted = _calibrate(mean, added, examples.gold, importance / importance.sum())
            if best is None or loss < best[0] - 1e-6:
                best = loss, replace(fitted, title=title, lead=lead)
    assert best is not None
    return best


def _means(
    combination: Combination, examples: StanceExamples, owner: NDArray[np.intp], scores: NDArray[np.float32]
) -> NDArray[np.float64]:
    shares = np.concatenate([combination.shares(read) for read in examples.read])
    means = np.zeros((len(examples.read), scores.shape[1]))
    np.add.at(means, owner, scores * shares[:, None])
    return means


def _added(examples: StanceExamples) -> NDArray[np.float64]:
    """What each of ``ADDED`` adds to the log-odds of the examples when it is 1, shape (3, n_examples, 3)."""
    added = np.zeros((len(ADDED), len(examples.read), len(STANCES)))
    longer, often, titled = added
    longer[:, FAVOR] = [log_length(read) for read in examples.read]
    longer[:, AGAINST] = -longer[:, FAVOR]
    often[:, NEUTRAL] = [-log_mentions(read) for read in examples.read]
    titled[:, NEUTRAL] = [-float(is_titled(read)) for read in examples.read]
    return added


def _calibrate(
    means: NDArray[np.float64], added: NDArray[np.float64], gold: NDArray[np.intp], shares: NDArray[np.float64]
) -> tuple[float, Combination]:
    """Loss and parameters of the softmax with the highest likelihood, drawn a little towards 1 for the slope and 0 for the rest."""
    rows = np.arange(len(gold))

    def loss(parameters: NDArray[np.float64]) -> float:
        logits = parameters[0] * means + parameters[1:4] + np.tensordot(parameters[4:], added, 1)
        kept = 0.5 * ((parameters[0] - 1) ** 2 + (parameters[1:] ** 2).sum()) / len(gold)
        return float(shares @ (logsumexp(logits, axis=1) - logits[rows, gold]) + kept)

    start = np.array([1.0, *[0.0] * (len(STANCES) + len(added))])
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(0.05, 5.0), *[(-5.0, 5.0)] * (len(start) - 1)])
    slope, favor, against, neutral, *others = (float(number) for number in found.x)
    return float(found.fun), Combination(slope, (favor, against, neutral), **dict(zip(ADDED, others, strict=True)))


def _held_out(
    head: StanceHead, examples: StanceExamples, owner: NDArray[np.intp], scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    means = _means(head.combination, examples, owner, scores)
    offsets = np.array([head.combination.offsets(read) for read in examples.read])
    log_odds = head.combination.slope * means + offsets
    return np.asarray(np.exp(log_odds - logsumexp(log_odds, axis=1, keepdims=True)), np.float32)
