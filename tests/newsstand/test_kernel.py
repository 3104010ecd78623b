"""The compiled kernel: which words a text has, what they hash to, what they score, and what is learned from them."""

from __future__ import annotations

import re
import threading
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_matrix
from sklearn.svm import LinearSVC

from newsstand import kernel
from newsstand.errors import SettingError
from newsstand.heads.svm import LabelwiseSVM
from newsstand.kernel import fitting, topics
from newsstand.kernel.alphabet import ALONE, IGNORED, LETTER, fold, kind_of
from newsstand.kernel.fitting import Fit
from newsstand.kernel.library import builds, load
from newsstand.kernel.topics import Topics

any_text = st.text(alphabet=st.characters())
"""Every code point, unassigned ones and lone surrogates too."""
old_text = st.text(
    alphabet=st.characters(exclude_categories=("Cs",)).filter(lambda c: unicodedata.ucd_3_2_0.category(c) != "Cn")
    | st.sampled_from("🗳🔥🇺🇸👩‍🌾 abst'’-.")
)
"""Code points that every Python knows, so that Python's own tables can judge the kernel's."""


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in kernel.tokens(text).tolist()]


def ids(text: str, title: str = "", **spec: int) -> dict[int, int]:
    found, counts = kernel.distinct_ids(title, text, **({"id_bits": 26, "max_n": 2, "title_weight": 3} | spec))
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mayor of Eastby resigned.", ["The", "mayor", "of", "Eastby", "resigned"]),
        ("", []),
        (" \t\n—…!?", []),
        ("A I x", []),  # one letter is no word
        ("the mayor's plan", ["the", "mayor", "plan"]),
        ("the mayor’s plan isn’t", ["the", "mayor", "plan", "isn"]),
        ("G7 and 42", ["G7", "and", "42"]),
        ("a_b snake_case", ["snake", "case"]),
        ("Zoë café naïve", ["Zoë", "café", "naïve"]),
        ("cafe\u0301 noir", ["cafe\u0301", "noir"]),
        ("ß æ", ["ß"]),  # which is two letters, folded
        ("選挙の結果", ["選", "挙", "の", "結", "果"]),
        ("vote選挙now", ["vote", "選", "挙", "now"]),
        ("서울 시장", ["서울", "시장"]),
        ("Привет мир", ["Привет", "мир"]),
        ("vote🗳now 🔥🔥", ["vote", "🗳", "now", "🔥", "🔥"]),
        ("👩\u200d🌾", ["👩", "🌾"]),
        ("co\u00adopera\u00adtion", ["co\u00adopera\u00adtion"]),
        ("zero\u200bwidth space", ["zero", "width", "space"]),
        ("lone\ud800surrogate \udc00", ["lone", "surrogate"]),
        ("be\x00fore", ["be", "fore"]),
        ("\ufefftitle", ["title"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
    ],
)
def test_a_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Migration", "MIGRATION"),
        ("café", "cafe"),
        ("Straße", "STRASSE"),
        ("co\u00adoperation", "cooperation"),
        ("ﬁnance", "finance"),
        ("ＴＡＸ", "tax"),
        ("서울", unicodedata.normalize("NFD", "서울")),
        ("İzmir", "izmir"),
        ("2²", "22"),
        ("ガ", "カ\u3099"),
    ],
)
def test_spellings_of_a_word_are_one_word(one: str, other: str) -> None:
    assert ids(one) == ids(other) != {}


def test_words_apart_are_not_the_words_together() -> None:
    assert ids("tax cuts").keys() > ids("tax").keys() | ids("cuts").keys()
    assert ids("tax cuts") != ids("cuts tax")
    assert not ids("taxcuts").keys() & ids("tax cuts").keys()


@given(any_text)
@example("e\u0301\u0301 \u0301")
@example("\ud83d\ude00 \ud800")
def test_spans_are_slices_of_the_text_in_order(text: str) -> None:
    spans = kernel.tokens(text)
    assert spans.dtype == np.uint32 and spans.shape[1:] == (2,)
    assert (spans[:, 0] < spans[:, 1]).all() and (spans <= len(text)).all()
    assert (spans[1:, 0] >= spans[:-1, 1]).all()
    assert not any(re.search(r"\s", word) for word in words(text))


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cn"))))
@settings(max_examples=300)
@example("각 ộ \u0344 Å ﬃ \u0f73 が")
@example("a\u0315\u0300\u05ae\u0300\u0062")
@example("\u1e9b\u0323 \u2126 \u212b")
def test_composed_and_decomposed_texts_have_the_same_ids(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert ids(composed, max_n=3) == ids(decomposed, max_n=3)


@given(any_text, any_text)
def test_any_title_and_text_can_be_read(title: str, text: str) -> None:
    counts = ids(text, title, title_weight=5, max_n=3)
    n_title, n_text = len(kernel.tokens(title)), len(kernel.tokens(text))
    grams = [max(0, n - k) for n in (n_title, n_text) for k in range(3)]
    assert sum(counts.values()) == 5 * sum(grams[:3]) + sum(grams[3:])
    assert all(0 <= i < 1 << 26 for i in counts)


@pytest.mark.parametrize(
    ("text", "n_words"),
    [("x" * (1 << 20), 1), ("vote now " * 50_000, 100_000), ("\ud800" * 100_000, 0), ("選" * 100_000, 100_000)],
    ids=["one huge word", "100,000 words", "surrogates", "ideographs"],
)
def test_huge_texts_can_be_read(text: str, n_words: int) -> None:
    assert len(kernel.tokens(text)) == n_words
    assert bool(ids(text)) == bool(n_words)


# --- ids --------------------------------------------------------------------------------------------------------------

WORD = (1 << 64) - 1
FNV_OFFSET, FNV_PRIME, PAIR = 0xCBF29CE484222325, 0x100000001B3, 0x9E3779B97F4A7C15


def reference_hashes(text: str) -> Iterator[int]:
    """FNV-1a of each word, by Python's own Unicode tables."""
    letters = ""
    for character in [*text, " "]:
        kind = kind_of(ord(character))
        folded = "".join(c for c in fold(character) if kind_of(ord(c)) in (LETTER, ALONE))
        if kind == IGNORED or (kind in (LETTER, ALONE) and not folded):
            continue
        if kind == LETTER:
            letters += folded
            continue
        yield from (fnv(word) for word in (letters,) if len(word) > 1)
        letters = ""
        if kind == ALONE:
            yield fnv(folded)


def fnv(word: str) -> int:
    value = FNV_OFFSET
    for byte in word.encode():
        value = (value ^ byte) * FNV_PRIME & WORD
    return value


def finish(value: int, id_bits: int) -> int:
    value ^= value >> 32
    value = value * 0xD6E8FEB86659FD93 & WORD
    return (value ^ value >> 32) >> 64 - id_bits


def reference_ids(title: str, text: str, id_bits: int, max_n: int, title_weight: int) -> dict[int, int]:
    counts: dict[int, int] = {}
    for field, weight in ((title, title_weight), (text, 1)):
        hashes = list(reference_hashes(field))
        for position, value in enumerate(hashes):
            for n in range(min(max_n, position + 1)):
                if n:
                    value = ((value ^ hashes[position - n] * PAIR & WORD) * FNV_PRIME + n) & WORD
                key = finish(value, id_bits)
                counts[key] = counts.get(key, 0) + weight
    return counts


@given(old_text, old_text, st.integers(8, 30), st.integers(1, 3), st.integers(1, 100))
@settings(max_examples=200)
@example("Rents rise", "The council’s vote: “no”, 5–4. Ægir Straße, naïve café.", 26, 2, 3)
def test_ids_are_those_of_a_plain_python_tokeniser(
    title: str, text: str, id_bits: int, max_n: int, title_weight: int
) -> None:
    found = ids(text, title, id_bits=id_bits, max_n=max_n, title_weight=title_weight)
    expected = reference_ids(title, text, id_bits, max_n, title_weight)
    assert found == expected
    assert list(found) == list(expected), "in order of first occurrence"


def test_ids_do_not_depend_on_the_thread() -> None:
    texts = [f"In year {n} the council of Eastby voted {n % 7} times on rents. " * (n % 50 + 1) for n in range(200)]
    alone = [ids(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ids, texts)) == alone


def test_document_frequency_stops_at_255() -> None:
    frequency = np.zeros(8, np.uint8)
    for _ in range(300):
        kernel.count_documents(np.array([1, 5], np.uint32), frequency)
    assert frequency.tolist() == [0, 255, 0, 0, 0, 255, 0, 0]


# --- vocabulary and scores --------------------------------------------------------------------------------------------

NEWS = (
    "The council of Harbour Falls froze rents for a year on Tuesday. Landlords said they would sue; tenants sang in "
    "rain. The mayor who had opposed the freeze, said that the vote was close and that the council had been warned."
)


def vocabulary(known: list[int], *, id_bits: int = 26, max_n: int = 2, title_weight: int = 3) -> kernel.Vocabulary:
    slots = kernel.build_slots(np.array(known, np.uint32), id_bits)
    return kernel.Vocabulary(slots, n_rows=len(known), id_bits=id_bits, max_n=max_n, title_weight=title_weight)


@given(
    st.lists(st.sampled_from(NEWS.split()), max_size=40).map(" ".join),
    st.lists(st.sampled_from(NEWS.split()), max_size=5).map(" ".join),
    st.integers(8, 30),
    st.integers(0, 2**32 - 1),
)
def test_a_vocabulary_finds_what_a_dict_would_find(text: str, title: str, id_bits: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    own = np.array(list(ids(NEWS + " " + text, id_bits=id_bits)))
    strangers = random.integers(0, 1 << id_bits, 20)
    known = random.permutation(np.unique(np.concatenate([own[::2], strangers])))[:100].tolist()
    row_of = {key: row for row, key in enumerate(known)}
    rows, counts = vocabulary(known, id_bits=id_bits).rows(title, text)
    expected = {row_of[key]: count for key, count in ids(text, title, id_bits=id_bits).items() if key in row_of}
    assert dict(zip(rows.tolist(), counts.tolist(), strict=True)) == expected


def test_a_crowded_vocabulary_is_exact_too() -> None:
    known = np.random.default_rng(3).permutation(1 << 16)[: 1 << 15]
    row_of = {key: row for row, key in enumerate(known.tolist())}
    text = " ".join(f"word{n}" for n in range(4000))
    rows, _ = vocabulary(known.tolist(), id_bits=16, max_n=1).rows("", text)
    assert rows.tolist() == [row_of[key] for key in ids(text, id_bits=16, max_n=1) if key in row_of]


def test_more_ids_than_there_are_hashes_are_refused() -> None:
    with pytest.raises(SettingError, match="too many"):
        kernel.build_slots(np.arange(600, dtype=np.uint32) % 256, 8)


def scorer(known: list[int], n_labels: int, seed: int = 0) -> tuple[kernel.Scorer, np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    table = np.zeros(len(known), kernel.table_dtype(n_labels))
    table["idf"], table["scale"] = random.uniform(1, 9, len(known)), random.uniform(0.001, 0.1, len(known))
    table["weights"][:, :n_labels] = random.integers(-127, 128, (len(known), n_labels))
    return kernel.Scorer(vocabulary(known), table, n_labels), table


def numpy_scores(table: np.ndarray[Any, Any], known: list[int], title: str, text: str, n_labels: int) -> Any:
    row_of = {key: row for row, key in enumerate(known)}
    found = [(row_of[key], count) for key, count in ids(text, title).items() if key in row_of]
    if not found:
        return np.zeros(n_labels)
    rows, counts = np.array(found).T
    values = (1 + np.log(counts)) * table["idf"][rows].astype(float)
    weights = table["weights"][rows][:, :n_labels] * table["scale"][rows].astype(float)[:, None]
    return values @ weights / np.linalg.norm(values)


news_text = st.lists(st.sampled_from([*NEWS.split(), "unheard", "of"]), max_size=60).map(" ".join)


@given(news_text, news_text, st.sampled_from([1, 3, 8, 24, 25, 57, 70, 130]))
@settings(max_examples=150)
def test_scores_are_those_that_numpy_computes(title: str, text: str, n_labels: int) -> None:
    known = list(ids(NEWS))[::2]
    scoring, table = scorer(known, n_labels)
    scores, n_words = scoring.score(kernel.encode(title), kernel.encode(text))
    assert scores == pytest.approx(numpy_scores(table, known, title, text, n_labels), abs=1e-5)
    assert n_words == len(kernel.tokens(title)) + len(kernel.tokens(text))


def test_scores_of_many_repetitions_are_right() -> None:
    known = list(ids(NEWS))
    scoring, table = scorer(known, 5)
    text = "council " * 700 + NEWS
    assert scoring.score(b"", text.encode())[0] == pytest.approx(numpy_scores(table, known, "", text, 5), abs=1e-5)


def test_a_scorer_forgets_the_text_before() -> None:
    scoring, _ = scorer(list(ids(NEWS)), 5)
    first = scoring.score(b"", NEWS.encode())[0].tolist()
    scoring.score(b"landlords sue", b"the mayor of Harbour Falls")
    scoring.explain(b"landlords sue", NEWS.encode(), np.array([1], np.uint32))
    assert scoring.score(b"", NEWS.encode())[0].tolist() == first
    assert scoring.score(b"", b"")[0].tolist() == [0] * 5


@given(news_text, news_text)
def test_contributions_of_all_words_add_up_to_the_score(title: str, text: str) -> None:
    scoring, _ = scorer(list(ids(NEWS))[::2], 12)
    fields = kernel.encode(title), kernel.encode(text)
    labels = np.array([0, 7, 11], np.uint32)
    scores, _ = scoring.score(*fields)
    spans, contributions, in_title = scoring.explain(*fields, labels)
    assert spans[:in_title].tolist() == kernel.tokens(title).tolist()
    assert spans[in_title:].tolist() == kernel.tokens(text).tolist()
    assert contributions.sum(axis=0) == pytest.approx(scores[labels], abs=1e-4)


@given(news_text)
def test_minima_are_those_of_the_distinct_ngrams(text: str) -> None:
    factors = np.array([1, 3, 0x9E3779B1, 0xFFFFFFFF], np.uint32)
    ids, _ = kernel.distinct_ids("", text, id_bits=30, max_n=3, title_weight=1)
    found = kernel.minima(text, factors, id_bits=30, max_n=3)
    if found is None:
        assert not len(ids)
    else:
        assert found.tolist() == (ids[:, None] * factors).min(axis=0).tolist()


# --- known words -------------------------------------------------------------------------------------------------------

FEW = ("the", "of", "between", "a", "its")


@given(
    st.lists(st.sampled_from([*FEW, "The", "OF", "thé", "the,", "thee", "betweens", "fare"]) | news_text),
    st.sampled_from(" \t\n\x0b\x1c\x1f\x85\xa0\u1680\u2000\u200a\u2028\u202f\u3000\u200b"),
    st.integers(0, 60),
)
def test_known_words_are_counted_among_what_python_takes_for_words(words: list[str], space: str, most: int) -> None:
    text = space.join(words)
    expected = text[:most].lower().split()
    share = kernel.KnownWords(FEW).share(kernel.encode(text), most)
    assert share == sum(word in FEW for word in expected) / max(1, len(expected))


# --- builds for wider vectors -------------------------------------------------------------------------------------------


def everything(document: tuple[str, str]) -> list[bytes]:
    """What the kernel makes of a document, and of a small fit, bit by bit."""
    title, text = map(kernel.encode, document)
    scoring, _ = scorer(list(ids(NEWS)), 57)
    scores, n_words, norm = scoring.measure(title, text)
    spans, contributions, _ = scoring.explain(title, text, np.array([0, 56], np.uint32))
    minima = kernel.minima(document[1], np.array([1, 0x9E3779B1], np.uint32), id_bits=30, max_n=3)
    fitted = LabelwiseSVM(max_epochs=5, n_jobs=1).fit(*problem())
    given = Topics(*np.ones((2, 57), np.float32), *np.zeros((2, 57)), [0] * 57, [((-1, 1), (-2, 2))] * 57).given(scores)
    found = (scores, n_words, norm, given, spans, contributions, minima, fitted.coef_, fitted.intercept_)
    return [np.asarray(part).tobytes() for part in found]


@pytest.mark.parametrize("build", builds(), ids=lambda path: path.name)
def test_every_build_gives_the_same_bits(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [("", ""), (NEWS[:80], NEWS), ("Zoë’s “vote”", NEWS.replace("a", "é") + " x1" * 700)]
    expected = [everything(document) for document in documents]
    other = load(build)
    for module in (kernel, fitting, topics):
        monkeypatch.setattr(module, "library", other)
    assert [everything(document) for document in documents] == expected


# --- fitting ----------------------------------------------------------------------------------------------------------


def problem(n_documents: int = 120, n_columns: int = 60, n_labels: int = 5, seed: int = 0) -> tuple[csr_matrix, Any]:
    random = np.random.default_rng(seed)
    X = csr_matrix(random_matrix(n_documents, n_columns, 0.2, random_state=seed, dtype=np.float32, format="csr"))
    margins = X @ random.normal(size=(n_columns, n_labels)) + random.normal(scale=0.3, size=(n_documents, n_labels))
    return X, np.where(margins > 0, 1, -1).astype(np.int8)


EXACT = {"max_epochs": 3000, "tolerance": 1e-6}


def test_a_fit_reaches_the_optimum_that_liblinear_finds() -> None:
    X, signs = problem()
    ours = LabelwiseSVM(C=0.7, positive_weight=2.0, n_jobs=1, **EXACT).fit(X, signs).decision_function(X)
    for label in range(signs.shape[1]):
        theirs = LinearSVC(
            C=0.7, loss="squared_hinge", dual=True, tol=1e-7, max_iter=200_000, class_weight={1: 2.0, -1: 1.0}
        )
        expected = theirs.fit(X, signs[:, label]).decision_function(X)
        assert ours[:, label] == pytest.approx(expected, abs=5e-3)


def test_importance_is_a_factor_on_the_cost_of_a_document() -> None:
    X, signs = problem(n_labels=1)
    importance = np.random.default_rng(1).uniform(0.2, 3, X.shape[0]).astype(np.float32)
    ours = LabelwiseSVM(C=0.7, n_jobs=1, **EXACT).fit(X, signs, importance=importance).decision_function(X)
    theirs = LinearSVC(C=0.7, loss="squared_hinge", dual=True, tol=1e-7, max_iter=200_000)
    expected = theirs.fit(X, signs[:, 0], sample_weight=importance).decision_function(X)
    assert ours[:, 0] == pytest.approx(expected, abs=5e-3)


def test_blocks_of_labels_change_no_bit() -> None:
    X, signs = problem(n_labels=50)
    whole, cut = (LabelwiseSVM(n_jobs=n_jobs).fit(X, signs) for n_jobs in (1, 3))
    assert whole.coef_.tobytes() == cut.coef_.tobytes()
    assert whole.intercept_.tobytes() == cut.intercept_.tobytes()


def test_a_label_does_not_depend_on_its_neighbours() -> None:
    X, signs = problem(n_labels=9)
    together, alone = LabelwiseSVM(n_jobs=1).fit(X, signs), LabelwiseSVM(n_jobs=1).fit(X, signs[:, 3:4])
    assert together.coef_[:, 3].tobytes() == alone.coef_[:, 0].tobytes()


def test_documents_that_nobody_annotated_are_ignored() -> None:
    X, signs = problem(n_labels=2)
    signs[60:, 0] = 0
    partly = LabelwiseSVM(n_jobs=1, **EXACT).fit(X, signs).decision_function(X)
    half = LabelwiseSVM(n_jobs=1, **EXACT).fit(X[:60], signs[:60]).decision_function(X)
    assert partly[:, 0] == pytest.approx(half[:, 0], abs=1e-3)
    rows = LabelwiseSVM(n_jobs=1, **EXACT).fit(X, signs, np.arange(60)).decision_function(X)
    assert rows == pytest.approx(half, abs=1e-3)


def test_a_label_that_nobody_annotated_stays_at_zero() -> None:
    X, signs = problem(n_labels=3)
    signs[:, 1] = 0
    fitted = LabelwiseSVM(n_jobs=1).fit(X, signs)
    assert not fitted.coef_[:, 1].any() and fitted.intercept_[1] == 0
    assert fitted.coef_[:, [0, 2]].any(axis=0).all()


def test_the_seed_decides_the_order_of_the_documents() -> None:
    X, signs = problem()
    first, again, other = (LabelwiseSVM(max_epochs=2, seed=seed, n_jobs=1).fit(X, signs) for seed in (1, 1, 2))
    assert first.coef_.tobytes() == again.coef_.tobytes() != other.coef_.tobytes()


def endless_fit() -> tuple[Fit, Any]:
    X, signs = problem(n_documents=500, n_labels=16)
    cost = np.ones((2, 16), np.float32)
    parts = X.indptr.astype(np.int64), X.indices.astype(np.int32), X.data
    fit = Fit(*parts, X.shape[1], signs, np.ones(500, np.float32), cost)
    options = {"bias_unit": 1.0, "max_epochs": 2**31 - 1, "tolerance": 0.0, "seed": 0}
    return fit, lambda: fit.run(np.arange(500), **options)


def test_a_fit_stops_when_it_is_told_to() -> None:
    fit, run = endless_fit()
    epochs: list[int] = []
    thread = threading.Thread(target=lambda: epochs.append(run()))
    thread.start()
    deadline = time.monotonic() + 20
    while fit.epochs < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    fit.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert 2 <= epochs[0] < 2**31 - 1


def test_progress_goes_up_to_one() -> None:
    X, signs = problem(n_documents=2000, n_columns=200, n_labels=32)
    shares: list[float] = []
    LabelwiseSVM(max_epochs=200, tolerance=0.0, n_jobs=2).fit(X, signs, on_progress=shares.append)
    assert shares and shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1


def test_an_error_in_the_caller_stops_the_threads() -> None:
    X, signs = problem(n_documents=2000, n_labels=32)

    def give_up(share: float) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        LabelwiseSVM(max_epochs=10**8, tolerance=0.0, n_jobs=2).fit(X, signs, on_progress=give_up)
    assert time.monotonic() - started < 20
