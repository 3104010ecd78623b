"""A text is about what it keeps naming."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.documents import Document
from newsstand.labels import LabelSet, NameCounter, Topic
from train.importers import IMPORTERS, CorpusHeader, NamedTopics, add_named_topics, corpus_header

BARE = Document(text="Nothing of note.", topics=())


@pytest.mark.parametrize(
    ("title", "text", "topics"),
    [
        ("Norland votes", "Nothing more.", ("norland",)),
        ("A vote", "Norland voted. Norlanders cheered. The Gulf of Norland froze.", ("norland",)),
        ("A vote", "Norland voted. Norlanders cheered.", ()),
        ("New Norland votes", "New Norland, New Norland and New Norland again", ()),
        ("NORLAND votes", "norland, norland, norland", ()),
        ("Norlandia votes", "Norlandia, Norlandia, Norlandia", ()),
        ("A tidal flood in Norland", "", ("norland", "tides")),
    ],
)
def test_a_name_counts_once_in_the_title_or_three_times_in_all(
    label_set: LabelSet, title: str, text: str, topics: tuple[str, ...]
) -> None:
    assert add_named_topics(Document(text=text, title=title, topics=()), label_set).topics == topics


def test_topics_that_are_there_stay_and_come_first(label_set: LabelSet) -> None:
    document = Document(text="", title="Norland votes", topics=("elections", "norland"))
    assert add_named_topics(document, label_set) is document
    assert add_named_topics(replace(document, topics=("sport",)), label_set).topics == ("sport", "norland")


def test_a_document_that_nobody_annotated_stays_so(label_set: LabelSet) -> None:
    assert add_named_topics(Document(text="", title="Norland votes"), label_set).topics is None


words = st.lists(st.sampled_from(["Norland", "Gulf", "of", "New", "Norlanders", "the", "tidal", "flood", "-"]))


@given(title=words, text=words)
def test_the_quick_search_finds_what_the_full_one_finds(title: list[str], text: list[str]) -> None:
    topic = Topic("norland", names=("Norland", "Norlanders", "Gulf of Norland"), not_names=("New Norland",))
    document = Document(text=" ".join(text), title=" ".join(title), topics=())
    counter = NameCounter(topic)
    in_title = counter.count(document.title)
    expected = in_title > 0 or in_title + counter.count(document.text) >= 3
    assert NamedTopics(LabelSet("one", (topic,))).add(document).topics == (("norland",) if expected else ())


def test_the_scope_of_an_import_is_every_topic_that_it_can_give(label_set: LabelSet) -> None:
    bbc = IMPORTERS["bbc"]
    mapped = corpus_header(bbc, label_set, published_labels=False)
    assert mapped == CorpusHeader(
        "bbc", bbc.LICENCE, bbc.SOURCE, ("norland", "politics", "sport", "tides"), main_topic_only=True
    )
    without_names = corpus_header(bbc, label_set, published_labels=False, named_topics=False)
    assert without_names.scope == ("politics", "sport")


def test_the_scope_of_published_labels_is_the_published_list(label_set: LabelSet) -> None:
    scope = corpus_header(IMPORTERS["bbc"], label_set, published_labels=True).scope
    assert scope == ("business", "entertainment", "politics", "sport", "tech")
    scope = corpus_header(IMPORTERS["allsides"], label_set, published_labels=True).scope
    assert scope == ("elections", "two_things", "world")
    assert all(first < second for first, second in pairwise(scope))
    bare = LabelSet.from_ids("bare", ["a"])
    assert corpus_header(IMPORTERS["allsides"], bare, published_labels=True).scope is None
