"""One article and what a request wants to know of it, up to its answer. Not for bodies (see ``bodies``) or queries (``options``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newsstand.answers import Answer
from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.tagger import Tagger
from service.bodies import read_document
from service.options import Options, narrowed
from service.problems import NoStanceHead

MAX_TARGETS = 20
MAX_TARGET_CHARACTERS = 500
Targets = tuple[str, ...] | None
"""What to give stances towards; ``None`` leaves that to the run."""


@dataclass(frozen=True, slots=True)
class Question:
    """A document and the targets to give stances towards."""

    document: Document
    targets: Targets = None


def read_question(record: Any, max_chars: int, place: str | None = None, common: Targets = None) -> Question:
    """The question of a parsed JSON value.

    Parameters
    ----------
    record : object
    max_chars : int
        Length of the longest title or text.
    place : str, optional
        Where the value stands in the body, for the error message: ``"documents[3]"``.
    common : tuple of str, optional
        The targets of a record that names none.

    Raises
    ------
    InputError, TextTooLong
    """
    document = read_document(record, max_chars, place)
    targets = read_targets(record, place)
    return Question(document, common if targets is None else targets)


def read_targets(record: Mapping[str, Any], place: str | None = None) -> Targets:
    """The targets that a JSON object asks about.

    Raises
    ------
    InputError
        If they are no list of at most 20 strings, none of them blank or longer than 500 characters.
    """
    targets = record.get("targets")
    if targets is None:
        return None
    place = f"{place}.targets" if place else "targets"
    if not isinstance(targets, list) or not all(isinstance(target, str) and target.strip() for target in targets):
        raise InputError("expected a list of non-empty strings", place)
    if len(targets) > MAX_TARGETS:
        raise InputError(f"{len(targets)} targets are more than the limit of {MAX_TARGETS}", place)
    if any(len(target) > MAX_TARGET_CHARACTERS for target in targets):
        raise InputError(f"a target is longer than {MAX_TARGET_CHARACTERS} characters", place)
    return tuple(targets)


def reads_slowly(tagger: Tagger, targets: Targets, options: Options) -> bool:
    """Whether an answer may take the encoder, which is no work for the event loop."""
    return tagger.run.stance is not None and tagger.run.stance.reads_slowly(targets, options.stance)


def answer_of(tagger: Tagger, question: Question, options: Options) -> Answer:
    """The answer to a question.

    Raises
    ------
    NoStanceHead
    """
    if question.targets and not tagger.run.stance:
        raise NoStanceHead("this run has no stance head: leave 'targets' out")
    answer = tagger.label(question.document, targets=question.targets, stance=options.stance, explain=options.explain)
    return answer if options.topics is None else narrowed(answer, options.topics)
