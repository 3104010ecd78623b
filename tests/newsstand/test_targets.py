"""Targets are found where an article means them, with the exact passage, and not where it does not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.documents import Document
from newsstand.errors import LabelError
from newsstand.resources import data_file
from newsstand.stance.targets import KINDS, Found, KnownTargets, Target, read_article, target_from_dict, target_to_dict

NONE = KnownTargets()
KNOWN = KnownTargets.load(data_file("targets.toml"))


def find(target: str, text: str, title: str = "", known: KnownTargets = NONE) -> list[str]:
    """The passages that mention a target."""
    document = Document(text, title=title)
    return passages(known.find(target, read_article(document)), document)


def passages(found: Found, document: Document) -> list[str]:
    return [getattr(document, mention.field)[mention.start : mention.end] for mention in found.mentions]


# --- free phrases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        (
            "ferry subsidy",
            "The Ferry Subsidies end. Nobody wants a ferry-subsidy’s return.",
            ["Ferry Subsidies", "ferry-subsidy"],
        ),
        ("the new quay", "They opened the New Quay.", ["the New Quay"]),
        ("Harwick policies", "Harwick's policy failed.", ["Harwick's policy"]),
        ("health care", "Healthcare costs rose, and so did health care.", ["Healthcare", "health care"]),
        ("immigration", "On IMMIGRATION he said little.", ["IMMIGRATION"]),
        ("UN", "The U.N. met. The UN said un mot.", ["U.N", "UN"]),
        ("U.N.", "The UN said it.", ["UN"]),
        ("NHS", "The nhs is no acronym here, the NHS is.", ["NHS"]),
        (
            "Ilse Brandt",
            "Ilse K. Brandt spoke. Mayor Brandt left. Brandt’s car waited.",
            ["Brandt", "Brandt", "Brandt"],
        ),
        ("Ilse Brandt", "Ilse Brandt came with Otto Brandt.", ["Ilse Brandt"]),
        ("Ilse Brandt", "Otto Brandt came alone.", []),
        ("Harbour Court", "The Court of Appeal met.", []),
        ("Otto Miller", "A miller named Miller ground it.", []),
        ("İstanbul quay", "The İstanbul quay opened. İt did.", ["İstanbul quay"]),
        ("汽船", "新しい 汽船 が来た。", ["汽船"]),
    ],
)
def test_a_phrase_is_found_in_its_other_forms(target: str, text: str, expected: list[str]) -> None:
    assert find(target, text) == expected


def test_words_of_a_phrase_in_two_sentences_are_no_mention() -> None:
    assert find("ferry subsidy", "They took the ferry. Subsidy or not, it sank.") == []
    assert find("ferry subsidy", "They took the ferry, subsidy or not.") == ["ferry, subsidy"]  # near each other


def test_the_policy_means_the_target_shortly_after_a_mention() -> None:
    text = "The rent freeze policy began. Tenants like this policy. Landlords sue. The law stands."
    assert find("rent freeze policy", text) == ["rent freeze policy", "this policy", "The law"]
    far = "The rent freeze policy began. It rained. It snowed. It hailed. The policy of the port is another."
    assert find("rent freeze policy", far) == ["rent freeze policy"]
    assert find("rent freeze policy", "The policy came first. Then the rent freeze policy.") == ["rent freeze policy"]


def test_a_claim_is_found_by_most_of_its_words_in_one_sentence() -> None:
    text = "It rained. Town leaders want to close the old ferry terminal at Harwick, they said. It snowed."
    assert find("Harwick's leaders should be closing the old ferry terminal", text) == [
        "leaders want to close the old ferry terminal at Harwick"
    ]
    assert find("Harwick's schools should hire more teachers of music", text) == []
    mention = NONE.find("Harwick should close the ferry terminal", read_article(Document(text))).mentions[0]
    assert (mention.field, mention.sentence) == ("text", 1)


def test_a_headline_is_found_in_an_article_that_says_it_in_other_words() -> None:
    headline = "Harwick lighthouse swallowed by the sea after a tempest"
    text = "A tempest hit the coast at Harwick. Waves took the lighthouse into the sea. It will be rebuilt."
    assert find(headline, text) == ["tempest hit the coast at Harwick", "lighthouse into the sea"]


def test_common_words_of_a_claim_do_not_mention_it() -> None:
    claim = "The next president should change how the country pays for its schools"
    text = "The president spoke to the country. He will change nothing next year. Pay was not on his mind."
    assert find(claim, text) == []


def test_a_motion_is_found_by_what_it_is_about() -> None:
    assert find("We should ban kites", "Kites are light. Bans are not.") == ["Kites"]
    assert find("This house would subsidize plastic kites", "Many kites of plastic flew. Kites fly.") == [
        "kites of plastic"
    ]
    assert find("all kites", "Kites fly.") == []


def test_the_title_is_searched_too() -> None:
    document = Document("Brandt spoke.", title="Ilse Brandt Resigns")
    found = NONE.find("Ilse Brandt", read_article(document))
    assert [mention.field for mention in found.mentions] == ["title", "text"]
    assert passages(found, document) == ["Ilse Brandt", "Brandt"]


ARTICLES = {
    "the Norhaven ferry subsidy": "The council of Norhaven voted to end the ferry subsidy. Fares will double in May.",
    "Ilse Brandt": "Mayor Ilse Brandt resigned on Monday. Her deputy takes over until the election.",
    "We should ban plastic kites": "A ban on plastic kites came closer as 40 towns signed a letter against them.",
    "vaccine mandate for teachers": "Teachers marched against the vaccine mandate. The union wants tests instead.",
    "Harwick Tunnel": "The Harwick Tunnel will open a year late, and its costs have doubled to 3 billion.",
}


@pytest.mark.parametrize("target", ARTICLES)
def test_a_target_is_found_in_its_own_article_and_in_no_other(target: str) -> None:
    mentioned = {other: NONE.find(target, read_article(Document(text))).mentioned for other, text in ARTICLES.items()}
    assert mentioned == {other: other == target for other in ARTICLES}


@pytest.mark.parametrize(
    "target",
    [
        "",
        "   ",
        ".*",
        "(a+)+$",
        "[",
        "\\",
        "a|b",
        "^$",
        "?",
        "\x00",
        "\u202eferry\u202c",
        "😀",
        "\ud800",
        "s",
        "x" * 10_000,
        "ferry " * 2000,
        "A B " * 2500,
        "'s " * 3000,
        "U.S." * 2000,
    ],
)
def test_hostile_targets_are_safe(target: str) -> None:
    text = "The ferry sank. It was old, and the owner's son wept (a lot)."
    begin = time.process_time()
    found = find(target, text)
    assert time.process_time() - begin < 1
    assert found == {"\u202eferry\u202c": ["ferry"], "(a+)+$": ["a"]}.get(target, [])


def test_hostile_articles_are_safe() -> None:
    for text in ("the ferry " * 100_000, "ferry" * 200_000, "A. B. " * 100_000, "'s" * 300_000, "\n" * 500_000):
        begin = time.process_time()
        find("We should ban the old ferry", text)
        find("Ilse Brandt", text)
        KNOWN.mentioned(read_article(Document(text)))
        assert time.process_time() - begin < 20


words = st.sampled_from(
    "the The ferry Ferry policy law Brandt Ilse Otto J K. U.S. 's ’s . ! \n \n\n - , quay İ 😀 ban bans".split(" ")
)


@given(st.lists(words, max_size=30), st.lists(words, max_size=6), st.text(max_size=20))
def test_mentions_are_in_order_and_inside_their_sentence(text: list[str], target: list[str], other: str) -> None:
    document = Document(" ".join(text) + other, title=other)
    readings = read_article(document)
    for phrase in (" ".join(target), other, "Ilse Brandt", "the ferry policy"):
        position = {"title": 0, "text": 0}
        for mention in NONE.find(phrase, readings).mentions:
            reading = next(reading for reading in readings if reading.field == mention.field)
            assert position[mention.field] <= mention.start < mention.end <= len(reading.text)
            position[mention.field] = mention.end
            begin, end = reading.sentences[mention.sentence]
            assert begin <= mention.start < end


# --- known targets ------------------------------------------------------------------------------------------------------

BORDER = """A judge struck down the "Remain in Mexico" policy on Tuesday. Under the program, known as MPP, families wait in Tijuana.
Lawyers say the policy is cruel. President Trump praised it; Melania Trump was silent. Families remain in Mexico."""


def test_known_targets_of_an_article_come_most_discussed_first() -> None:
    document = Document(BORDER, title="Judge halts Migrant Protection Protocols")
    found = KNOWN.mentioned(read_article(document))
    assert [(item.target, item.known.id if item.known else "") for item in found] == [
        ("Remain in Mexico policy", "remain_in_mexico"),
        ("Donald Trump", "donald_trump"),
    ]
    assert passages(found[0], document) == [
        "Migrant Protection Protocols",
        'Remain in Mexico" policy',
        "the program",
        "MPP",
        "the policy",
    ]
    assert passages(found[1], document) == ["Trump"]


def test_at_most_five_known_targets_are_given() -> None:
    text = "Brexit, abortion, tariffs, NATO, Obamacare, DACA and gun control were all discussed. Brexit came up twice."
    found = KNOWN.mentioned(read_article(Document(text)))
    assert len(found) == 5
    assert found[0].target == "Brexit"
    assert len(KNOWN.mentioned(read_article(Document(text)), most=99)) == 7


def test_an_article_without_known_targets_has_none() -> None:
    text = "The ferry to Norhaven sank. Put ice on the wound, said the captain, whose plan for us was to wait."
    assert KNOWN.mentioned(read_article(Document(text))) == []
    assert KNOWN.mentioned(read_article(Document(""))) == []


@pytest.mark.parametrize("name", ["Remain in Mexico", "MPP", "remain_in_mexico", "migrant protection protocols", "the"])
def test_a_known_target_can_be_asked_for_by_any_of_its_names(name: str) -> None:
    found = KNOWN.find(name, read_article(Document(BORDER)))
    assert found.target == name
    assert (found.known is not None and len(found.mentions) == 4) or name == "the"


def test_a_surname_that_others_share_counts_only_after_the_full_name() -> None:
    assert find("Boris Johnson", "Johnson spoke.", known=KNOWN) == []
    assert find("Boris Johnson", "Boris Johnson spoke. Johnson left.", known=KNOWN) == ["Boris Johnson", "Johnson"]
    assert find("Donald Trump", "Trump spoke. Ivanka Trump did not.", known=KNOWN) == ["Trump"]


def test_the_list_that_comes_with_newsstand_is_whole() -> None:
    assert 40 <= len(KNOWN) <= 60
    assert {target.kind for target in KNOWN} <= set(KINDS)
    for target in KNOWN:
        assert target.description.endswith(".") and target.claim.endswith("."), target.id
        for name in target.names:
            assert KNOWN.resolve(name) is target
            assert find(name, f"They spoke of {name} today.", known=KNOWN), name
        assert target_from_dict(target_to_dict(target), "here") == target


GOOD = """
[[target]]
id = "ferry"
name = "Ferry subsidy"
kind = "policy"
aliases = ["FS"]
description = "Money for the ferry."
claim = "The ferry should be paid for."
"""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", r"no \[\[target\]\] table"),
        ("[[target", "cannot read the targets"),
        ("target = [1]", "target 1: expected a table"),
        (GOOD.replace('id = "ferry"', ""), "target 1: a target needs 'id'"),
        (GOOD.replace('"Ferry subsidy"', "5"), "target 1: a target needs 'name'"),
        (GOOD.replace('"policy"', '"thing"'), "'kind' must be one of policy"),
        (GOOD.replace('["FS"]', '["!"]'), "'aliases' must be a list of strings"),
        (GOOD.replace('["FS"]', '"FS"'), "'aliases' must be a list of strings"),
        (GOOD + GOOD, "stands for two targets: ferry and ferry"),
        (GOOD + GOOD.replace('"ferry"', '"other"'), "stands for two targets: ferry and other"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(content)
    with pytest.raises(LabelError, match=reason) as refusal:
        KnownTargets.load(path)
    assert str(path) in str(refusal.value)


def test_a_list_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n' + GOOD)
    mine = KnownTargets.load(path)
    assert mine.name == "mine"
    assert list(mine) == [
        Target("ferry", "Ferry subsidy", "policy", ("FS",), "Money for the ferry.", "The ferry should be paid for.")
    ]
    with pytest.raises(LabelError, match="cannot read the targets"):
        KnownTargets.load(tmp_path / "missing.toml")
