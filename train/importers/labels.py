"""From the labels that a corpus was published with to ours. Not for the label sets themselves."""

from __future__ import annotations

from collections.abc import Mapping

from newsstand.labels import LabelSet

LabelMapping = Mapping[str, tuple[str, ...]]


def translate(labels: tuple[str, ...] | None, mapping: LabelMapping | None) -> tuple[str, ...] | None:
    """Give the topics of a document that was published under ``labels``; without a mapping, the labels as they stand.

    Returns
    -------
    tuple of str, or None
        ``None`` (nobody annotated it) where there are no labels, or an empty list in the mapping says for each of them
        that it tells nothing. A label that the mapping does not know gives no topic.
    """
    if labels is None or mapping is None:
        return labels
    if labels and all(mapping.get(label) == () for label in labels):
        return None
    return tuple(dict.fromkeys(topic for label in labels for topic in mapping.get(label, ())))


def mapped_scope(mapping: LabelMapping) -> tuple[str, ...]:
    """List every topic of ours that a mapping can give, sorted."""
    return tuple(sorted({topic for topics in mapping.values() for topic in topics}))


def mapping_or_none(corpus: str, label_set: LabelSet, *, published_labels: bool) -> LabelMapping | None:
    """Look up the mapping for a corpus, ``None`` where the published labels are to stay.

    Raises
    ------
    LabelError
        If a mapping is needed and the label set has none for the corpus.
    """
    return None if published_labels else label_set.mapping(corpus)


def optional_mapping(corpus: str, label_set: LabelSet, *, published_labels: bool) -> LabelMapping | None:
    """Look up the mapping for a corpus whose own labels are as good as ours, ``None`` where there is none."""
    return None if published_labels or corpus not in label_set.mappings else label_set.mapping(corpus)
