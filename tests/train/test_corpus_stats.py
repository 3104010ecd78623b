"""What 'corpus stats' says about a corpus."""

import pytest

from newsstand.documents import Document, GoldStance
from train import corpus_stats
from train.corpus_stats import CorpusStats
from train.corpus_stats_text import format_stats

CORPUS = [
    Document("one two three", "T", source="a.example", date="2019-05-01", language="en", topics=("x", "y")),
    Document("one two three", source="a.example", date="2021-01-31T08:00", topics=(), leaning="left"),
    Document("four", source="b.example", date="last week", stances=(GoldStance("new quay", "favor"),)),
    Document("five six", stances=(GoldStance("new quay", "against"), GoldStance("old mill", None))),
]


def counted(documents: list[Document]) -> CorpusStats:
    stats = CorpusStats()
    for document in documents:
        stats.add(document)
    return stats


def test_everything_is_counted() -> None:
    summary = counted(CORPUS).summary()
    assert summary["documents"] == 4
    assert summary["annotated"] == {"topics": 2, "stances": 2, "leaning": 1}
    assert summary["known"] == {"title": 1, "source": 3, "date": 3, "language": 1}
    assert summary["topics"]["counts"] == {"x": 1, "y": 1}
    assert summary["topics"]["per_document"]["mean"] == 1
    assert summary["stances"]["by_target"] == {"new quay": {"against": 1, "favor": 1}, "old mill": {"not_mentioned": 1}}
    assert summary["words"] == {"min": 1, "median": 2.5, "median_exact": True, "mean": 2.25, "max": 3}
    assert summary["characters"]["max"] == 13
    assert summary["dates"] == {
        "first": "2019-05-01",
        "last": "2021-01-31",
        "by_year": {"2019": 1, "2021": 1},
        "other_form": 1,
    }
    assert summary["outlets"]["counts"] == {"a.example": 2, "b.example": 1}
    assert summary["duplicates"] == {"identical_text": 1, "at_least": False}


def test_the_limits_of_memory_are_kept_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_stats, "NAME_LIMIT", 2)
    monkeypatch.setattr(corpus_stats, "TEXT_LIMIT", 2)
    monkeypatch.setattr(corpus_stats, "SAMPLE", 50)
    corpus = [
        Document("w " * n, source=f"{n}.example", stances=(GoldStance(f"target {n}", "favor"),)) for n in range(1000)
    ]
    summary = counted(corpus).summary()
    assert summary["outlets"] | {"counts": None} == {"distinct": 2, "not_counted_by_name": 998, "counts": None}
    assert summary["stances"]["annotations"] == 1000
    assert summary["stances"]["distinct"] == 2
    assert summary["duplicates"]["at_least"]
    assert summary["words"]["median_exact"] is False
    assert 350 < summary["words"]["median"] < 650
    assert (summary["words"]["min"], summary["words"]["max"]) == (0, 999)


def test_the_tables_are_aligned_and_complete() -> None:
    files = [{"path": "news.jsonl", "corpus": None, "documents": 4, "malformed": 1}]
    text = format_stats({"files": files, "malformed": 1} | counted(CORPUS).summary())
    assert "File        Corpus  Documents  Malformed\nnews.jsonl  –               4          1" in text
    assert "Outlets (2)\na.example  2  ██████████████████████████████\nb.example  1  ███████████████" in text
    assert (
        "Target    favor  against  neutral  not mentioned\nnew quay      1        1        0              0\n" in text
    )
    assert "Stances (3 towards 2 targets)\n" in text and "old mill      0        0        0              1" in text
    assert "Dates (2019-05-01 to 2021-01-31)" in text
    assert "1 dates are not of the form YYYY-MM-DD" in text


def test_names_from_a_file_cannot_steer_the_terminal() -> None:
    files = [{"path": "a.jsonl", "corpus": "evil\x1b[2J", "documents": 1, "malformed": 0}]
    corpus = [Document("a", source="\x1b]0;title\x07", topics=("x" * 100, "\ud800"))]
    text = format_stats({"files": files, "malformed": 0} | counted(corpus).summary())
    assert "\x1b" not in text
    assert "x" * 41 not in text
    text.encode("utf-8")


def test_an_empty_corpus_has_its_zeros() -> None:
    text = format_stats({"files": [], "malformed": 0} | CorpusStats().summary())
    assert "Documents" in text
