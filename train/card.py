"""The model card of a run: what it learned from, how good it is and for what not to use it. Not for computing figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newsstand.artifact import Run
from train.importers.stance import STANCE_CORPORA
from train.report import learning_curve, splits
from train.stance.encoders import encoder_of

FIGURE_NAMES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "f_avg": "mean of F1(favor) and F1(against)",
    "precision": "precision of the topics given",
    "recall": "recall of the topics given",
    "hit_at_1": "hit@1",
    "hit_at_3": "hit@3",
    "hit_at_5": "hit@5",
    "accuracy": "accuracy, all articles",
    "selective_accuracy": "accuracy of the leanings given",
    "coverage": "share of articles that get a label",
    "ece": "expected calibration error",
    "mention_accuracy": "targets rightly found or not found",
    "mentioned": "share of the targets that are found in their article",
    "score_ece": "the same, as if every topic not annotated were wrong",
    "n": "articles",
    "left_out": "articles left out: the run knows none of their topics",
}
STANCE_NAMES = {
    "accuracy": "accuracy, all gold stances",
    "selective_accuracy": "accuracy of the stances given",
    "coverage": "share of gold stances likely enough to be given",
    "n": "gold stances",
}
HOW_JUDGED = """Every article was judged by a model that saw no article of its outlet (registered domain) and no near-duplicate of it; articles of
a corpus with a single outlet were dealt at random. In brackets: 95 % bootstrap intervals, resampled by outlet. Each fold of topics
was judged with calibration and thresholds of the other folds; those of the leaning were fitted on the same held-out scores, which
flatters its calibration error slightly. The weights of the run itself come from all the articles."""
TOPICS_NOTE = """hit@k: share of articles with an annotated topic among the k likeliest. A corpus that annotates only the main topic of an article counts every
other topic as a mistake, also where an editor would agree with it: precision and F1 are then worse than they look in use. Calibration error
asks how likely the likeliest topic is right; where only the main topic was annotated, how likely it is that one."""
LEANING_NOTE = """The leaning head learned ratings of whole outlets, not of articles. It is a hint at an article's language, not a verdict on it, and
it abstains unless at least 70 % of such answers were right on outlets never seen."""
STANCE_NOTE = """Every gold stance was judged by a model that saw nothing of its document, and no example of its target, unless that has more
than twenty. A target that is not mentioned counts as neutral here. Stances towards targets named in news are harder than those of comments and
posts written to take a side: read the figures by corpus."""
FAST_NOTE = """The linear head, which answers for known targets that nobody asked about, and everywhere with `fast`. The figures above are
those of the encoder, calibrated on examples that it did not learn from."""
LIMITS = """## What it is not for

- Languages other than English: it abstains.
- Deciding about people, or ranking outlets by leaning.
- Topics outside the table above. A text about something else may still get the nearest topic."""


def render(run: Run) -> str:
    """The card as Markdown."""
    about = run.about
    parts = [
        f"# {run.name}",
        f"Trained on {about['created'][:10]} with Newsstand {about['versions']['newsstand']}: heads {', '.join(run.heads)}, "
        f"{len(run.table):,} n-grams, seed {about['options']['seed']}, {about['seconds']:.0f} s.",
        "## Corpora",
        _corpora(about["corpora"]),
        *_encoder_text(run),
        "## How good it is",
        HOW_JUDGED,
        *_figures(about["metrics"]),
        *asked_for(about),
        *recipe_text(about),
    ]
    if about.get("test"):
        parts += ["## On the test files", *_figures(about["test"])]
    if about.get("rare"):
        left_out = ", ".join(f"{topic} ({count})" for topic, count in about["rare"].items())
        parts.append(f"Left out, with fewer than five articles: {left_out}.")
    parts.append(LIMITS)
    return "\n\n".join(parts) + "\n"


def asked_for(about: Mapping[str, Any]) -> list[str]:
    """What a training says only where it was asked: three splits side by side, and the learning curve."""
    parts = []
    if found := about.get("splits"):
        parts += [f"### {splits.TITLE}", table(*splits.markdown(found)), *splits.notes(found)]
    if curve := about.get("learning_curve"):
        shown = table(*learning_curve.markdown(curve))
        parts += [f"### {learning_curve.TITLE}", learning_curve.answer(curve), shown, learning_curve.HOW]
    return parts


def _encoder_text(run: Run) -> list[str]:
    """What the encoder of stances learned from, which may be more than the corpora of this training."""
    scorer = encoder_of(run)
    if scorer is None or not scorer.learned_from:
        return []
    rows = [[name, *_terms(name)] for name in scorer.learned_from]
    return [
        "The encoder of the stance head was fine-tuned on the training parts of these:",
        table(["Corpus", "Licence", "Source"], rows),
    ]


def _terms(corpus: str) -> tuple[str, str]:
    """Licence and source of a corpus by its name."""
    if corpus.startswith("newsstand-"):
        return "Apache-2.0", "written for Newsstand"
    known = STANCE_CORPORA.get(corpus)
    return (known.LICENCE, known.SOURCE) if known else ("see its file", "")


def recipe_text(about: Mapping[str, Any]) -> list[str]:
    """How the topics were learned: the recipe, the trials it won, and what thresholds aim at."""
    recipe = about.get("recipe")
    if not recipe:
        return []
    rows = [[name, str(value)] for name, value in recipe.items() if name != "tried"]
    aims = (f"a {name} of {aim:g}" for name in ("precision", "recall") if (aim := about["options"].get(name)))
    thresholds = f"{next(aims, 'a high F1')} on outlets never seen"
    parts = ["### How the topics were learned", f"Thresholds aim at {thresholds}.", table(["Choice", "Value"], rows)]
    if recipe["tried"]:
        best = max(trial["score"] for trial in recipe["tried"])
        seconds = sum(trial["seconds"] for trial in recipe["tried"])
        parts.append(
            f"The best of {len(recipe['tried'])} recipes tried in {seconds:.0f} s; held-out quality {best:.3f}."
        )
    return parts


def _corpora(corpora: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            c["corpus"],
            f"{c['documents']:,}",
            c["licence"] or "not stated",
            c["source"] or "",
            c["fingerprint"][:19] + "…",
        ]
        for c in corpora
    ]
    return table(["Corpus", "Articles", "Licence", "Source", "Fingerprint"], rows)


def _figures(metrics: Mapping[str, Any]) -> list[str]:
    parts = []
    for head, note in (("topics", TOPICS_NOTE), ("leaning", LEANING_NOTE), ("stance", STANCE_NOTE)):
        if head in metrics:
            figures = metrics[head]
            rows = [[figure_name(head, key), _figure(figures, key)] for key in FIGURE_NAMES if key in figures]
            parts += [f"### {head.capitalize()}", note, table(["Figure", "Value"], rows)]
            if figures.get("labels"):
                parts.append(_labels(figures["labels"]))
            if figures.get("per_corpus"):
                parts.append(_by_corpus(figures["per_corpus"]))
            if figures.get("fast"):
                parts += _fast(figures["fast"])
    return parts


def _fast(figures: Mapping[str, Any]) -> list[str]:
    """The figures of the fast stance head, where the others are those of the accurate one."""
    rows = [[figure_name("stance", key), _figure(figures, key)] for key in FIGURE_NAMES if key in figures]
    return ["#### The fast head", FAST_NOTE, table(["Figure", "Value"], rows), _by_corpus(figures["per_corpus"])]


def figure_name(head: str, key: str) -> str:
    """What a figure of a head is called."""
    return (STANCE_NAMES if head == "stance" else {}).get(key, FIGURE_NAMES[key])


def _by_corpus(figures: Mapping[str, Mapping[str, Any]]) -> str:
    keys = ("macro_f1", "f_avg", "accuracy", "ece")
    rows = [
        [corpus, *(figure_text(found[key]) for key in keys), f"{found['n']:,}"] for corpus, found in figures.items()
    ]
    return table(["Corpus", "macro-F1", "F_avg", "Accuracy", "ECE", "Stances"], rows)


def _labels(labels: Mapping[str, Mapping[str, float]]) -> str:
    ranked = sorted(labels.items(), key=lambda item: -item[1]["support"])
    rows = [
        [label, *(f"{row[key]:.2f}" for key in ("precision", "recall", "f1")), f"{row['support']:,}"]
        for label, row in ranked
    ]
    return table(["Topic", "Precision", "Recall", "F1", "Articles"], rows)


def _figure(figures: Mapping[str, Any], key: str) -> str:
    interval = figures.get("intervals", {}).get(key)
    return figure_text(figures[key]) + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def figure_text(value: float | None) -> str:
    """A figure for people: counts whole, shares with three digits, and words where there is nothing to measure."""
    if value is None:
        return "none given"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, the first column to the left, numbers to the right."""
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join([" :-- "] + [" --: "] * (len(header) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in cells])
