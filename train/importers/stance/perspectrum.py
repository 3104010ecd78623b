"""Perspectrum (Chen et al. 2019): perspectives for or against claims of debates. Not for the evidence below them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from newsstand.documents import Document, GoldStance
from newsstand.errors import FormatError, InputError
from train.importers.stance.files import SourceFile, one_file
from train.importers.stance.rows import Item, Labels, Selection, filled, translate

CORPUS = "perspectrum"
LICENCE = "CC BY-SA 4.0"
SOURCE = "https://github.com/CogComp/perspectrum"
PARTS = ("train", "dev", "test")
PART_OF = {
    "dataset_split_v1.0.json": "",
    "perspective_pool_v1.0.json": "",
    "perspectrum_with_answers_v1.0.json": "",
}
LABELS: Labels = {"SUPPORT": "favor", "UNDERMINE": "against"}


def read(files: Sequence[SourceFile], selection: Selection) -> Iterator[Item]:
    """Yield a document for each perspective and part, with its stances towards the claims of the part that it was judged for."""
    split = _load(one_file(files, "dataset_split_v1.0.json"), dict)
    claims = one_file(files, "perspectrum_with_answers_v1.0.json")
    judged: dict[tuple[str, str], list[GoldStance]] = defaultdict(list)
    for number, claim in enumerate(_load(claims, list), start=1):
        try:
            part, judgments = _judgments(claim, split, f"{claims.place}: claim {number}")
        except InputError as error:
            yield error
            continue
        if selection.wants(part):
            for perspective, stance in judgments:
                judged[part, perspective].append(stance)
    yield from _documents(one_file(files, "perspective_pool_v1.0.json"), judged)


def _load(file: SourceFile, kind: type) -> Any:
    try:
        content = json.loads(file.content)
    except (ValueError, RecursionError):
        raise FormatError("not valid JSON in UTF-8", file.place) from None
    if not isinstance(content, kind):
        raise FormatError("this is not laid out as the corpus publishes it", file.place)
    return content


def _judgments(claim: Any, split: Mapping[str, Any], place: str) -> tuple[str, list[tuple[str, GoldStance]]]:
    if not isinstance(claim, Mapping) or not isinstance(claim.get("perspectives"), list):
        raise InputError("expected an object with a list of 'perspectives'", place)
    part = _part(split.get(str(claim.get("cId"))), place)
    target = filled(claim.get("text"), "text", place)
    judgments = []
    for cluster in claim["perspectives"]:
        if not isinstance(cluster, Mapping) or not isinstance(cluster.get("pids"), list):
            raise InputError("every entry of 'perspectives' needs a list of 'pids'", place)
        stance = GoldStance(target, translate(cluster.get("stance_label_3"), "stance_label_3", LABELS, place))
        judgments += [(str(perspective), stance) for perspective in cluster["pids"]]
    return part, judgments


def _part(part: object, place: str) -> str:
    if part not in PARTS:
        raise InputError("the published split does not say which part this claim is in", place)
    return str(part)


def _documents(file: SourceFile, judged: Mapping[tuple[str, str], list[GoldStance]]) -> Iterator[Item]:
    for number, entry in enumerate(_load(file, list), start=1):
        place = f"{file.place}: perspective {number}"
        if not isinstance(entry, Mapping):
            yield InputError("expected an object", place)
            continue
        perspective = str(entry.get("pId"))
        for part in PARTS:
            if stances := judged.get((part, perspective)):
                try:
                    text = filled(entry.get("text"), "text", place)
                except InputError as error:
                    yield error
                    continue
                key = f"{CORPUS}/{part}/{perspective}"
                yield Document(text=text, id=key, language="en", stances=tuple(dict.fromkeys(stances)))
