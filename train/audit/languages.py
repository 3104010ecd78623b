"""Texts in another language than the corpus. Not for identifying languages (newsstand.text.language)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from newsstand.text.language import identify
from train.audit.entries import Entries
from train.audit.findings import Finding

WORDS = 20  # in fewer, a language is a guess
_TAKEN_FOR_ENGLISH = frozenset({"en", "pcm"})  # py3langid takes English in telegram style for Nigerian Pidgin
_NO_LANGUAGE = "zxx"
_PUNCTUATION = ".,;:!?\"'()[]“”‘’„«»¿¡-–—"
PROSE = 0.7  # share of the tokens that are words; tables of figures have no language


def find_other_languages(entries: Entries) -> Iterator[Finding]:
    """Find documents in another language than most (NS601): both halves of the text must say so."""
    languages = [_language(entry.document.text) for entry in entries.own]
    counts = Counter(language for language in languages if language)
    most = min(counts, key=lambda language: (-counts[language], language)) if counts else None
    others = [n for n, language in enumerate(languages) if language not in (None, most)]
    examples = [entries.own[n].example(f"{languages[n]}, not {most}", language=languages[n]) for n in others]
    yield Finding("NS601", len(others), tuple(examples))


def _language(text: str) -> str | None:
    tokens = text[:4000].split()
    words = sum(token.strip(_PUNCTUATION).isalpha() for token in tokens)
    if words < max(WORDS, PROSE * len(tokens)):
        return None
    language = identify(text)
    if language in _TAKEN_FOR_ENGLISH:
        return "en"
    return language if language != _NO_LANGUAGE and identify(text[len(text) // 2 :]) == language else None
