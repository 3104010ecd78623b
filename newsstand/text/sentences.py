"""Where the sentences of a text begin and end, by rules. Not for words (the kernel) and not for other units of meaning."""

from __future__ import annotations

import re

MAX_SENTENCE = 1000  # characters: what has no end by then is cut at white space, and scores as well in pieces

Span = tuple[int, int]

_STOPS = ".!?…"
_OTHER_STOPS = "。！？｡．؟۔։।॥።။។"  # Chinese, Japanese, Arabic, Urdu, Armenian, Hindi, Amharic, Burmese, Khmer
_LINE_ENDS = "\n\r\f\v\x85\u2028\u2029"
_CLOSING = "\"'”’)\\]»›」』）】》"

# The first element is a plain set of characters, which is what makes the search fast.
_CANDIDATE = re.compile(
    rf"[{_STOPS}{_OTHER_STOPS}{_LINE_ENDS}]"
    rf"(?:(?<=[{_LINE_ENDS}])\s*"
    rf"|(?<=[{_OTHER_STOPS}])[{_OTHER_STOPS}]*[{_CLOSING}]*"
    rf"|(?<=[{_STOPS}])[{_STOPS}]*(?:[{_CLOSING}]|\[\d{{1,3}}\])*(?=\s|\Z|(?<=[a-z][a-z]\.)(?=[A-Z][a-z])))"
)
_FOLLOWING = re.compile(r"[\s\"'“‘„(\[«‹¿¡—–-]*([^\W_]*)")
_SPACE_AT_END = re.compile(r"\s\S*\Z")
_SHORT_LINE = 50  # characters: a heading or a caption
_LONG_LINE = 100  # a paragraph that nobody has wrapped

# Never the end of a sentence: a name or a noun follows.
_BEFORE_NAME = frozenset(
    """
    mr mrs ms mx dr prof gov sen rep reps sens govs gen lt col sgt capt cmdr adm maj rev hon st pres supt det insp pvt cpl
    messrs fr sr sra mme mlle amb atty assn ft mt vs e.g i.e cf approx dept
    """.split()  # noqa: SIM905
)
# Not the end where a number follows.
_BEFORE_NUMBER = frozenset("no nos art sec fig vol pp para jan feb mar apr jun jul aug sep sept oct nov dec".split())  # noqa: SIM905
# The end only where a word follows that seldom stands inside a sentence with a capital.
_MAY_END = frozenset(
    """
    inc corp co ltd llc plc bros jr etc al ave blvd rd calif fla mass mich ariz conn ill pa va wash wis minn tenn ala ark
    colo del ga ind kan ky md miss mo mont neb nev okla ore tex vt wyo
    """.split()  # noqa: SIM905
)
_ABBREVIATIONS = _BEFORE_NAME | _BEFORE_NUMBER | _MAY_END
_LONGEST = 20  # characters to look back: more than any abbreviation
_OPENERS = frozenset(
    """
    the a an he she it they we you i this that these those there but and or so yet in on at for from by with as if when
    while after before since because although though however his her its their our my what who why how where not no
    some many most all both each one two other another last then now also still even
    """.split()  # noqa: SIM905
)


def sentences(text: str) -> list[Span]:
    """Split a text into sentences.

    A full stop ends a sentence unless it belongs to an abbreviation, an initial, a number or a name such as ``U.S.``; a
    blank line always does, a single line end where a heading or an unwrapped paragraph ends. Full stops of other scripts
    end one without a space behind them.

    Parameters
    ----------
    text : str
        Any text, also an empty one.

    Returns
    -------
    list of (int, int)
        Start and end of each sentence in code points: in order, disjoint, without white space at either side, none longer
        than 1,000, and together all of the text but white space.
    """
    spans: list[Span] = []
    start = line_start = 0
    lower = text.islower()
    for found in _CANDIDATE.finditer(text):
        begin, end = found.span()
        first = text[begin]
        if first in _LINE_ENDS:
            ends, cut = _line_ends(text, line_start, begin, end), begin
            line_start = end
        else:
            ends, cut = first in _OTHER_STOPS or _stop_ends(text, begin, end, line_start, lower), end
        if ends:
            _add(spans, text, start, cut)
            start = end
    _add(spans, text, start, len(text))
    return spans


def _line_ends(text: str, line_start: int, begin: int, end: int) -> bool:
    """Whether the line end, white space from ``begin`` to ``end``, is the end of a sentence."""
    gap = text[begin:end].replace("\r\n", "\n")
    if sum(map(_LINE_ENDS.__contains__, gap)) > 1 or end == len(text):
        return True
    if text[end].islower():
        return False
    length = begin - line_start
    return length <= _SHORT_LINE or length >= _LONG_LINE


def _stop_ends(text: str, begin: int, end: int, line_start: int, lower: bool) -> bool:
    """Whether the full stop (or the like) from ``begin`` to ``end`` is the end of a sentence."""
    token = text[max(text.rfind(" ", line_start, begin) + 1, begin - _LONGEST) : begin]
    if text[end + 1 : end + 2].isupper() and token.isalpha() and len(token) > 1 and token.lower() not in _ABBREVIATIONS:
        return True  # most of them: a plain word, a space, a capital
    following = _FOLLOWING.match(text, end)
    word = following[1] if following else ""
    if word[:1].islower() and not lower and not word[1:2].isupper():
        return False
    if text[begin] != "." or end - begin > 1 or not word:
        return True
    before = text[max(line_start, begin - _LONGEST) : begin].rstrip()
    gap = _SPACE_AT_END.search(before)
    token = before[gap.start() + 1 if gap else 0 :].strip("\"'“”‘’()[]")
    return _token_ends(token, word, at_line_start=len(before) == len(token) < _LONGEST)


def _token_ends(last: str, word: str, *, at_line_start: bool) -> bool:
    """Whether a full stop between ``last`` and ``word`` ends a sentence."""
    if len(last) == 1 and last.isalpha():
        return last == "I" or not last.isupper()
    small = last.lower()
    if small in _BEFORE_NAME:
        return False
    if small in _BEFORE_NUMBER:
        return not word[0].isdigit()
    if small in _MAY_END or all(len(part) == 1 for part in small.split(".")):
        return word.lower() in _OPENERS
    return not (at_line_start and last.isdigit() and len(last) <= 3)  # the number of an item in a list


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    """Append what is between ``start`` and ``end``, without white space at its sides, in pieces that are not too long."""
    if text[start : start + 1].isspace():
        start = end - len(text[start:end].lstrip())
    if text[end - 1 : end].isspace():
        end = start + len(text[start:end].rstrip())
    while end - start > MAX_SENTENCE:
        gap = _SPACE_AT_END.search(text, start, start + MAX_SENTENCE + 1)
        cut = gap.start() if gap else start + MAX_SENTENCE
        spans.append((start, start + len(text[start:cut].rstrip())))
        start = end - len(text[cut:end].lstrip())
    if end > start:
        spans.append((start, end))
