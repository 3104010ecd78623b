"""What a motion is about: "We should ban kites" is against kites. Not for claims of another form."""

from __future__ import annotations

import re

_MOTION = re.compile(
    r"(?:this house (?:would|will|believes (?:that )?we should)|we should|should we)\s+(?:not\s+)?(\w+)\s+(.+?)\??",
    re.IGNORECASE,
)
_AGAINST = frozenset(
    "ban abolish end prohibit cancel close fight oppose limit stop abandon restrict criminalize disband reject".split()  # noqa: SIM905
)
_IN_FAVOUR = frozenset(
    "adopt subsidize legalize introduce promote support allow increase encourage embrace permit protect implement".split()  # noqa: SIM905
)
_LONGEST = 6  # words


def subject_of(motion: str) -> tuple[str, bool] | None:
    """The subject of a motion, and whether the motion is for it; ``None`` if the rules do not say.

    People ask for the stance towards capital punishment, where debate corpora have "We should abolish capital punishment".
    """
    found = _MOTION.fullmatch(motion.strip())
    if not found or " not " in f" {motion.lower()} ":
        return None
    verb, subject = found[1].lower(), found[2]
    if verb not in _AGAINST | _IN_FAVOUR or len(subject.split()) > _LONGEST:
        return None
    return subject, verb in _IN_FAVOUR
