"""Topics, their families, and the label set that comes with Newsstand."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsstand.errors import LabelError
from newsstand.labels import LabelSet, NameCounter, Topic, topic_from_dict, topic_to_dict
from newsstand.resources import data_file

SMALL = LabelSet("small", (Topic("elections", parent="politics"), Topic("politics"), Topic("sport")))


def load(tmp_path: Path, content: str) -> LabelSet:
    (tmp_path / "own.toml").write_text(content)
    return LabelSet.load(tmp_path / "own.toml")


def test_topics_are_found_by_id_and_position() -> None:
    assert (len(SMALL), SMALL.ids) == (3, ("elections", "politics", "sport"))
    assert SMALL["elections"].parent == "politics" and SMALL.position("sport") == 2
    assert "sport" in SMALL and "chess" not in SMALL and None not in SMALL
    assert [topic.id for topic in SMALL] == list(SMALL.ids)


def test_parents_come_with_their_children() -> None:
    assert SMALL.with_parents(["elections", "chess", "elections"]) == ("elections", "politics")
    assert SMALL.with_parents([]) == ()


@pytest.mark.parametrize(
    ("topics", "complaint"),
    [
        ((Topic("a"), Topic("a")), "a topic id occurs twice"),
        ((Topic("a", parent="b"),), "'a' has the unknown parent 'b'"),
        ((Topic("a", parent="a"),), "third level"),
        ((Topic("a"), Topic("b", parent="a"), Topic("c", parent="b")), "'c' is on a third level; two are the limit"),
    ],
)
def test_families_that_do_not_fit_are_refused(topics: tuple[Topic, ...], complaint: str) -> None:
    with pytest.raises(LabelError, match=complaint):
        LabelSet("small", topics)


def test_labels_of_a_corpus_get_readable_names() -> None:
    assert LabelSet.from_ids("corpus", ["rec_autos", "talk"])["rec_autos"] == Topic("rec_autos", "Rec autos")


def test_a_topic_survives_the_way_into_a_manifest_and_back() -> None:
    topic = Topic("mexico", "Mexico", kind="place", code="iso3166-1a2:MX", definition="The country.")
    assert topic_from_dict(topic_to_dict(topic), "here") == topic
    assert topic_to_dict(Topic("sport", "Sport")) == {"id": "sport", "name": "Sport", "kind": "subject"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("topic =", "cannot read the label set"),
        ("name = 'empty'", r"no \[\[topic\]\] table found"),
        ("[topic]\nid = 'a'", r"no \[\[topic\]\] table found"),
        ("[[topic]]\nname = 'A'", "topic 1: a topic needs an 'id'"),
        ("[[topic]]\nid = ''", "topic 1: a topic needs an 'id'"),
        ("[[topic]]\nid = 'a'\n[[topic]]\nid = 'b'\nname = 5", "topic 2: 'name' must be a string"),
        ("[[topic]]\nid = 'a'\nkind = 'person'", "'kind' must be subject or place"),
        ("[[topic]]\nid = 'a'\nnames = 'A'", "'names' must be a list of strings"),
        ("[[topic]]\nid = 'a'\nnames = [1]", "'names' must be a list of strings"),
        ("[[topic]]\nid = 'a'\n[mapping]\nbbc = 1", r"\[mapping.CORPUS\] must be tables of lists"),
        ("[[topic]]\nid = 'a'\n[mapping.bbc]\ntech = 'a'", "'mapping.bbc.tech' must be a list of strings"),
        ("[[topic]]\nid = 'a'\n[mapping.bbc]\ntech = ['b']", "mapping bbc.tech names the unknown topic 'b'"),
    ],
)
def test_a_label_set_file_that_breaks_the_rules_is_refused_by_name(
    tmp_path: Path, content: str, complaint: str
) -> None:
    with pytest.raises(LabelError, match=complaint) as refusal:
        load(tmp_path, content)
    assert "own.toml" in str(refusal.value)


def test_a_label_set_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"nowhere.toml: cannot read the label set"):
        LabelSet.load(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with pytest.raises(LabelError, match=r"latin.toml: cannot read"):
        LabelSet.load(tmp_path / "latin.toml")


def test_a_label_set_without_a_name_is_named_after_its_file(tmp_path: Path) -> None:
    label_set = load(tmp_path, "[[topic]]\nid = 'a'\n[mapping.bbc]\ntech = ['a']\nmagic = []")
    assert (label_set.name, label_set["a"].name) == ("own", "a")
    assert label_set.mapping("bbc") == {"tech": ("a",), "magic": ()}
    with pytest.raises(LabelError, match=r"no mapping for 'reuters'; it has \['bbc'\]"):
        label_set.mapping("reuters")


def test_names_count_as_whole_words_outside_of_others() -> None:
    counter = NameCounter(Topic("mexico", names=("Mexico", "Mexican", "Gulf of Mexico"), not_names=("New Mexico",)))
    text = (
        "Mexico and Mexican unions; New Mexico, Mexicoish, mexico. The Gulf of Mexico. Mexico's president in New Mexico"
    )
    assert counter.count(text) == 4
    assert NameCounter(Topic("a", names=("A.B",))).count("AxB A.B") == 1


def test_the_taxonomy_of_newsstand_is_in_order() -> None:
    taxonomy = LabelSet.load(data_file("taxonomy.toml"))
    assert taxonomy.name == "newsstand-default" and len(taxonomy) >= 70
    assert {topic.kind for topic in taxonomy} == {"subject", "place"}
    for topic in taxonomy:
        assert topic.id.isidentifier() and topic.id == topic.id.lower()
        assert topic.name and topic.definition
        assert topic.code is None or topic.code.startswith(("medtop:", "iso3166-1a2:", "m49:"))
        if topic.kind == "place":
            assert topic.parent is None and topic.names
    assert taxonomy["immigration"].code == "medtop:20000771"
    for corpus in ("allsides", "bbc"):
        assert taxonomy.mapping(corpus)
