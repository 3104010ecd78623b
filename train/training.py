"""One training from files to a saved run: reading, fitting, golden answers, card. The steps themselves live elsewhere."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from newsstand import artifact
from newsstand.artifact import Run
from newsstand.documents import Document
from newsstand.errors import InputError, SettingError
from newsstand.labels import LabelSet
from newsstand.registry import RUN_NAME, Registry, checked_name
from newsstand.resources import data_file
from newsstand.stance.encoder import EncoderScorer
from newsstand.tagger import Tagger
from train.card import render
from train.corpora import LabelledCorpus, choose_labels, read_corpora
from train.encoder.training import EncoderOptions
from train.fit import FitOptions, Fitted, Progress, fit
from train.judge import judge_run
from train.report import page
from train.stance.encoders import encoder_of
from train.stance.fit import StanceOptions
from train.stance.training import bare_run, has_stances, with_stance


def train(
    files: Sequence[str],
    name: str,
    registry: Registry,
    options: FitOptions,
    *,
    taxonomy: Path | None = None,
    test_files: Sequence[str] = (),
    base: Path | None = None,
    titles: bool = False,
    on_error: Callable[[InputError], None] | None = None,
    on_progress: Progress,
) -> Run:
    """Train a run and save it in the registry; it becomes champion only when somebody promotes it.

    With ``base``, the directory of a run, the new run has the heads of that one, and only its stance head is learned. An
    encoder leaves checkpoints in a hidden folder beside the run until it is saved; the same call again goes on from there.
    With ``titles``, its report names articles by their titles too.

    Raises
    ------
    NewsstandError
        If a file cannot be used, there is nothing to learn, or the name is taken.
    """
    path = free_path(registry, name)
    started = time.monotonic()
    label_set = LabelSet.load(taxonomy or data_file("taxonomy.toml"))
    on_progress("reading the corpora", 0.0)
    encoder = _encoder(registry, options, path.with_name(f".{path.name}-encoder"))
    corpora, test_corpora = read_corpora(files, on_error), read_corpora(test_files, on_error)
    if test_corpora:
        _refuse_foreign(test_corpora, corpora, label_set, options)
    fitted = _fitted(corpora, label_set, name, options, base, encoder, on_progress)
    tagger = Tagger(replace(fitted.run, golden=()))  # a base's golden answers are not this run's
    learned_from = [corpus.about() for corpus in corpora]
    about: dict[str, Any] = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "corpora": [*(one for one in fitted.run.about.get("corpora", ()) if one not in learned_from), *learned_from],
        **({"base": base.name} if base else {}),
        "outlets": fitted.n_outlets,
        "metrics": fitted.metrics,
        "rare": fitted.rare,
        "recipe": fitted.recipe,
        "reference": fitted.reference,
        **({"splits": fitted.splits} if fitted.splits else {}),
        **({"learning_curve": fitted.learning_curve} if fitted.learning_curve else {}),
        "options": asdict(options),
        "versions": versions(),
    }
    if test_corpora:
        on_progress("judging on the test files", 0.0)
        about["test"] = judge_run(tagger, test_corpora, options.heads)
    about["seconds"] = round(time.monotonic() - started, 1)
    run = replace(fitted.run, golden=golden_answers(tagger), about=about)
    report = page.render(run, fitted.judged, titles=titles) if fitted.judged else None
    artifact.save(run, path, render(run), report)
    if isinstance(encoder, EncoderOptions):
        shutil.rmtree(encoder.work, ignore_errors=True)
    return run


def _fitted(
    corpora: Sequence[LabelledCorpus],
    label_set: LabelSet,
    name: str,
    options: FitOptions,
    base: Path | None,
    encoder: EncoderOptions | EncoderScorer | None,
    on_progress: Progress,
) -> Fitted:
    """Topics and leaning first, or those of the base; then the stance head, where there are gold stances."""
    _check_weights(options, corpora)
    wanted = "stance" in options.heads and (has_stances(corpora) or options.heads == ("stance",))
    lexical = tuple(head for head in options.heads if head != "stance")
    labelled = any(document.topics or document.leaning for corpus in corpora for document in corpus.documents)
    if base is not None:
        if lexical:
            raise SettingError("--base takes topics and leaning from another run: use it with --heads stance")
        known = artifact.load(base)
        fitted = Fitted(replace(known, name=name, fingerprint=""), *_figures_of(known))
    elif lexical and (labelled or not wanted):
        teaching = [corpus for corpus in corpora if any(d.topics is not None or d.leaning for d in corpus.documents)]
        fitted = fit(teaching or corpora, label_set, name, replace(options, heads=lexical), on_progress)
    else:
        fitted = Fitted(bare_run(name), {}, {}, 0, {}, {})
    if not wanted:
        return fitted
    weights = tuple(dict(options.stance_weights).get(corpus.name, 1.0) for corpus in corpora)
    stance_options = StanceOptions(seed=options.seed, weights=weights)
    run, figures = with_stance(fitted.run, corpora, stance_options, on_progress, encoder)
    return replace(fitted, run=run, metrics=fitted.metrics | {"stance": figures})


def _encoder(registry: Registry, options: FitOptions, work: Path) -> EncoderOptions | EncoderScorer | None:
    """The encoder to keep, or how to fine-tune one; ``None`` where none is asked for.

    Raises
    ------
    SettingError
        If a run that is to give one has none.
    ArtifactError
        If it cannot be loaded.
    """
    if options.encoder is None:
        return None
    kept = _encoder_of(registry, options.encoder)
    if options.encoder_from is None and options.encoder_teacher is None and kept is not None:
        return kept
    begin, teacher = (
        _encoder_of(registry, name) if name else None for name in (options.encoder_from, options.encoder_teacher)
    )
    if options.encoder_from and (kept is not None or begin is None):
        raise SettingError("--encoder-from takes a run, and --encoder the pre-trained encoder that both began with")
    if options.encoder_teacher and (kept is not None or teacher is None):
        raise SettingError("--encoder-teacher takes a run, and --encoder the pre-trained encoder that is to learn")
    threads = options.n_jobs if options.n_jobs > 0 else os.cpu_count() or 1
    epochs, tokens = options.encoder_epochs, options.encoder_tokens
    if begin is None and options.encoder_share < 1:
        raise SettingError("--encoder-share needs --encoder-from, the run whose weights have the rest")
    rate, share = options.encoder_rate, options.encoder_share
    return EncoderOptions(options.encoder, work, epochs, options.seed, threads, tokens, begin, rate, share, teacher)


def _encoder_of(registry: Registry, name: str) -> EncoderScorer | None:
    """The encoder of a run, where ``name`` is that of a run or its folder; ``None`` where it is not."""
    found = [folder for folder in (Path(name), registry.path / name) if (folder / artifact.MANIFEST).is_file()]
    if not found and name != "champion":
        return None
    run = artifact.load(found[0] if found else registry.resolve(name))
    scorer = encoder_of(run)
    if scorer is None:
        raise SettingError(f"--encoder: the run {run.name!r} has no encoder")
    return scorer


def _figures_of(run: Run) -> tuple[dict[str, Any], dict[str, int], int, dict[str, Any], dict[str, Any]]:
    """What a run says of itself that stays true with another stance head: figures, rare topics, outlets, recipe, reference."""
    about = run.about
    figures, rare, recipe, reference = (
        dict(about.get(key) or {}) for key in ("metrics", "rare", "recipe", "reference")
    )
    return figures, rare, int(about.get("outlets", 0)), recipe, reference


def _check_weights(options: FitOptions, corpora: Sequence[LabelledCorpus]) -> None:
    names = [corpus.name for corpus in corpora]
    unknown = [name for name, _ in options.stance_weights if name not in names]
    if unknown:
        raise SettingError(f"--stance-weight names {unknown[0]!r}, but the corpora are {', '.join(names)}")


def _refuse_foreign(
    test_corpora: Sequence[LabelledCorpus], corpora: Sequence[LabelledCorpus], taxonomy: LabelSet, options: FitOptions
) -> None:
    """Make sure, before the training, that the run can be judged on the test files."""
    tested = [document for corpus in test_corpora for document in corpus.documents]
    known = set(choose_labels(corpora, taxonomy)[0].ids) if "topics" in options.heads else set()
    leaning = "leaning" in options.heads and any(document.leaning for document in tested)
    stance = "stance" in options.heads and any(document.stances for document in tested)
    if not leaning and not stance and known.isdisjoint(topic for document in tested for topic in document.topics or ()):
        raise InputError(
            "the test files have no gold label that this training could teach: 'newsstand corpus stats' shows their labels"
        )


def free_path(registry: Registry, name: str) -> Path:
    """Where a new run of that name goes, checked before hours of training rather than after.

    Raises
    ------
    SettingError
        If the name is no name for a run, or taken, or nothing can be written there.
    """
    path = registry.path / checked_name(name)
    if path.exists():
        raise SettingError(f"there is a run {name!r} in {registry.path} already: choose another --name, or remove it")
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise SettingError(f"runs cannot be saved in {registry.path}: {nearest} is no folder that you may write to")
    return path


def new_name(registry: Registry, heads: Sequence[str]) -> str:
    """A name for a run that nobody named: the date and its heads, numbered where that is taken."""
    stem = f"{datetime.now(UTC).date()}-{'-'.join(heads)}"
    assert RUN_NAME.fullmatch(stem)
    taken = set(registry.runs())
    return next(name for n in range(1, 10**6) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)


def golden_answers(tagger: Tagger) -> tuple[dict[str, Any], ...]:
    """The golden texts, with what the run answers now; without its name, so that a run of another name is the same run."""
    lines = data_file("golden.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_golden_answer(tagger, json.loads(line)) for line in lines)


def _golden_answer(tagger: Tagger, record: dict[str, Any]) -> dict[str, Any]:
    document, targets = Document.from_dict(record), record.get("targets")
    answer = tagger.label(document, targets=targets, explain=False).to_dict()
    asked = {} if targets is None else {"targets": targets}
    return {"document": document.to_dict(), **asked, "answer": {key: answer[key] for key in answer if key != "model"}}


def versions() -> dict[str, str]:
    """Versions of everything that has a part in the weights."""
    return {name: version(name) for name in ("newsstand", "numpy", "scipy", "scikit-learn")} | {
        "python": platform.python_version()
    }
