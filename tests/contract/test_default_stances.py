"""The default model tells whose side contrast texts are on, and says nothing of targets that they do not mention."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from newsstand.answers import StanceLabel
from newsstand.documents import Document
from newsstand.registry import Registry
from newsstand.tagger import Tagger

ROOT = Path(__file__).parents[2]
CONTRAST = ROOT / "data" / "contrast.jsonl"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load(Registry(ROOT / "models").resolve("champion"))


@pytest.fixture(scope="module")
def triples(tagger: Tagger) -> dict[str, dict[str, StanceLabel]]:
    """What is said of each text, by triple and by what was written: against, favor, other."""
    found: dict[str, dict[str, StanceLabel]] = {}
    for line in CONTRAST.read_text(encoding="utf-8").splitlines()[1:]:
        document = Document.from_dict(json.loads(line))
        assert document.stances and document.id
        triple, _, kind = document.id.rpartition("/")
        [label] = tagger.label(document, targets=[document.stances[0].target], explain=False).stances
        found.setdefault(triple, {})[kind] = label
    return found


def test_the_first_returns_under_a_border_policy_are_told_by_how_they_are_reported(
    tagger: Tagger, triples: dict[str, dict[str, StanceLabel]]
) -> None:
    harsh, friendly = triples["contrast/21-2"]["against"], triples["contrast/21-2"]["favor"]
    assert (harsh.stance, friendly.stance) == ("against", "favor")
    lines = {entry["id"]: entry for entry in map(json.loads, CONTRAST.read_text("utf-8").splitlines()[1:])}
    report = Document.from_dict(lines["contrast/21-2/against"])
    [label] = tagger.label(report, targets=["Remain in Mexico policy"]).stances
    moved = [report.text[e.start : e.end] for e in label.evidence if e.field == "text" and e.weight < 0]
    assert any("we kept the list" in passage for passage in moved)  # of the rights groups; the other one is weaker
    sport = Document.from_dict(lines["contrast/01-2/other"])
    [label] = tagger.label(sport, targets=["Remain in Mexico policy"]).stances
    assert (label.mentioned, label.stance) == (False, None)


def test_a_text_in_favour_is_ranked_above_its_opposite(triples: dict[str, dict[str, StanceLabel]]) -> None:
    def leaning(label: StanceLabel) -> float:
        assert label.scores is not None
        return label.scores["favor"] - label.scores["against"]

    right = {name: leaning(triple["favor"]) > leaning(triple["against"]) for name, triple in triples.items()}
    plain = [told for name, told in right.items() if name[-2] != "-"]
    reports = [told for name, told in right.items() if name.endswith("-2")]
    assert (len(plain), len(reports), len(right)) == (20, 21, 63)
    assert sum(plain) >= 19 and sum(reports) >= 18  # columns that concede and quote are beyond it: docs/design/0009


def test_a_stance_that_is_given_is_seldom_the_opposite(triples: dict[str, dict[str, StanceLabel]]) -> None:
    opposite = {"favor": "against", "against": "favor"}
    columns: Counter[bool] = Counter()
    others: Counter[bool] = Counter()
    for name, triple in triples.items():
        counted = columns if name.endswith("-3") else others
        counted.update(triple[kind].stance == opposite[kind] for kind in opposite if triple[kind].stance)
    assert others.total() >= 60 and others[True] <= others.total() / 12
    # Columns that concede and quote are told no better than by a coin (docs/design/0009); 12 of 42 on one processor.
    assert columns[True] <= 16


def test_what_is_not_mentioned_has_no_stance(triples: dict[str, dict[str, StanceLabel]]) -> None:
    assert not any(triple["other"].mentioned or triple["other"].stance for triple in triples.values())


def test_a_target_mentioned_in_passing_seldom_gets_the_tone_of_the_rest(tagger: Tagger) -> None:
    found: Counter[str | None] = Counter()
    for line in (ROOT / "data" / "passing.jsonl").read_text(encoding="utf-8").splitlines()[1:]:
        document = Document.from_dict(json.loads(line))
        passing = [stance.target for stance in document.stances or () if stance.stance == "neutral"]
        labels = tagger.label(document, targets=passing, explain=False).stances
        assert all(label.mentioned for label in labels)
        found.update(label.stance for label in labels)
    assert found.total() == 60
    assert found["neutral"] >= 38
    assert found["favor"] + found["against"] <= 9
