"""The numbers behind a stance: the same for a pair alone and among others, and free of the target's own words."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from newsstand.stance.features import BITS, features, n_dense
from newsstand.stance.linear import LinearScorer
from newsstand.stance.passages import Pair, Passage
from newsstand.stance.words import WordTable, tokens, word_dtype


def table(*words: str, size: int = 4) -> WordTable:
    random = np.random.default_rng(0)
    entries = np.zeros(len(words), word_dtype(size))
    entries["key"] = [tokens(word)[0, 1] for word in words]
    entries["idf"], entries["polarity"] = 2, random.uniform(-1, 1, len(words))
    entries["vector"] = random.integers(-90, 90, (len(words), size))
    return WordTable(np.sort(entries, order="key"))


WORDS = table("harbour", "cruel", "kind", "plan", "mayor")


def scorer() -> LinearScorer:
    random = np.random.default_rng(1)
    weights = random.normal(size=3 << BITS).astype(np.float16)
    dense = random.normal(size=3 * n_dense(4)).astype(np.float32)
    return LinearScorer(WORDS, weights, dense, (0.1, 0.2, -0.3))


def pair(target: str, text: str) -> Pair:
    return target, Passage("text", 0, text, (), ((0, len(text)),))


some_pairs = st.lists(st.tuples(st.text(max_size=30), st.text(max_size=80)), min_size=1, max_size=6)


@given(some_pairs)
def test_a_pair_scores_the_same_alone_and_among_others(parts: list[tuple[str, str]]) -> None:
    pairs = [pair(*part) for part in parts]
    together = scorer().score(pairs)
    assert together.shape == (len(pairs), 3) and np.isfinite(together).all()
    alone = np.concatenate([scorer().score([one]) for one in pairs])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-4)


def test_no_pairs_have_no_scores() -> None:
    assert scorer().score([]).shape == (0, 3)
    assert scorer().explain([])[1] == []


def test_what_is_near_a_target_never_seen_weighs_as_near_any_other() -> None:
    first = features([pair("Ada Quill", "Ada Quill was cruel.")], table("cruel"))
    second = features([pair("Bo Marsh", "Bo Marsh was cruel.")], table("cruel"))
    shared = np.intersect1d(first.index, second.index)
    assert len(shared) > len(np.unique(first.index)) / 2


def test_negation_turns_the_tone() -> None:
    kind = table("kind")
    kind.entries["polarity"] = 1.0
    plain, negated = (
        features([pair("the mayor", text)], kind).dense_rows[0, 0]
        for text in ("The mayor is always kind to people.", "The mayor is never kind to people.")
    )
    assert plain > 0 > negated


def test_what_sentences_add_is_all_but_what_belongs_to_no_word() -> None:
    text = "The mayor is kind. The plan is cruel."
    passage = Passage("text", 0, text, ((4, 9),), ((0, 18), (19, 37)))
    scores, (added,) = scorer().explain([("mayor", passage)])
    np.testing.assert_array_equal(scores, scorer().score([("mayor", passage)]))
    assert added.shape == (2, 3) and np.abs(added).max() > 0


def test_a_hashtag_counts_by_its_words_too() -> None:
    plain, tagged = tokens("save the harbour"), tokens("#SaveTheHarbour")
    assert set(plain[:, 1].tolist()) <= set(tagged[:, 1].tolist())


def expected_tones(text: str, polarity: dict[str, float], mention: tuple[int, int]) -> list[float]:
    """The first five tones of a passage as ``newsstand.stance.features`` describes them, in plain Python; no word is negated."""
    words = [(match[0].lower(), match.start()) for match in re.finditer(r"\w+|[^\w\s]", text)]
    targets = [n for n, (_, start) in enumerate(words) if mention[0] <= start < mention[1]]
    sums = [0.0] * 5
    for n, (word, _) in enumerate(words):
        nearest = min(targets, key=lambda at: (abs(at - n), at > n))
        far, tone = abs(nearest - n), 0.0 if n in targets else polarity.get(word, 0.0)
        close = tone / (1 + far / 4)
        behind, before = nearest < n, nearest > n
        parts = (
            tone / len(words) ** 0.5,
            close,
            tone * (far <= 4),
            tone * (far <= 10 and before),
            tone * (far <= 10 and behind),
        )
        sums = [total + 2 * part for total, part in zip(sums, parts, strict=True)]
    return sums


@given(st.lists(st.sampled_from(["kind", "cruel", "plan", "harbour", ",", "of"]), max_size=40), st.integers(0, 40))
def test_tones_are_those_of_a_plain_loop(others: list[str], at: int) -> None:
    words = [*others[:at], "Quill", *others[at:]]
    text = " ".join(words)
    start = text.index("Quill")
    known = table("kind", "cruel")
    polarity = {word: float(known.look_up(tokens(word)[:, 1])[1][0]) for word in ("kind", "cruel")}
    passage = Passage("text", 0, text, ((start, start + 5),), ((0, len(text)),))
    found = features([("Quill", passage)], known).dense_rows[0, :5]
    np.testing.assert_allclose(found, expected_tones(text, polarity, (start, start + 5)), rtol=1e-4, atol=1e-5)


def test_a_passage_adds_what_its_sentences_add_however_it_is_cut() -> None:
    text = "The mayor is kind. The plan is cruel. The harbour is kind."
    whole = Passage("text", 0, text, ((4, 9),), ((0, len(text)),))
    cut = Passage("text", 0, text, ((4, 9),), ((0, 18), (19, 37), (38, len(text))))
    (scores, (one,)), (same, (three,)) = scorer().explain([("mayor", whole)]), scorer().explain([("mayor", cut)])
    np.testing.assert_array_equal(scores, same)
    np.testing.assert_allclose(one[0], three.sum(axis=0), rtol=1e-4, atol=1e-5)
