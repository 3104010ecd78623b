"""A small label set with mappings."""

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
