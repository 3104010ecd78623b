"""Topics that a text has because it keeps naming them: places, mostly. Not for published labels."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from newsstand.documents import Document
from newsstand.labels import LabelSet, NameCounter, Topic

MENTIONS = 3  # in title and text together; once in the title is enough

_WORD = re.compile(r"\w+")


class NamedTopics:
    """The topics of a label set that have ``names``, ready to be looked for in many documents."""

    def __init__(self, label_set: LabelSet) -> None:
        self._topics = [topic for topic in label_set if topic.names]
        self._counters = {topic.id: NameCounter(topic) for topic in self._topics}
        self._key_words = {topic.id: _key_words(topic) for topic in self._topics}
        self._all_key_words = frozenset[str]().union(*self._key_words.values())

    @property
    def ids(self) -> tuple[str, ...]:
        """The topics looked for."""
        return tuple(topic.id for topic in self._topics)

    def add(self, document: Document) -> Document:
        """Return the document with every topic that its title names, or its title and text at least three times.

        A document whose topics nobody annotated stays so: one topic found would make all the others negatives.
        """
        if document.topics is None:
            return document
        in_title = self._named(document.title, 1)
        in_text = self._named(document.text, MENTIONS)
        found = [t for t in self.ids if (t in in_title or t in in_text) and t not in document.topics]
        return replace(document, topics=(*document.topics, *found)) if found else document

    def _named(self, text: str, at_least: int) -> set[str]:
        # Counting words is many times faster than searching for names, and few topics come near the number that
        # matters: a topic is named at most as often as the key words of its names occur.
        words = Counter(_WORD.findall(text))
        seen = words.keys() & self._all_key_words
        if not seen:
            return set()
        likely = (t for t, keys in self._key_words.items() if sum(words[w] for w in keys & seen) >= at_least)
        return {topic_id for topic_id in likely if self._counters[topic_id].count(text) >= at_least}


def add_named_topics(document: Document, label_set: LabelSet) -> Document:
    """Add the topics that one document names; for many documents, keep a :class:`NamedTopics`."""
    return NamedTopics(label_set).add(document)


def _key_words(topic: Topic) -> frozenset[str]:
    return frozenset(_key_word(_WORD.findall(name)) for name in topic.names if _WORD.search(name))


def _key_word(words: list[str]) -> str:
    # The longest word of a name, and the last of those, is seldom a common one: "Korea" and not "North".
    return max(reversed(words), key=len)
