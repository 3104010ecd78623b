"""What a request for labels may ask for in its query. Not for what is in its body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from newsstand.answers import Abstention, Answer
from newsstand.stance.modes import STANCE_CHOICES, StanceChoice
from newsstand.tagger import Tagger
from service.problems import InvalidParameter

_MOST_FIELDS = 100
_MOST_REMEMBERED = 200  # bytes


@dataclass(frozen=True, slots=True)
class Options:
    """How to label.

    Parameters
    ----------
    explain : bool
        Whether to give evidence.
    topics : frozenset of str or None
        The only topics to give; ``None`` for all of the run.
    run : str or None
        The run to label with; ``None`` for the one in use.
    stance : {"off", "fast", "cascade", "accurate"} or None
        Which stance head answers; see :class:`newsstand.stance.heads.StanceHeads`.
    """

    explain: bool = True
    topics: frozenset[str] | None = None
    run: str | None = None
    stance: StanceChoice | None = None


def read_options(query: bytes) -> Options:
    """The options in a query; what is no option is ignored, and of two equal ones the last counts, but topics add up.

    Raises
    ------
    InvalidParameter
    """
    return _remembered(query) if len(query) <= _MOST_REMEMBERED else _parse(query)


def _parse(query: bytes) -> Options:
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise InvalidParameter(f"the query has more than {_MOST_FIELDS} parameters") from error
    values = dict(pairs)
    explain = values.get("explain", "true")
    if explain not in ("true", "false"):
        raise InvalidParameter("explain must be true or false")
    topics = [topic for name, value in pairs if name == "topics" for topic in value.split(",")]
    if not all(topics):
        raise InvalidParameter("topics must name at least one topic, several with commas between them")
    if values.get("run") == "":
        raise InvalidParameter("run must name a run")
    stance = values.get("stance")
    if stance is not None and stance not in STANCE_CHOICES:
        raise InvalidParameter(f"stance must be {', '.join(STANCE_CHOICES[:-1])} or {STANCE_CHOICES[-1]}")
    return Options(explain == "true", frozenset(topics) if topics else None, values.get("run"), stance)


_remembered = lru_cache(maxsize=256)(_parse)  # clients ask the same way again and again


def check_topics(tagger: Tagger, wanted: frozenset[str]) -> None:
    """Make sure that a run has all the topics that a request wants.

    Raises
    ------
    InvalidParameter
    """
    known = {topic.id for topic in tagger.run.topics.labels} if tagger.run.topics else set()
    unknown = len(wanted - known)
    if unknown:
        which = "none" if unknown == len(wanted) else f"{unknown} of {len(wanted)} are not"
        raise InvalidParameter(
            f"topics must be ids of the run {tagger.run.name}, and {which}: GET /v1/labels lists them"
        )


def narrowed(answer: Answer, wanted: frozenset[str]) -> Answer:
    """The answer with the wanted topics only; where that leaves none, the head abstains."""
    topics = tuple([topic for topic in answer.topics if topic.label in wanted])
    if topics or not answer.topics:
        return answer._replace(topics=topics)
    return answer._replace(topics=(), abstained=(Abstention("topics", "low_confidence"), *answer.abstained))
