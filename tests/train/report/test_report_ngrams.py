"""The words behind the weights, found again though features are hashed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from newsstand.documents import Document
from newsstand.labels import LabelSet, Topic
from newsstand.text.vectorizer import HashedNgrams
from train.fit import FitOptions, fit
from train.report.ngrams import Finder

Make = Callable[..., Any]
TITLE, TEXT = "Zügig, Minister!", "The prime  minister met the Prime Minister. Zügig ging es."


@pytest.fixture
def vectorizer() -> HashedNgrams:
    return HashedNgrams(min_df=1, title_weight=2).fit([Document(TEXT, TITLE)])


def test_every_feature_of_a_document_is_found_in_it(vectorizer: HashedNgrams) -> None:
    finder, document = Finder(vectorizer.ids_, vectorizer.spec), Document(TEXT, TITLE)
    found = {finder.words(feature, document) for feature in range(len(vectorizer.ids_))}
    assert {"prime", "prime minister", "met the", "zügig", "zügig minister"} <= {
        name.replace(",", "") for name in found
    }
    assert "" not in found and len(found) == len(vectorizer.ids_)


def test_words_that_a_document_does_not_have_are_not_found(vectorizer: HashedNgrams) -> None:
    finder = Finder(vectorizer.ids_, vectorizer.spec)
    assert {finder.words(n, Document("Nothing of it here")) for n in range(len(vectorizer.ids_))} == {""}


def test_a_topic_is_spoken_for_by_its_own_words(make_documents: Make, make_corpus: Make) -> None:
    golds = [d for t in ("sport", "health") for d in make_documents(30, [t], topics=(t,))]
    taxonomy = LabelSet("small", (Topic("sport"), Topic("health")))
    options = FitOptions(heads=("topics",), n_jobs=1)
    judged = fit([make_corpus(golds)], taxonomy, "made-up", options, lambda stage, share: None).judged
    assert judged
    sport, health = ({name for name, _ in judged.ngrams[topic]} for topic in ("sport", "health"))
    assert {"goal", "coach", "referee"} & sport and {"nurses", "doctors", "clinic"} & health
    assert not sport & health
    added = [value for _, value in judged.ngrams["sport"]]
    assert added == sorted(added, reverse=True) and np.all(np.array(added) > 0)
