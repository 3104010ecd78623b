"""NS201 and NS202: labels that are rare, and labels that are likely wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from newsstand.documents import Document
from newsstand.formats import CorpusHeader
from train.audit.confident import suspects

WORDS = {"ferry": "quay harbour deck tide", "chess": "rook pawn bishop gambit", "bread": "oven flour yeast crust"}


def labelled(audits: Any, each: int = 30) -> list[Document]:
    """Articles with three topics that their words tell apart."""
    topics = list(WORDS)
    documents = []
    for n, article in enumerate(audits.articles(each * len(topics))):
        topic = topics[n % len(topics)]
        documents.append(replace(article, text=f"{article.text} {WORDS[topic]} {WORDS[topic]}.", topics=(topic,)))
    return documents


def test_ns201_counts_labels_with_fewer_than_five_documents(audits: Any) -> None:
    documents = labelled(audits, 10)
    documents[0] = replace(documents[0], topics=("ferry", "chess", "tides"), leaning="left")
    found = audits.find(documents)
    assert found.keys() == {"NS201"}
    assert [example.note for example in found["NS201"].examples] == ["topic tides: 1", "leaning left: 1"]


def test_ns202_finds_labels_that_were_swapped(audits: Any) -> None:
    documents = labelled(audits)
    documents[3] = replace(documents[3], topics=("bread",))
    documents[40] = replace(documents[40], topics=("ferry",))
    found = audits.find(documents)
    assert found.keys() == {"NS202"}
    said = {example.id: (example.details["given"], example.details["suggested"]) for example in found["NS202"].examples}
    assert said == {"a3": ("bread", "ferry"), "a40": ("ferry", "chess")}
    for example in found["NS202"].examples:
        assert 0.5 < example.details["probability"] <= 1
        assert example.note.startswith("given ") and ", more likely " in example.note


def test_a_missing_topic_is_looked_for_only_where_all_topics_are_given(audits: Any) -> None:
    documents = [replace(d, topics=(*d.topics, "news")) for d in labelled(audits)]
    documents[6] = replace(documents[6], topics=("news",))
    found = audits.find(documents)
    assert [example.note.rpartition(" ")[0] for example in found["NS202"].examples] == ["perhaps also ferry"]
    assert not audits.find(documents, CorpusHeader("mine", main_topic_only=True))


def test_few_documents_contradict_nobody(audits: Any) -> None:
    documents = labelled(audits, 8)
    documents[3] = replace(documents[3], topics=("bread",))
    assert not audits.find(documents)


def test_confident_learning_allows_for_labels_that_models_are_seldom_sure_of() -> None:
    # The model gives 0.9 to documents of the first label and 0.4 to those of the second: 0.45 for the second is a lot.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.4], [0.3, 0.4], [0.44, 0.45], [0.7, 0.3]])
    given = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0], [0, 1]], bool)
    found = suspects(probabilities, given, ~given, exclusive=True, complete=True)
    assert [(suspect.row, suspect.given, suspect.suggested) for suspect in found] == [(4, 0, 1)]


def test_labels_without_documents_are_never_suggested() -> None:
    probabilities = np.array([[0.2, 0.99], [0.9, 0.99]])
    given = np.array([[1, 0], [1, 0]], bool)
    nothing = np.zeros_like(given)
    assert suspects(probabilities, given, nothing, exclusive=False, complete=True) == []
