"""Measure the stance head of a run on published corpora, as whole articles: target found, passages read, answer combined.

  python -m bench.stance CORPORA --run models/my-encoder
  python -m bench.stance CORPORA --run models/my-encoder --only vast --only speed

CORPORA is a folder with the published corpora by the names of docs/reference/stance-corpora.md; those that are not there are
left out. Prints a JSON line a corpus, with 95 % bootstrap intervals, and one for speed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from newsstand import artifact, metrics
from newsstand.documents import STANCES, Document
from newsstand.stance.head import StanceHead
from newsstand.stance.passages import passages
from newsstand.stance.targets import read_article
from train.importers.stance import STANCE_CORPORA, Selection, read_stances

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


def judged(head: StanceHead, documents: Sequence[Document]) -> dict[str, Any]:
    """Figures on all gold stances."""
    rows, gold, targets, owner = [], [], [], []
    found = 0
    for number, document in enumerate(documents):
        asked = [stance.target for stance in document.stances or ()]
        probabilities, mentioned = head.probabilities(document, asked)
        rows.append(probabilities)
        found += sum(mentioned)
        gold += [STANCES.index(stance.stance or "neutral") for stance in document.stances or ()]
        targets += asked
        owner += [number] * len(asked)
    clusters = np.unique(owner, return_inverse=True)[1].astype(np.intp)
    figures = metrics.stance_metrics(np.concatenate(rows), np.array(gold, np.intp), targets, clusters)
    del figures["per_target"]
    return figures | {"mentioned": round(found / len(gold), 4)}


def fnc_score(head: StanceHead, folder: Path) -> dict[str, Any] | None:
    """The weighted score of FNC-1: a quarter for telling related from unrelated, three quarters for the stance of related ones.

    What the mention finder does not find is taken for unrelated.
    """
    place = next((folder / name for name in ("fnc-1", "fnc-1.tar.xz", "fnc-1.zip") if (folder / name).exists()), None)
    if place is None:
        return None
    score = best = 0.0
    for document in read_stances(STANCE_CORPORA["fnc-1"], place, Selection(part="test"), lambda error: None):
        readings = read_article(document)
        for stance in document.stances or ():
            related = stance.stance is not None
            best += 1.0 if related else FNC_RELATED
            found = head.targets.find(stance.target, readings).mentioned
            score += FNC_RELATED * (found == related)
            if found and related:
                probabilities, _ = head.probabilities(document, [stance.target])
                score += FNC_STANCE * (STANCES[int(probabilities[0].argmax())] == stance.stance)
    return {"weighted_score": round(score / best, 4)}


def speed(head: StanceHead, articles: Sequence[Document]) -> dict[str, Any]:
    """Milliseconds for a passage, and for an article with one target, with and without evidence; one thread."""
    pairs = []
    for document in articles:
        target = (document.stances or ())[0].target
        readings = read_article(document)
        pairs += [(target, read) for read in passages(readings, head.targets.find(target, readings).mentions)]
    start = time.perf_counter()
    for pair in pairs:
        head.scorer.score([pair])
    result = {"ms_per_passage": round(1000 * (time.perf_counter() - start) / len(pairs), 2)}
    for name, explain in (("ms_per_article", False), ("ms_per_article_with_evidence", True)):
        start = time.perf_counter()
        for document in articles:
            head.label(document, [(document.stances or ())[0].target], explain=explain)
        result[name] = round(1000 * (time.perf_counter() - start) / len(articles), 1)
    size = sum(len(document.text) for document in articles) / len(articles)
    characters = sum(len(passage.text) for _, passage in pairs) / len(pairs)
    return result | {
        "characters_per_article": round(size),
        "passages_per_article": round(len(pairs) / len(articles), 1),
        "characters_per_passage": round(characters),
    }


def _rows(head: StanceHead, folder: Path, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    for name in wanted:
        if name in PARTS:
            documents = documents_of(folder, PARTS[name])
            if documents:
                yield {"corpus": name, **judged(head, documents)}
        elif name == "fnc-1" and (score := fnc_score(head, folder)):
            yield {"corpus": name, **score}
        elif name == "speed":
            long = [d for d in documents_of(folder, PARTS["persent-test"]) if 4500 <= len(d.text) <= 7500]
            if long:
                yield {"measurement": name, **speed(head, long)}


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.stance", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with the published corpora")
    parser.add_argument("--run", type=Path, required=True, help="directory of a run with a stance head")
    choices = [*PARTS, "fnc-1", "speed"]
    parser.add_argument("--only", choices=choices, action="append", help="one of them; may be repeated")
    arguments = parser.parse_args()
    head = artifact.load(arguments.run).stance
    if head is None:
        print(f"{arguments.run} has no stance head", file=sys.stderr)
        return 2
    for row in _rows(head, arguments.corpora, arguments.only or choices):
        print(json.dumps({"run": arguments.run.name, **row}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
