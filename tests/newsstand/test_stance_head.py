"""Stances as a user of the library sees them, from a run trained on the sample corpus."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand.artifact import Run
from newsstand.documents import STANCES, Document
from newsstand.stance.head import ADDED, Combination, StanceHead
from newsstand.stance.heads import StanceHeads
from newsstand.stance.passages import Passage
from newsstand.stance.targets import KnownTargets, Target
from newsstand.tagger import Tagger

CONTRAST = Path(__file__).parents[2] / "data" / "contrast.jsonl"
ARTICLE = Document(
    "The council of Wendle voted on Tuesday for a rent freeze. Tenants welcomed the rent freeze as fair and long overdue. "
    "A baker on the square said that he had not heard of it, and that flour mattered more to him.",
    title="Wendle passes rent freeze",
)


class Fixed:
    """A scorer that gives every passage with "fair" in it to favor, every other to neutral."""

    def score(self, pairs: Any) -> Any:
        rows = [(3.0, 0.0, 0.0) if "fair" in passage.text else (0.0, 0.0, 1.0) for _, passage in pairs]
        return np.array(rows, np.float32).reshape(-1, 3)

    def explain(self, pairs: Any) -> Any:
        added = [np.array([[float("fair" in p.text[s:e]), 0, 0] for s, e in p.sentences], np.float32) for _, p in pairs]
        return self.score(pairs), added


def test_every_target_asked_for_is_answered_in_order(tagger: Tagger) -> None:
    answer = tagger.label(ARTICLE, targets=["rent freeze", "the harbour tunnel", "rent freeze"])
    assert [label.target for label in answer.stances] == ["rent freeze", "the harbour tunnel"]
    first, second = answer.stances
    assert first.mentioned and first.scores is not None and sum(first.scores.values()) == pytest.approx(1)
    assert tuple(first.scores) == STANCES
    assert (second.mentioned, second.stance, second.scores, second.evidence) == (False, None, None, ())
    assert ("stance", "target_not_mentioned") in [(a.head, a.reason) for a in answer.abstained]


def test_evidence_is_at_most_five_sentences_of_title_and_text(tagger: Tagger) -> None:
    spans = tagger.label(ARTICLE, targets=["rent freeze"]).stances[0].evidence
    assert 1 <= len(spans) <= 5
    assert [abs(span.weight) for span in spans] == sorted([abs(span.weight) for span in spans], reverse=True)
    cut = {getattr(ARTICLE, span.field)[span.start : span.end] for span in spans}
    assert "Wendle passes rent freeze" in cut and any(passage.endswith("rent freeze.") for passage in cut)


def test_without_evidence_the_labels_are_the_same(tagger: Tagger) -> None:
    explained = tagger.label(ARTICLE, targets=["rent freeze"]).stances[0]
    plain = tagger.label(ARTICLE, targets=["rent freeze"], explain=False).stances[0]
    assert plain == explained._replace(evidence=())


def test_no_targets_no_stances(tagger: Tagger) -> None:
    answer = tagger.label(ARTICLE, targets=[])
    assert answer.stances == () and all(a.head != "stance" for a in answer.abstained)


def test_known_targets_are_found_unasked(tagger: Tagger) -> None:
    answer = tagger.label(Document("Senators debated the border wall on Monday. The border wall is a costly failure."))
    assert [label.target for label in answer.stances] == ["Border wall with Mexico"]


def test_an_alias_comes_back_as_it_was_asked_for(tagger: Tagger) -> None:
    document = Document("Senators debated the border wall on Monday. The border wall is a costly failure.")
    answer = tagger.label(document, targets=["border wall"])
    assert answer.stances[0].target == "border wall"
    assert answer.stances[0].scores == tagger.label(document).stances[0].scores


def test_a_short_or_foreign_text_has_no_stances(tagger: Tagger) -> None:
    answer = tagger.label(Document("Rent freeze!"), targets=["rent freeze"])
    assert answer.stances == () and ("stance", "too_short") in [(a.head, a.reason) for a in answer.abstained]


def test_a_run_without_the_head_gives_none(small_run: Run) -> None:
    answer = Tagger(replace(small_run, stance=None)).label(ARTICLE, targets=["rent freeze"])
    assert answer.stances == () and all(a.head != "stance" for a in answer.abstained)


def test_close_stances_are_left_open() -> None:
    target = Target("rent", "rent freeze", "policy", (), "A freeze.", "It is right.")
    known, sure = KnownTargets([target]), StanceHead(Fixed(), Combination(), 0.5)
    label, abstained = StanceHeads(known, sure).label(ARTICLE)
    assert label[0].stance == "favor" and abstained == ()
    label, abstained = StanceHeads(known, replace(sure, threshold=0.99)).label(ARTICLE)
    assert label[0].stance is None and label[0].mentioned and label[0].scores is not None
    assert [a.reason for a in abstained] == ["low_confidence"]


class Counting(Fixed):
    """The opposite of Fixed, which counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def score(self, pairs: Any) -> Any:
        self.asked += len(pairs)
        return super().score(pairs)[:, [1, 0, 2]]


def two_heads(sure: float) -> tuple[StanceHeads, Counting]:
    target = Target("rent", "rent freeze", "policy", (), "A freeze.", "It is right.")
    slow = Counting()
    return StanceHeads(KnownTargets([target]), StanceHead(Fixed()), StanceHead(slow), sure), slow


def test_named_targets_are_answered_by_the_accurate_head_and_found_ones_by_the_fast_one() -> None:
    heads, slow = two_heads(1.0)
    assert heads.label(ARTICLE)[0][0].stance == "favor" and slow.asked == 0
    assert heads.label(ARTICLE, ["rent freeze"])[0][0].stance == "against" and slow.asked
    assert [heads.reads_slowly(targets, None) for targets in (None, [], ["rent freeze"])] == [False, False, True]


@pytest.mark.parametrize(("mode", "stance"), [("fast", "favor"), ("cascade", "against"), ("accurate", "against")])
def test_a_mode_goes_before_who_named_the_target(mode: Any, stance: str) -> None:
    heads, _ = two_heads(1.0)
    for targets in (None, ["rent freeze"]):
        assert heads.label(ARTICLE, targets, mode)[0][0].stance == stance
        probabilities, _ = heads.probabilities(ARTICLE, ["rent freeze"], mode)
        assert STANCES[int(probabilities[0].argmax())] == stance
    assert heads.reads_slowly(None, mode) == (mode != "fast")


def test_nothing_is_read_where_stances_are_off() -> None:
    heads, slow = two_heads(1.0)
    assert heads.label(ARTICLE, ["rent freeze"], "off") == ((), ()) and slow.asked == 0
    assert not heads.reads_slowly(["rent freeze"], "off")


def test_a_cascade_asks_the_accurate_head_only_where_the_fast_one_is_not_sure() -> None:
    heads, slow = two_heads(0.5)
    assert heads.label(ARTICLE, ["rent freeze", "baker"], "cascade", explain=False)[0][0].stance == "favor"
    assert slow.asked == 0
    unsure, slow = two_heads(0.85)  # the freeze is named in the title too, which takes no side: 0.81, the baker 0.91
    labels, _ = unsure.label(ARTICLE, ["rent freeze", "baker"], "cascade", explain=False)
    assert [label.stance for label in labels] == ["against", "favor"]
    assert slow.asked == 2, "title and text for the freeze, and nothing for the baker"


def test_a_run_with_one_head_answers_every_mode_with_it() -> None:
    heads, _ = two_heads(1.0)
    for alone in (replace(heads, accurate=None), replace(heads, fast=None)):
        answers = [alone.label(ARTICLE, None, mode) for mode in (None, "fast", "cascade", "accurate")]
        assert all(answer == answers[0] for answer in answers)
    with pytest.raises(ValueError, match="no stance head"):
        StanceHeads(KnownTargets())


def test_title_and_lead_weigh_as_the_combination_says() -> None:
    read = [Passage("title", 0, "a"), Passage("text", 0, "b"), Passage("text", 9, "c")]
    np.testing.assert_allclose(Combination(title=2, lead=1).shares(read), [0.5, 0.25, 0.25])
    np.testing.assert_allclose(Combination(title=0, lead=0).shares(read[:2]), [0.5, 0.5])


@pytest.mark.parametrize("wrong", [{"slope": float("nan")}, {"title": -1.0}, {"offset": (0.0, 0.0)}])
def test_a_combination_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="stance head"):
        Combination(**wrong)


def test_contrast_texts_without_the_target_are_never_given_a_stance(tagger: Tagger) -> None:
    assert tagger.run.stance is not None
    for line in CONTRAST.read_text(encoding="utf-8").splitlines()[1:]:
        document = Document.from_dict(json.loads(line))
        assert document.stances
        gold = document.stances[0]
        label = tagger.label(document, targets=[gold.target], explain=False).stances[0]
        assert label.mentioned == (gold.stance is not None), document.id


def test_evidence_is_positive_towards_favor_and_negative_towards_against() -> None:
    class Torn(Fixed):
        def explain(self, pairs: Any) -> Any:
            added = [
                np.array([[("fair" in p.text[s:e]), ("baker" in p.text[s:e]), 0] for s, e in p.sentences], np.float32)
                for _, p in pairs
            ]
            return self.score(pairs), added

    [label], _ = StanceHeads(fast=StanceHead(Torn())).label(ARTICLE, ["rent freeze"])
    signs = {ARTICLE.text[span.start : span.end]: span.weight for span in label.evidence if span.field == "text"}
    assert [weight > 0 for sentence, weight in signs.items() if "fair" in sentence] == [True]
    assert [weight > 0 for sentence, weight in signs.items() if "baker" in sentence] == [False]


def test_length_moves_an_article_between_favor_and_against_and_not_a_sentence() -> None:
    sentence = [Passage("text", 0, "a", sentences=((0, 1),))]
    article = [Passage("text", 0, "a. b. c.", sentences=((0, 2), (3, 5), (6, 8)))]
    combination = Combination(offset=(0.1, 0.2, 0.3), longer=-0.5)
    np.testing.assert_allclose(combination.offsets(sentence), [0.1, 0.2, 0.3])
    favor, against, neutral = combination.offsets(article)
    assert favor < 0.1 and against > 0.2 and neutral == 0.3


def test_what_is_mentioned_often_or_in_the_title_is_less_likely_to_be_taken_no_side_on() -> None:
    passing = [Passage("text", 0, "a", ((0, 1),))]
    discussed = [Passage("text", 0, "a a a a", ((0, 1), (2, 3), (4, 5), (6, 7)))]
    titled = [Passage("title", 0, "a", ((0, 1),)), *passing]
    combination = Combination(offset=(0.1, 0.2, 0.3), often=0.5, titled=2.0)
    np.testing.assert_allclose(combination.offsets(passing), [0.1, 0.2, 0.3])
    np.testing.assert_allclose(combination.offsets([Passage("text", 0, "a")]), [0.1, 0.2, 0.3])
    np.testing.assert_allclose(combination.offsets(discussed), [0.1, 0.2, 0.3 - 0.5 * math.log(4)])
    np.testing.assert_allclose(combination.offsets(titled), [0.1, 0.2, 0.3 - 0.5 * math.log(2) - 2.0])


def test_what_length_and_mentions_add_is_kept_and_a_run_from_before_has_none() -> None:
    head = StanceHead(Fixed(), Combination(longer=-0.25, often=0.5, titled=0.75))
    entry = head.to_dict()
    assert StanceHead.from_dict(entry, head.scorer) == head
    for name in ADDED:
        del entry[name]
    assert StanceHead.from_dict(entry, head.scorer).combination == Combination()
