"""Documents: every field is checked, and what is known survives the way to JSON and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.documents import LEANINGS, STANCES, Document, GoldStance
from newsstand.errors import InputError

ARTICLE = "The secret plans of the Harbour Falls ferry company"
FULL = {
    "id": "a1",
    "title": "Ferry to stop",
    "text": ARTICLE,
    "source": "gazette.example.com",
    "date": "2026-11-12",
    "language": "en",
    "topics": ["transport", "economy"],
    "stances": [{"target": "the ferry subsidy", "stance": "against"}],
    "leaning": "center",
}


def test_an_object_of_the_contract_becomes_a_document() -> None:
    document = Document.from_dict(FULL)
    assert document.topics == ("transport", "economy")
    assert document.stances == (GoldStance("the ferry subsidy", "against"),)
    assert (document.leaning, document.id) == ("center", "a1")
    assert document.to_dict() == FULL


def test_only_text_is_required_and_unknown_keys_are_ignored() -> None:
    document = Document.from_dict({"text": "", "author": {"name": 5}, "title": None, "topics": None})
    assert document == Document("")
    assert document.to_dict() == {"text": ""}


def test_annotated_with_nothing_differs_from_not_annotated() -> None:
    assert Document.from_dict({"text": "x", "topics": [], "stances": []}).to_dict() == {
        "text": "x",
        "topics": [],
        "stances": [],
    }
    assert "topics" not in Document.from_dict({"text": "x"}).to_dict()


def test_a_target_can_be_annotated_as_not_mentioned() -> None:
    record = {"text": "x", "stances": [{"target": "the old mill", "mentioned": False}]}
    document = Document.from_dict(record)
    assert document.stances == (GoldStance("the old mill", None),)
    assert document.to_dict() == record
    said_twice = {"text": "x", "stances": [{"target": "the old mill", "mentioned": True, "stance": "favor"}]}
    assert Document.from_dict(said_twice).stances == (GoldStance("the old mill", "favor"),)


def test_numbers_are_identifiers_too() -> None:
    assert Document.from_dict({"text": "x", "id": 17}).id == "17"


def test_a_topic_given_twice_is_one() -> None:
    assert Document.from_dict({"text": "x", "topics": ["a", "b", "a"]}).topics == ("a", "b")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"text": None}, "the field 'text' is missing"),
        ({"text": 5}, "'text' must be a string, got a number"),
        ({"text": [ARTICLE]}, "'text' must be a string, got an array"),
        ({"title": {"main": ARTICLE}}, "'title' must be a string, got an object"),
        ({"id": True}, "'id' must be a string, got a boolean"),
        ({"id": 1.5}, "'id' must be a string, got a number"),
        ({"source": 5}, "'source' must be a string"),
        ({"date": 20261112}, "'date' must be a string"),
        ({"language": ["en"]}, "'language' must be a string"),
        ({"topics": "transport"}, "'topics' must be a list of non-empty strings"),
        ({"topics": [""]}, "'topics' must be a list of non-empty strings"),
        ({"topics": ["a", None]}, "'topics' must be a list of non-empty strings"),
        ({"topics": {"a": 1}}, "'topics' must be a list of non-empty strings"),
        ({"stances": {"target": "x"}}, "'stances' must be a list of objects"),
        ({"stances": ["x"]}, "every entry of 'stances' needs a 'target'"),
        ({"stances": [{"target": " ", "stance": "favor"}]}, "needs a 'target'"),
        ({"stances": [{"target": "x"}]}, "needs a 'stance'"),
        ({"stances": [{"target": "x", "mentioned": True}]}, "needs a 'stance', or 'mentioned': false"),
        (
            {"stances": [{"target": "x", "mentioned": "no"}]},
            "'mentioned' in an entry of 'stances' must be true or false",
        ),
        ({"stances": [{"target": "x", "mentioned": False, "stance": "favor"}]}, "leave one out"),
        ({"stances": [{"target": "x", "stance": "for"}]}, "'stance' must be one of favor, against, neutral"),
        ({"leaning": "centre"}, "'leaning' must be one of left, center, right"),
        ({"leaning": ["left"]}, "'leaning' must be one of left, center, right"),
    ],
)
def test_a_wrong_field_is_named_with_its_place_and_never_quoted(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as refusal:
        Document.from_dict(FULL | change, "corpus.jsonl:17")
    message = str(refusal.value)
    assert message.startswith("corpus.jsonl:17: ") and complaint in message
    assert "secret" not in message
    assert (refusal.value.place, refusal.value.message) == (
        "corpus.jsonl:17",
        message.removeprefix("corpus.jsonl:17: "),
    )


@pytest.mark.parametrize(
    ("record", "kind"), [(None, "null"), ([], "an array"), ("x", "a string"), (1, "a number"), (True, "a boolean")]
)
def test_what_is_no_object_is_refused(record: object, kind: str) -> None:
    with pytest.raises(InputError, match=f"expected an object with a 'text' field, got {kind}"):
        Document.from_dict(record)


words = st.text(min_size=1)


@given(
    st.fixed_dictionaries(
        {"text": st.text()},
        optional={
            "id": words,
            "title": words,
            "source": words,
            "topics": st.lists(words, unique=True),
            "stances": st.lists(
                st.fixed_dictionaries({"target": words.filter(str.strip), "stance": st.sampled_from(STANCES)})
                | st.fixed_dictionaries({"target": words.filter(str.strip), "mentioned": st.just(value=False)})
            ),
            "leaning": st.sampled_from(LEANINGS),
        },
    )
)
def test_what_is_known_survives_the_way_to_json_and_back(record: dict[str, Any]) -> None:
    assert Document.from_dict(json.loads(json.dumps(record))).to_dict() == record


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(list(FULL)), children, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(FULL)), json_values))
def test_anything_that_json_can_say_is_a_document_or_an_input_error(record: dict[str, Any]) -> None:
    try:
        document = Document.from_dict(record)
    except InputError:
        return
    assert Document.from_dict(document.to_dict()) == document
