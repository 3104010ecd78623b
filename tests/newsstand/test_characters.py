"""N-grams of characters inside words."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand import kernel
from newsstand.documents import Document
from newsstand.errors import SettingError
from newsstand.text.ngrams import NgramSpec
from newsstand.text.vectorizer import HashedNgrams

WORDS = NgramSpec(max_n=1)
CHARACTERS = NgramSpec(max_n=1, char_n=4)
TEXTS = ["The council froze rents.", "Councils freeze the rent", "Rain in Harwick"]


def characters(text: str, title: str = "") -> dict[int, int]:
    """The ids of n-grams of characters, and how often they occur."""
    ids, counts = kernel.distinct_ids(title, text, id_bits=26, max_n=1, title_weight=3, char_n=4)
    words = set(WORDS.distinct_ids(Document(text, title=title)).tolist())
    return {n: count for n, count in zip(ids.tolist(), counts.tolist(), strict=True) if n not in words}


@pytest.mark.parametrize(("text", "count"), [("rents", 4), ("rent", 3), ("tax", 2), ("of", 0), ("", 0), ("選挙", 0)])
def test_a_word_has_as_many_as_its_length_gives(text: str, count: int) -> None:
    assert sum(characters(text).values()) == count


def test_words_of_one_root_share_some() -> None:
    assert set(characters("council")) & set(characters("Councillor"))
    assert not set(characters("council")) & set(characters("rent"))


def test_those_of_the_title_count_more() -> None:
    assert characters("", title="rents") == dict.fromkeys(characters("rents"), 3)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cn"))))
def test_composed_and_decomposed_texts_have_the_same(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert characters(composed) == characters(decomposed)


@given(st.text(alphabet=st.characters()), st.text(alphabet=st.characters()), st.integers(3, 8))
def test_any_title_and_text_can_be_read(title: str, text: str, char_n: int) -> None:
    spec = NgramSpec(char_n=char_n)
    ids = spec.distinct_ids(Document(text, title=title)).tolist()
    assert set(ids) >= set(NgramSpec().distinct_ids(Document(text, title=title)).tolist()) and len(set(ids)) == len(ids)


@pytest.mark.parametrize("text", ["ﷺ" * 5000, "rent" * 250_000, "ﷺ " * 5000, "㍿ゟ選" * 5000])
def test_huge_words_and_forms_that_fold_to_many_characters_can_be_read(text: str) -> None:
    assert len(CHARACTERS.distinct_ids(Document(text)))


@given(
    st.lists(st.sampled_from([*" ".join(TEXTS).split(), "rental"]), max_size=30).map(" ".join), st.sampled_from(TEXTS)
)
def test_contributions_of_all_words_add_up_to_the_score(text: str, title: str) -> None:
    ids = NgramSpec(char_n=4).distinct_ids(Document(" ".join(TEXTS)))[::2]
    table = np.zeros(len(ids), kernel.table_dtype(3))
    random = np.random.default_rng(0)
    table["idf"], table["scale"] = random.uniform(1, 9, len(ids)), 0.01
    table["weights"][:, :3] = random.integers(-127, 128, (len(ids), 3))
    vocabulary = NgramSpec(char_n=4).vocabulary(kernel.build_slots(ids, 26), len(ids))
    scorer = kernel.Scorer(vocabulary, table, 3)
    fields = kernel.encode(title), kernel.encode(text)
    _, contributions, _ = scorer.explain(*fields, np.arange(3, dtype=np.uint32))
    assert contributions.sum(axis=0) == pytest.approx(scorer.score(*fields)[0], abs=1e-4)


def test_what_training_weighs_is_what_the_kernel_scores() -> None:
    vectorizer = HashedNgrams(min_df=1, char_n=4, char_weight=0.5, longer_weight=0.4)
    X = vectorizer.fit_transform([("rents", text) for text in TEXTS])
    weights = np.random.default_rng(0).integers(-127, 128, (len(vectorizer.ids_), 3))
    table = np.zeros(len(weights), kernel.table_dtype(3))
    table["idf"], table["scale"], table["weights"][:, :3] = vectorizer.idf_, 1, weights
    slots = kernel.build_slots(vectorizer.ids_, vectorizer.id_bits)
    scorer = kernel.Scorer(vectorizer.spec.vocabulary(slots, len(table)), table, 3)
    for row, text in enumerate(TEXTS):
        assert scorer.score(b"rents", text.encode())[0] == pytest.approx((X[row] @ weights).ravel(), rel=1e-4)


def test_they_count_less_than_words_where_that_is_wanted() -> None:
    full, half = (HashedNgrams(min_df=1, max_n=1, char_n=4, char_weight=weight).fit(TEXTS) for weight in (1.0, 0.5))
    words = np.isin(full.ids_, np.concatenate([WORDS.distinct_ids(Document(text)) for text in TEXTS]))
    assert (half.idf_[words] == full.idf_[words]).all() and half.idf_[~words] == pytest.approx(full.idf_[~words] / 2)


def test_a_specification_without_them_is_written_as_before() -> None:
    assert "char_n" not in NgramSpec().to_dict()
    assert NgramSpec(**CHARACTERS.to_dict()) == CHARACTERS


@pytest.mark.parametrize("wrong", [1, 2, 9, True, 4.0])
def test_a_length_outside_the_limits_is_refused(wrong: int) -> None:
    with pytest.raises(SettingError, match="char_n must be 0 or a whole number from 3 to 8"):
        NgramSpec(char_n=wrong)
