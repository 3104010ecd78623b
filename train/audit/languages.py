"""Texts in another language than the corpus. Not for identifying languages (newsstand.text.language)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from newsstand.text.language import identify
from train.audit.entries import Entries
from train.audit.findings import Finding

WORDS = 20  # in fewer, a language is a guess


def find_other_languages(entries: Entries) -> Iterator[Finding]:
    """Find documents in another language than most (NS601): both halves of the text must say so."""
    languages = [_language(entry.document.text) for entry in entries.own]
    counts = Counter(language for language in languages if language)
    most = min(counts, key=lambda language: (-counts[language], language)) if counts else None
    others = [n for n, language in enumerate(languages) if language not in (None, most)]
    examples = [entries.own[n].example(f"{languages[n]}, not {most}", language=languages[n]) for n in others]
    yield Finding("NS601", len(others), tuple(examples))


def _language(text: str) -> str | None:
    if len(text[:4000].split()) < WORDS:
        return None
    language = identify(text)
    if language == "en":  # the common case, and identify() is careful about it
        return language
    return language if identify(text[len(text) // 2 :]) == language else None
