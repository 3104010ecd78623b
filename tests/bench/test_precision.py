"""How labels given at a wanted precision are counted."""

from __future__ import annotations

from bench.precision import figures
from newsstand.documents import Document
from newsstand.labels import LabelSet, Topic

LABELS = LabelSet("two levels", (Topic("politics"), Topic("elections", parent="politics"), Topic("sport")))


def shares(gold: tuple[str, ...] | None, given: set[str]) -> tuple[str, ...]:
    found = figures([Document("text", topics=gold), Document("text", topics=("sport",))], [given, {"sport"}], LABELS)
    return tuple(found[name].split()[0] for name in ("precision", "without_children", "by_name"))


def test_a_parent_of_what_is_annotated_is_right_but_not_by_name() -> None:
    assert shares(("elections",), {"politics"}) == ("1.000", "1.000", "0.500")


def test_a_child_of_what_is_annotated_is_wrong() -> None:
    assert shares(("politics",), {"politics", "elections"}) == ("0.667", "0.500", "0.667")


def test_articles_without_labels_count_for_coverage_alone() -> None:
    found = figures([Document("a", topics=("sport",)), Document("b", topics=("sport",))], [{"sport"}, set()], LABELS)
    assert (found["labels"], found["coverage"]) == (1, 0.5)
    assert found["precision"].startswith("1.000")


def test_articles_that_nobody_annotated_do_not_count() -> None:
    assert shares(None, {"politics"}) == ("1.000", "1.000", "1.000")
