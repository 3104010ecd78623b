"""From labelled corpora to a run: features, folds by outlet, weights, heads, figures. Not for reading or writing files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from newsstand import kernel
from newsstand.artifact import Run
from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from newsstand.text.vectorizer import HashedNgrams
from train.corpora import LabelledCorpus
from train.familiarity import measure_familiarity, norm_by
from train.heads import TopicsWanted, quantise
from train.held_out import Folds, HeldOut
from train.leaning import LeaningTraining, fit_leaning
from train.learning_curve import learning_curve
from train.problem import Problem, build
from train.recipe import Recipe, Trial, best_of, search
from train.reference import Reference, topic_reference
from train.report.judged import Judged
from train.report.ngrams import Finder, strongest
from train.split import folds_by_outlet, near_duplicate_groups, usual_folds
from train.splits import Judge, LeaningJudge, TopicsJudge, judge_splits
from train.topics import SMALL, FittedTopics, Training, fit_topics, prepare

CHAR_WEIGHT = 0.5
"""Factor on the idf of n-grams of characters, so that they do not drown the words that they are parts of."""

Progress = Callable[[str, float], None]
"""Called with the stage and the share of it that is done."""

TABLE_BYTES = 16 << 20
"""What the table of a run may take, if nobody says how many n-grams it is to know: much more makes labelling slower."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What a user may choose about a training.

    Parameters
    ----------
    heads : tuple of str
        ``topics``, ``leaning``, ``stance``.
    seed : int
        Order of the documents while fitting, and ties between outlets.
    n_jobs : int
        Threads; results do not depend on it.
    folds : int, optional
        Groups of outlets; each is judged by models that saw only the others. Six below 20,000 articles, three above that and
        below 500, if left out.
    max_features : int, optional
        How many n-grams a run knows at most; as many as its table has room for, if left out.
    leaning_cost : float
        How much the support vector machines of the leaning mind mistakes.
    splits : bool
        Judge the run at random and by time too, which trains it again.
    learning_curve : bool
        Judge topics that were learned from fewer articles too.
    precision : float, optional
        Give topics only where this share of them was right on outlets never seen.
    recall : float, optional
        Give so many that this share of the topics of articles of outlets never seen is among them. Without either, thresholds make F1 high.
    budget : float
        Seconds for trying recipes; 0 takes the usual one.
    stance_weights : tuple of (str, float)
        What a gold stance of a corpus counts in the stance head, 1 where it is not named.
    encoder : str or None
        Take over the encoder of this run, or fine-tune this one (see :func:`train.encoder.bases.find_base`); without one, stances
        come from the linear head alone.
    encoder_from : str or None
        Begin to fine-tune with the weights of the encoder of this run, of the same shape.
    encoder_epochs : int
        How often it sees the examples.
    encoder_tokens : int
        How much of each it sees.
    encoder_rate : float, optional
        Of learning.
    encoder_share : float
        Of what was learned in the mean of its weights and those of ``encoder_from``.
    encoder_teacher : str or None
        Learn from the answers of the encoder of this run too.
    """

    heads: tuple[str, ...] = ("topics", "leaning", "stance")
    seed: int = 0
    n_jobs: int = -1
    folds: int | None = None
    max_features: int | None = None
    leaning_cost: float = 0.3
    splits: bool = False
    learning_curve: bool = False
    precision: float | None = None
    recall: float | None = None
    budget: float = 0.0
    stance_weights: tuple[tuple[str, float], ...] = ()
    encoder: str | None = None
    encoder_from: str | None = None
    encoder_epochs: int = 2
    encoder_tokens: int = 256
    encoder_rate: float | None = None
    encoder_share: float = 1.0
    encoder_teacher: str | None = None


@dataclass(frozen=True)
class Fitted:
    """A run without its golden answers and card, and what belongs on that card."""

    run: Run
    metrics: dict[str, Any]
    rare: dict[str, int]
    n_outlets: int
    recipe: dict[str, Any]
    reference: Reference
    judged: Judged | None = None
    splits: dict[str, Any] = field(default_factory=dict)
    learning_curve: dict[str, Any] = field(default_factory=dict)


def fit(
    corpora: Sequence[LabelledCorpus], taxonomy: LabelSet, name: str, options: FitOptions, on_progress: Progress
) -> Fitted:
    """Train the heads on all documents; calibrate and judge them on outlets that the judging models never saw.

    Raises
    ------
    InputError
        If there is nothing to learn from.
    """
    problem = build(corpora, taxonomy, options.heads)
    on_progress("reading the texts", 0.0)
    recipe, folds, trials = _usual(problem), None, []
    if options.budget and len(problem.labels):
        folds = _folds(problem, options)
        try:
            trials = _searched(problem, folds, recipe, options, on_progress)
        except ValueError as error:
            raise _nothing_in(problem, error) from error
        recipe = best_of(trials).recipe
    vectorizer = _vectorizer(problem, recipe, options)
    try:
        X = vectorizer.fit_transform(problem.documents)
    except ValueError as error:
        raise _nothing_in(problem, error) from error
    on_progress("looking for near-duplicates", 0.0)
    folds = folds or _folds(problem, options)
    weights, metrics, chosen, reference = [], {}, {}, {}
    topics = leaning = judged = None
    judges: dict[str, Judge] = {}
    curve: dict[str, Any] = {}
    if len(problem.labels):
        training, seen = prepare(X, problem, folds, options.seed, options.n_jobs, on_progress)
        wanted = TopicsWanted(options.precision, options.recall, problem.exclusive and options.recall is None)
        found = fit_topics(training, recipe, wanted, on_progress, tune=not trials, begin=seen)
        topics, metrics["topics"] = found.head, found.figures
        reference.update(topic_reference(topics.labels, found.held_out))
        judged = _judged(training, found, vectorizer, [corpus.name for corpus in corpora])
        weights.append(found.coefficients)
        judges["topics"] = TopicsJudge(training, found.recipe, wanted)
        if options.learning_curve:
            curve = learning_curve(training, found.recipe, wanted, found.held_out, options.seed, on_progress)
        chosen = {
            "kind": "one topic each" if problem.exclusive else "several topics each",
            **asdict(found.recipe),
            "min_df": vectorizer.min_df,
            "tried": [trial.to_dict() for trial in trials],
        }
    if problem.with_leaning:
        ratings = LeaningTraining.of(
            X, vectorizer.of_words_, problem, options.leaning_cost, options.seed, options.n_jobs
        )
        said = fit_leaning(ratings, folds, on_progress)
        leaning, metrics["leaning"] = said.head, said.figures
        reference.update(said.reference)
        weights.append(said.coefficients)
        judges["leaning"] = LeaningJudge(ratings)
    splits = judge_splits(problem, folds, judges, metrics, options.seed, on_progress) if options.splits else {}
    run = Run(
        name=name,
        spec=vectorizer.spec,
        slots=kernel.build_slots(vectorizer.ids_, vectorizer.id_bits),
        table=quantise(vectorizer.idf_, np.concatenate(weights, axis=1)),
        topics=topics,
        leaning=leaning,
    )
    run = _with_familiarity(run, [article for article in problem.documents[: problem.n_articles] if article.topics])
    n_outlets = len({outlet for outlet in problem.outlets if outlet})
    return Fitted(run, metrics, problem.rare, n_outlets, chosen, reference, judged, splits, curve)


def _judged(training: Training, found: FittedTopics, vectorizer: HashedNgrams, names: Sequence[str]) -> Judged:
    """What the report is made from, with the words behind the weights while the features are still here."""
    problem, articles = training.problem, slice(0, training.problem.n_articles)
    ngrams = strongest(
        training.X,
        found.coefficients * found.head.slope,
        problem.annotated,
        problem.labels,
        problem.documents,
        Finder(vectorizer.ids_, vectorizer.spec),
    )
    return Judged(
        problem.labels,
        problem.documents[articles],
        problem.outlets,
        [names[n] for n in problem.corpus_of],
        found.held_out,
        problem.signs[articles],
        problem.annotated,
        problem.main_topic_only[articles],
        ngrams,
    ).counted()


def _with_familiarity(run: Run, articles: Sequence[Document]) -> Run:
    if run.topics is None:
        return run
    scorer = kernel.Scorer(run.spec.vocabulary(run.slots, len(run.table)), run.table, run.n_labels)
    return replace(run, topics=replace(run.topics, familiarity=measure_familiarity(norm_by(scorer), articles)))


def _nothing_in(problem: Problem, error: ValueError) -> InputError:
    return InputError(f"nothing to learn from {len(problem.documents)} documents: {error}")


def _usual(problem: Problem) -> Recipe:
    return Recipe.usual(main_topic_only=bool(problem.main_topic_only.any()), small=0 < problem.signs.size <= SMALL)


def _folds(problem: Problem, options: FitOptions) -> Folds:
    groups = near_duplicate_groups(problem.documents[: problem.n_articles])
    n_folds = options.folds or usual_folds(problem.n_articles)
    folds = folds_by_outlet(problem.outlets, problem.corpus_of, n_folds, options.seed)
    return Folds(folds[problem.origin], groups[problem.origin])


def _vectorizer(problem: Problem, recipe: Recipe, options: FitOptions) -> HashedNgrams:
    n_documents, n_labels = len(problem.documents), len(problem.labels) + 3 * problem.with_leaning
    room = TABLE_BYTES // kernel.table_dtype(n_labels).itemsize
    return HashedNgrams(
        title_weight=recipe.title_weight,
        max_n=recipe.max_n,
        longer_weight=recipe.longer_weight,
        char_n=recipe.char_n,
        char_weight=CHAR_WEIGHT,
        min_df=min(8, 2 + n_documents // 10_000),
        max_features=options.max_features or 1 << (room.bit_length() - 1),
        n_jobs=options.n_jobs,
    )


def _searched(
    problem: Problem, folds: Folds, recipe: Recipe, options: FitOptions, on_progress: Progress
) -> list[Trial]:
    """The recipes tried within the budget; features are made anew only where a recipe changes them."""
    made: dict[tuple[Any, ...], tuple[Training, HeldOut | None]] = {}

    def quality(tried: Recipe) -> float:
        if tried.features not in made:
            made.clear()
            X = _vectorizer(problem, tried, options).fit_transform(problem.documents)
            made[tried.features] = prepare(X, problem, folds, options.seed, options.n_jobs, lambda stage, share: None)
        training, seen = made[tried.features]
        found = training.held_out(tried, lambda share: None, seen)
        return training.quality(found.margins)

    return search(
        recipe,
        quality,
        options.budget,
        on_progress=lambda share: on_progress("topics: searching for a better recipe", share),
    )
