"""What is in a corpus, counted in one pass and in bounded memory. Not for judging it (that is the audit)."""

from __future__ import annotations

import random
import re
from collections import Counter
from hashlib import blake2b
from typing import Any

from newsstand.documents import Document

NAME_LIMIT = 100_000  # distinct topics, targets, outlets or languages counted by name
TEXT_LIMIT = 1_000_000  # distinct texts remembered, to find the identical ones
SAMPLE = 10_000  # lengths kept for a median; exact up to so many documents
NOT_MENTIONED = "not_mentioned"  # how a target that is not there is counted, beside the stances

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class CorpusStats:
    """Takes documents one by one and says what they have in common."""

    def __init__(self) -> None:
        self.documents = 0
        self._annotated: Counter[str] = Counter(topics=0, stances=0, leaning=0)
        self._known: Counter[str] = Counter(title=0, source=0, date=0, language=0)
        self._topics = _Names()
        self._topics_per_document = _Lengths()
        self._leanings = _Names()
        self._targets: dict[str, Counter[str]] = {}
        self._targets_left_out = 0
        self._characters = _Lengths()
        self._words = _Lengths()
        self._outlets = _Names()
        self._languages = _Names()
        self._years = _Names()
        self._span: tuple[str, str] | None = None
        self._other_dates = 0
        self._texts: set[bytes] = set()
        self._duplicates = 0

    def add(self, document: Document) -> None:
        """Count one more document."""
        self.documents += 1
        self._add_text(document)
        self._add_labels(document)
        self._known.update(name for name in self._known if getattr(document, name))
        if document.source:
            self._outlets.add(document.source)
        if document.language:
            self._languages.add(document.language)
        if document.date:
            self._add_date(document.date)

    def summary(self) -> dict[str, Any]:
        """Everything counted, as one JSON object."""
        return {
            "documents": self.documents,
            "annotated": dict(self._annotated),
            "known": dict(self._known),
            "topics": self._topics.summary() | {"per_document": self._topics_per_document.summary()},
            "leanings": self._leanings.summary(),
            "stances": self._stance_summary(),
            "characters": self._characters.summary(),
            "words": self._words.summary(),
            "dates": self._date_summary(),
            "outlets": self._outlets.summary(20),
            "languages": self._languages.summary(20),
            "duplicates": {"identical_text": self._duplicates, "at_least": len(self._texts) >= TEXT_LIMIT},
        }

    def _add_text(self, document: Document) -> None:
        self._characters.add(len(document.text))
        self._words.add(len(document.text.split()))
        digest = blake2b(document.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._texts:
            self._duplicates += 1
        elif len(self._texts) < TEXT_LIMIT:
            self._texts.add(digest)

    def _add_labels(self, document: Document) -> None:
        self._annotated.update(name for name in self._annotated if getattr(document, name) is not None)
        if document.topics is not None:
            self._topics_per_document.add(len(document.topics))
            for topic in document.topics:
                self._topics.add(topic)
        if document.leaning is not None:
            self._leanings.add(document.leaning)
        for stance in document.stances or ():
            if stance.target in self._targets or len(self._targets) < NAME_LIMIT:
                self._targets.setdefault(stance.target, Counter()).update([stance.stance or NOT_MENTIONED])
            else:
                self._targets_left_out += 1

    def _add_date(self, date: str) -> None:
        if not _DATE.match(date):
            self._other_dates += 1
            return
        day = date[:10]
        self._years.add(day[:4])
        first, last = self._span or (day, day)
        self._span = (min(first, day), max(last, day))

    def _stance_summary(self) -> dict[str, Any]:
        ranked = sorted(self._targets.items(), key=lambda item: (-item[1].total(), item[0]))
        return {
            "annotations": sum(counts.total() for counts in self._targets.values()) + self._targets_left_out,
            "distinct": len(self._targets),
            "not_counted_by_name": self._targets_left_out,
            "by_target": {target: dict(sorted(counts.items())) for target, counts in ranked[:20]},
        }

    def _date_summary(self) -> dict[str, Any]:
        first, last = self._span or (None, None)
        years = dict(sorted(self._years.counts.items()))
        return {"first": first, "last": last, "by_year": years, "other_form": self._other_dates}


class _Names:
    """How often each name occurred; the names beyond the limit together."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._left_out = 0

    def add(self, name: str) -> None:
        if name in self.counts or len(self.counts) < NAME_LIMIT:
            self.counts[name] += 1
        else:
            self._left_out += 1

    def summary(self, top: int | None = None) -> dict[str, Any]:
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return {"distinct": len(self.counts), "not_counted_by_name": self._left_out, "counts": dict(ranked[:top])}


class _Lengths:
    """Smallest, largest, mean, and the median of a uniform sample (Vitter 1985, algorithm R)."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0
        self._min = 0
        self._max = 0
        self._sample: list[int] = []
        self._random = random.Random(0)  # noqa: S311 - not for secrets, and the same every time

    def add(self, length: int) -> None:
        self._min = min(self._min, length) if self._count else length
        self._max = max(self._max, length)
        self._count += 1
        self._sum += length
        if len(self._sample) < SAMPLE:
            self._sample.append(length)
        elif (place := self._random.randrange(self._count)) < SAMPLE:
            self._sample[place] = length

    def summary(self) -> dict[str, Any] | None:
        if not self._count:
            return None
        ordered = sorted(self._sample)
        middle = len(ordered) // 2
        median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
        mean = round(self._sum / self._count, 2)
        exact = self._count <= SAMPLE
        return {"min": self._min, "median": median, "median_exact": exact, "mean": mean, "max": self._max}
