"""What a tagger answers, for ordinary articles and for everything else that people send."""

from __future__ import annotations

import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.answers import ABSTENTION_REASONS, Answer
from newsstand.documents import LEANINGS, Document
from newsstand.errors import InputError
from newsstand.formats import read_documents
from newsstand.kernel import table_dtype
from newsstand.tagger import Tagger

BORDER = Document(
    id="a1",
    title="Asylum seekers sent back across the border",
    text=(
        "Immigration officials in Eastby sent forty asylum seekers back across the border on Monday, just as a judge "
        "was to hear their case. Lawyers for the migrants said that the governor had ignored the court, and that two "
        "families had been told to wait in a shelter in Mexico. The governor’s office said the border was no courtroom."
    ),
)
MATCH = Document(
    text=(
        "Harwick Rovers won the cup after extra time. The goalkeeper saved two penalties, the captain scored with his "
        "head, and the coach said his team had run further than in any match of the season. Fans sang until midnight."
    )
)


def labels(answer: Answer) -> list[str]:
    return [topic.label for topic in answer.topics]


def test_an_article_gets_its_topics(tagger: Tagger) -> None:
    answer = tagger.label(BORDER)
    assert {"immigration", "politics"} <= set(labels(answer))
    assert labels(tagger.label(MATCH))[0] == "sport"
    assert "immigration" not in labels(tagger.label(MATCH))
    assert (answer.id, answer.language) == ("a1", "en")
    assert (answer.run, answer.fingerprint) == ("small", tagger.run.fingerprint)


def test_topics_come_likeliest_first_with_their_codes(tagger: Tagger) -> None:
    answer = tagger.label(BORDER)
    scores = [topic.score for topic in answer.topics]
    assert scores == sorted(scores, reverse=True) and all(0 < score <= 1 for score in scores)
    assert tagger.run.topics
    assert all(topic.code == tagger.run.topics.labels[topic.label].code for topic in answer.topics)
    assert next(topic.code for topic in answer.topics if topic.label == "immigration").startswith("medtop:")


def test_whoever_gets_a_child_gets_its_parent_with_at_least_its_score(tagger: Tagger, sample_files: list[Path]) -> None:
    assert tagger.run.topics
    label_set, children = tagger.run.topics.labels, 0
    for document in read_documents(sample_files[0]):
        scores = {topic.label: topic.score for topic in tagger.label(document, explain=False).topics}
        for label, score in scores.items():
            parent = label_set[label].parent
            if parent:
                children += 1
                assert scores[parent] >= score
    assert children > 10


def test_topics_are_those_whose_probability_reaches_the_threshold(tagger: Tagger) -> None:
    probabilities, leanings = tagger.probabilities(BORDER)
    answer = tagger.label(BORDER, explain=False)
    assert tagger.run.topics and answer.leaning
    position = tagger.run.topics.labels.position
    given = tagger.run.topics.given(probabilities)
    assert {position(label) for label in labels(answer)} == set(np.flatnonzero(given))
    for topic in answer.topics:
        assert topic.score == pytest.approx(probabilities[position(topic.label)], abs=1e-5)
    assert list(answer.leaning.scores.values()) == pytest.approx(leanings.tolist(), abs=1e-5)


def test_the_leaning_is_abstained_from_where_it_is_not_sure(tagger: Tagger) -> None:
    answer = tagger.label(BORDER)
    assert answer.leaning and tuple(answer.leaning.scores) == LEANINGS
    assert sum(answer.leaning.scores.values()) == pytest.approx(1)
    if answer.leaning.label is None:
        assert ("leaning", "low_confidence") in [(a.head, a.reason) for a in answer.abstained]
        assert answer.leaning.evidence == ()


def test_a_sure_leaning_is_given_with_evidence(tagger: Tagger) -> None:
    assert tagger.run.leaning
    sure = Tagger(replace(tagger.run, leaning=replace(tagger.run.leaning, threshold=0.0, slope=2.0)))
    answer = sure.label(BORDER)
    assert answer.leaning
    best = max(answer.leaning.scores, key=answer.leaning.scores.__getitem__)
    assert answer.leaning.label == best and answer.leaning.evidence
    assert not [a for a in answer.abstained if a.head == "leaning"]
    assert answer.topics[0].evidence == tagger.label(BORDER).topics[0].evidence, "one head's evidence is its own"


def test_evidence_is_passages_of_the_article(tagger: Tagger) -> None:
    answer = tagger.label(BORDER)
    for topic in answer.topics:
        assert topic.evidence
        weights = [abs(span.weight) for span in topic.evidence]
        assert weights == sorted(weights, reverse=True) and all(weights)
        for span in topic.evidence:
            field = BORDER.title if span.field == "title" else BORDER.text
            assert 0 <= span.start < span.end <= len(field)
            passage = field[span.start : span.end]
            assert passage == passage.strip() and passage
    shown = next(topic.evidence for topic in answer.topics if topic.label == "immigration")
    passages = " ".join({"title": BORDER.title, "text": BORDER.text}[s.field][s.start : s.end] for s in shown)
    assert "Asylum" in passages or "asylum" in passages or "migra" in passages


def test_evidence_spans_count_code_points(tagger: Tagger) -> None:
    shifted = replace(BORDER, title="🗳 é " + BORDER.title, text="🗳🗳🗳 " + BORDER.text)
    topic = tagger.label(shifted).topics[0]
    for span in topic.evidence:
        field = shifted.title if span.field == "title" else shifted.text
        for edge in (span.start, span.end):  # no word is cut in two
            assert not field[max(0, edge - 1) : edge + 1].isalpha() or edge in (0, len(field))


def test_evidence_is_in_log_odds(tagger: Tagger) -> None:
    answer = tagger.label(Document("Immigration officials met forty asylum seekers at the border."))
    (topic,) = [topic for topic in answer.topics if topic.label == "immigration"]
    head = tagger.run.topics
    assert head and len(topic.evidence) < 5, "all of it is shown"
    column = head.labels.position("immigration")
    without_words = float(head.slope[column] * head.intercept[column] + head.offset[column])
    log_odds = math.log(topic.score / (1 - topic.score))
    assert sum(span.weight for span in topic.evidence) == pytest.approx(log_odds - without_words, rel=0.05)


def test_answers_without_evidence_are_the_same_otherwise(tagger: Tagger) -> None:
    explained, plain = tagger.label(BORDER), tagger.label(BORDER, explain=False)
    assert all(topic.evidence == () for topic in plain.topics)
    assert [(t.label, t.score) for t in plain.topics] == [(t.label, t.score) for t in explained.topics]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "…", "Too short.", "\x00", "🗳"])
def test_next_to_nothing_is_too_short(tagger: Tagger, text: str) -> None:
    answer = tagger.label(Document(text))
    assert answer.topics == () and answer.leaning is None
    assert [(a.head, a.reason) for a in answer.abstained] == [
        ("topics", "too_short"),
        ("leaning", "too_short"),
        ("stance", "too_short"),
    ]


def test_a_title_alone_can_be_labelled(tagger: Tagger) -> None:
    answer = tagger.label(
        Document("", title="Migrants and asylum seekers sent back across the border by the officials")
    )
    assert "immigration" in labels(answer) and answer.language == "en"
    assert {span.field for topic in answer.topics for span in topic.evidence} == {"title"}


SPANISH = (
    "El gobierno de Villaluz anunció el martes que los inmigrantes que esperan en la frontera pueden pedir asilo en "
    "nuevas oficinas. La oposición dijo que la medida llega tarde y pidió más jueces para los tribunales del sur."
)


def test_an_unknown_language_is_abstained_from(tagger: Tagger) -> None:
    answer = tagger.label(Document(SPANISH))
    assert answer.language == "es" and answer.topics == () and answer.leaning is None
    assert {(a.head, a.reason) for a in answer.abstained} == {
        ("topics", "language_not_supported"),
        ("leaning", "language_not_supported"),
        ("stance", "language_not_supported"),
    }


def test_the_caller_may_say_which_language_it_is(tagger: Tagger) -> None:
    assert tagger.label(Document(BORDER.text, language="en-GB")).language == "en"
    assert tagger.label(Document(BORDER.text, language="EN_us")).topics
    assert tagger.label(Document(BORDER.text, language="de")).abstained[0].reason == "language_not_supported"


def test_a_text_of_five_megabytes_is_labelled_in_seconds(tagger: Tagger) -> None:
    text = (BORDER.text + "\n") * (5_000_000 // len(BORDER.text))
    started = time.monotonic()
    answer = tagger.label(Document(text))
    assert time.monotonic() - started < 10
    assert "immigration" in labels(answer)
    assert all(span.end <= len(text) for topic in answer.topics for span in topic.evidence)


def test_broken_characters_do_no_harm(tagger: Tagger) -> None:
    broken = Document("\x00" + BORDER.text.replace(" ", "\x00 ", 3) + "\ud800\ufffe\x1b[31m", title="\ud800\x00")
    assert "immigration" in labels(tagger.label(broken))


@given(st.text(alphabet=st.characters()), st.text(alphabet=st.characters()), st.none() | st.text(max_size=5))
def test_any_document_gets_an_answer_that_is_json(tagger: Tagger, title: str, text: str, language: str | None) -> None:
    answer = tagger.label(Document(text + " the council voted to raise the rent", title=title, language=language))
    json.dumps(answer.to_dict(), allow_nan=False)
    assert all(abstention.reason in ABSTENTION_REASONS for abstention in answer.abstained)
    abstained = {abstention.head for abstention in answer.abstained}
    assert ("topics" in abstained) == (not answer.topics)
    for topic in answer.topics:
        for span in topic.evidence:
            assert 0 <= span.start < span.end


@pytest.mark.parametrize("record", [None, [], "text", {"text": None}, {"text": 5}, {"text": "x", "title": []}])
def test_what_is_no_document_is_refused_before_it_is_labelled(tagger: Tagger, record: object) -> None:
    with pytest.raises(InputError):
        tagger.label(Document.from_dict(record))


def test_eight_threads_get_the_answers_of_one(tagger: Tagger, sample_files: list[Path]) -> None:
    documents = [document for path in sample_files[:2] for document in read_documents(path)]
    alone = [tagger.label(document) for document in documents]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(tagger.label, documents)) == alone


def test_a_run_may_have_topics_only(tagger: Tagger) -> None:
    one = Tagger(replace(tagger.run, leaning=None, stance=None))
    answer = one.label(BORDER)
    assert answer.leaning is None and answer.abstained == () and answer.topics == tagger.label(BORDER).topics
    assert one.probabilities(BORDER)[1].shape == (0,)
    assert [a.head for a in one.label(Document("")).abstained] == ["topics"]


def test_a_run_may_have_a_leaning_only(tagger: Tagger) -> None:
    run = tagger.run
    assert run.topics
    table = np.zeros(len(run.table), table_dtype(3))
    table["idf"], table["scale"] = run.table["idf"], run.table["scale"]
    table["weights"][:, :3] = run.table["weights"][:, len(run.topics.labels) :][:, :3]
    one = Tagger(replace(run, topics=None, stance=None, table=table))
    answer = one.label(BORDER)
    assert answer.topics == () and answer.leaning == tagger.label(BORDER).leaning
    assert one.probabilities(BORDER)[0].shape == (0,)
    assert [a.head for a in one.label(Document("")).abstained] == ["leaning"]


def test_golden_answers_were_recorded_at_training(tagger: Tagger) -> None:
    assert len(tagger.run.golden) >= 10
    tagger.check_golden()
    languages = {entry["answer"]["language"] for entry in tagger.run.golden}
    assert {"en", "es"} <= languages
