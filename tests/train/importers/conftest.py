"""A small label set with mappings, and the published corpora where there are any."""

import os
from pathlib import Path

import pytest

from newsstand.labels import LabelSet, Topic


@pytest.fixture
def label_set() -> LabelSet:
    topics = (
        Topic("politics"),
        Topic("elections", parent="politics"),
        Topic("sport"),
        Topic("norland", kind="place", names=("Norland", "Norlanders", "Gulf of Norland"), not_names=("New Norland",)),
        Topic("tides", names=("tidal flood",)),
    )
    mappings = {
        "allsides": {"elections": ("elections",), "world": (), "two_things": ("sport", "politics")},
        "bbc": {"politics": ("politics",), "sport": ("sport",), "tech": ()},
    }
    return LabelSet("small", topics, mappings)


@pytest.fixture
def published_corpora() -> Path:
    """Where the published corpora lie, for the tests that count what is in them."""
    folder = os.environ.get("NEWSSTAND_TEST_CORPORA")
    if not folder:
        pytest.skip("needs published corpora: set NEWSSTAND_TEST_CORPORA to the folder they lie in")
    return Path(folder)
