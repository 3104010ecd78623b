"""Hashed n-grams as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from newsstand import kernel
from newsstand.documents import Document
from newsstand.errors import InputError, SettingError
from newsstand.text.ngrams import NgramSpec
from newsstand.text.vectorizer import HashedNgrams

TEXTS = [
    "the council of harbour falls froze rents for a year",
    "landlords said they would sue the council over the rents",
    "the goalkeeper of harwick saved two penalties in the cup final",
    "fans of harwick sang until midnight after the cup final",
    "the central bank left rates unchanged and rents went on rising",
]


class OfNumbers(HashedNgrams):
    """Takes a matrix of numbers for texts about them: scikit-learn's checks know no other food."""

    def fit_transform(self, X: Any, y: object = None, **fit_params: Any) -> Any:
        return super().fit_transform(self._texts(X, reset=True))

    def transform(self, X: Any) -> Any:
        check_is_fitted(self)
        return super().transform(self._texts(X, reset=False))

    def _texts(self, X: Any, *, reset: bool) -> list[str]:
        rows = validate_data(self, X, reset=reset).tolist()
        return [" ".join(f"column{n} value{abs(round(float(v) * 4))}" for n, v in enumerate(row)) for row in rows]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


EXPECTED = {
    "check_transformer_preserve_dtypes": "texts have no dtype to preserve: the matrix is always float32",
    "check_array_api_input": "needs an array API that nobody asked for",
}


@parametrize_with_checks([OfNumbers(min_df=1, id_bits=12)], expected_failed_checks=lambda estimator: EXPECTED)
def test_it_passes_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def test_parameters_survive_cloning() -> None:
    parameters = {
        "max_n": 3,
        "title_weight": 1,
        "id_bits": 20,
        "min_df": 2,
        "max_features": 99,
        "n_jobs": 2,
        "longer_weight": 0.4,
        "char_n": 5,
        "char_weight": 0.3,
    }
    assert clone(HashedNgrams(**parameters)).get_params() == parameters


@given(st.lists(st.lists(st.sampled_from("tax rent vote cup goal bank".split()), min_size=1), min_size=1))
@settings(max_examples=60)
def test_it_is_tfidf_up_to_the_order_of_the_columns(texts: list[list[str]]) -> None:
    documents = [" ".join(text) for text in texts]
    ours = HashedNgrams(title_weight=1, min_df=1, id_bits=22, n_jobs=1).fit_transform(documents)
    theirs = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit_transform(documents)
    assert ours.shape == theirs.shape
    assert (ours @ ours.T).toarray() == pytest.approx((theirs @ theirs.T).toarray(), abs=1e-5)


def test_texts_unseen_in_fitting_are_weighted_like_tfidf_too() -> None:
    ours = HashedNgrams(title_weight=1, min_df=2).fit(TEXTS)
    theirs = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2, token_pattern=r"\w\w+").fit(TEXTS)
    new = ["the rents of harwick and the council", "nothing known", ""]
    ours_new, theirs_new = ours.transform(new), theirs.transform(new)
    assert (ours_new @ ours_new.T).toarray() == pytest.approx((theirs_new @ theirs_new.T).toarray(), abs=1e-5)


def test_fitting_and_transforming_give_the_same_matrix() -> None:
    vectorizer = HashedNgrams(min_df=1)
    fitted = vectorizer.fit_transform(TEXTS)
    assert (fitted != vectorizer.transform(TEXTS)).nnz == 0
    assert fitted.dtype == np.float32 and fitted.has_sorted_indices in (True, False)
    assert np.sqrt(fitted.multiply(fitted).sum(axis=1)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("n_jobs", [2, 5, -1])
def test_the_number_of_jobs_changes_nothing(n_jobs: int) -> None:
    many = [f"{text} {n % 13} times" for n in range(300) for text in TEXTS]
    one, several = HashedNgrams(n_jobs=1), HashedNgrams(n_jobs=n_jobs)
    first, second = one.fit_transform(many), several.fit_transform(many)
    assert one.ids_.tobytes() == several.ids_.tobytes() and one.idf_.tobytes() == several.idf_.tobytes()
    assert first.indices.tobytes() == second.indices.tobytes() and first.data.tobytes() == second.data.tobytes()


def test_a_word_that_every_thread_counts_often_is_not_lost() -> None:
    texts = ["rents rise"] * 256  # 128 a thread: one more than eight bits can add up
    assert len(HashedNgrams(n_jobs=2).fit(texts).ids_) == len(HashedNgrams(n_jobs=1).fit(texts).ids_) == 3


def test_columns_are_sorted_by_how_many_documents_have_them() -> None:
    vectorizer = HashedNgrams(min_df=1)
    frequency = (vectorizer.fit_transform(TEXTS) > 0).sum(axis=0).A1
    assert (np.diff(frequency) <= 0).all() and (np.diff(vectorizer.idf_) >= 0).all()
    the = NgramSpec().distinct_ids(Document("the"))
    assert vectorizer.ids_[0] == the, "which occurs in all five"


def test_rare_n_grams_and_those_beyond_the_limit_are_left_out() -> None:
    frequent = HashedNgrams(min_df=2).fit(TEXTS).ids_
    assert 0 < len(frequent) < len(HashedNgrams(min_df=1).fit(TEXTS).ids_)
    assert set(HashedNgrams(min_df=1, max_features=2).fit(TEXTS).ids_) <= set(frequent)


def test_a_title_counts_more_than_the_text() -> None:
    vectorizer = HashedNgrams(min_df=1, max_n=1, title_weight=3).fit(["rent", "cup"])
    plain, titled, repeated = vectorizer.transform(
        [Document("rent cup"), Document("cup", title="rent"), Document("rent rent rent cup")]
    ).toarray()
    assert titled.tolist() == repeated.tolist() != plain.tolist()


def test_documents_pairs_and_texts_are_the_same_articles() -> None:
    vectorizer = HashedNgrams(min_df=1).fit(TEXTS)
    one = vectorizer.transform([Document(TEXTS[0], title=TEXTS[2]), Document(TEXTS[1])])
    other = vectorizer.transform([(TEXTS[2], TEXTS[0]), TEXTS[1]])
    assert (one != other).nnz == 0


def test_it_is_at_home_in_a_pipeline() -> None:
    pipeline = make_pipeline(HashedNgrams(min_df=1), LogisticRegression(C=100))
    pipeline.fit(TEXTS, ["economy", "economy", "sport", "sport", "economy"])
    assert pipeline.predict(["harwick won the cup", "rents and landlords"]).tolist() == ["sport", "economy"]
    assert clone(pipeline).fit(TEXTS, [0, 0, 1, 1, 0]) is not pipeline


def test_columns_are_named_after_their_hashes() -> None:
    vectorizer = HashedNgrams(min_df=1).fit(TEXTS)
    names = vectorizer.get_feature_names_out()
    assert len(set(names)) == len(vectorizer.ids_) and names[0] == f"ngram_{vectorizer.ids_[0]:08x}"


def test_no_documents_give_a_matrix_without_rows() -> None:
    assert HashedNgrams(min_df=1).fit(TEXTS).transform([]).shape[0] == 0


@pytest.mark.parametrize(
    ("documents", "error", "complaint"),
    [
        ([], ValueError, "no documents"),
        (["", "!"], ValueError, "no n-gram occurs in min_df documents"),
        ("one string", ValueError, "an iterable of texts, got one string"),
        ([5], InputError, "expected a text, a \\(title, text\\) pair or a Document, got int"),
        ([("title", None)], InputError, "got tuple"),
        ([b"bytes"], InputError, "got bytes"),
    ],
)
def test_what_cannot_be_learned_from_is_said(documents: Any, error: type[Exception], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        HashedNgrams(min_df=1).fit(documents)


def test_it_must_be_fitted_first() -> None:
    with pytest.raises(NotFittedError):
        HashedNgrams().transform(TEXTS)
    with pytest.raises(NotFittedError):
        HashedNgrams().get_feature_names_out()


@pytest.mark.parametrize(
    "wrong", [{"max_n": 0}, {"max_n": 4}, {"max_n": True}, {"title_weight": 0}, {"id_bits": 7}, {"id_bits": 31.0}]
)
def test_a_specification_outside_its_limits_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=f"{next(iter(wrong))} must be a whole number from"):
        NgramSpec(**wrong)
    with pytest.raises(SettingError):
        HashedNgrams(**wrong).fit(TEXTS)


def test_what_training_weighs_is_what_the_kernel_scores() -> None:
    vectorizer = HashedNgrams(min_df=1)
    X = vectorizer.fit_transform([("rents", text + " the" * 300) for text in TEXTS])
    weights = np.random.default_rng(0).integers(-127, 128, (len(vectorizer.ids_), 3))
    table = np.zeros(len(weights), kernel.table_dtype(3))
    table["idf"], table["scale"], table["weights"][:, :3] = vectorizer.idf_, 0.01, weights
    slots = kernel.build_slots(vectorizer.ids_, vectorizer.id_bits)
    scorer = kernel.Scorer(vectorizer.spec.vocabulary(slots, len(table)), table, 3)
    scores = [scorer.score(b"rents", (text + " the" * 300).encode())[0] for text in TEXTS]
    assert np.array(scores) == pytest.approx(X @ (weights * 0.01), abs=1e-5)
