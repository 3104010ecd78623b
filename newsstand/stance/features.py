"""From pairs of a target and a passage to numbers that a linear model can weigh. Knows no weights.

Hashed n-grams near and far from the mentions of the target, with the target itself replaced, so that they carry over to targets
never seen; n-grams together with the target, for those seen; negation and quotation; and, from a table of words, how kind the
words around the target are, what they are about, and how close the passage is to the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.stance import words
from newsstand.stance.passages import Pair
from newsstand.stance.words import CONTENT, FLAGS, LONG, RAW, ROOT, SHORT, WordTable

VERSION = 1
BITS = 18
NEAR = 8
_TARGET = np.uint64(0x7A26E7)
_FAR = 99
_SCOPE = 5  # words that a negation reaches
_MOST_TARGET_WORDS = 4
N_TONES = 9
N_LIKENESSES = 9
_CLOSEST = 12

Longs = NDArray[np.uint64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """The features of some pairs.

    Parameters
    ----------
    n_pairs : int
    row, token, index, value : arrays of shape (n_entries,)
        Pair, token (or -1), column and value of each hashed feature.
    dense_tokens : array of float32, shape (n_tokens, n_dense)
        What each token adds to the dense features of its pair.
    dense_rows : array of float32, shape (n_pairs, n_dense)
        Dense features.
    token_row : array of int, shape (n_tokens,)
        Pair of each token.
    token_start : array of int, shape (n_tokens,)
        Where each token begins in its passage.
    """

    n_pairs: int
    row: NDArray[np.intp]
    token: NDArray[np.intp]
    index: NDArray[np.intp]
    value: Floats
    dense_tokens: Floats
    dense_rows: Floats
    token_row: NDArray[np.intp]
    token_start: NDArray[np.intp]


def n_dense(size: int) -> int:
    """How many dense features there are with word vectors of that size."""
    return N_TONES + 2 * size + N_LIKENESSES


@dataclass(frozen=True)
class _Target:
    """What is known of one target."""

    named: Longs  # the hashes of the root of each word
    content: Longs
    hashed: np.uint64

    @classmethod
    def of(cls, target: str) -> _Target:
        known = words.tokens(target, words.MAX_TARGET)[0]
        named = known[:, ROOT]
        content = known[(known[:, FLAGS] & np.uint64(CONTENT)) > 0, ROOT]
        return cls(named, content, np.bitwise_xor.reduce(_mix(99, np.unique(content if len(content) else named))))

    @property
    def telling(self) -> Longs:
        """The content words, or all where there are none."""
        return self.content if len(self.content) else self.named


@dataclass(frozen=True)
class _Text:
    """The tokens of all pairs in a row."""

    row: NDArray[np.intp]
    start: NDArray[np.intp]
    first: NDArray[np.intp]  # of the pair of each token, its first token
    known: Longs
    starts: NDArray[np.intp]  # of each pair, its first token, and the number of tokens
    target: Longs  # hash of the target of each pair
    targets: list[_Target]
    is_target: NDArray[np.bool_]
    distance: NDArray[np.intp]  # to the nearest mention, negative before it
    negated: NDArray[np.bool_]
    quoted: NDArray[np.bool_]


def features(pairs: Sequence[Pair], table: WordTable) -> Features:
    """The features of pairs, at least one of them."""
    text = _read(pairs)
    entries = _Entries(text)
    root = np.where(text.is_target, _TARGET, text.known[:, ROOT])
    raw = np.where(text.is_target, _TARGET, text.known[:, RAW])
    distance = np.abs(text.distance)
    bucket = np.searchsorted([1, 3, 6, 12, _FAR], distance).astype(np.uint64)
    side = (text.distance > 0).astype(np.uint64)
    near = distance <= NEAR
    pair = np.flatnonzero(text.row[1:] == text.row[:-1])
    near_pair = pair[near[pair] & near[pair + 1]]
    target = text.target[text.row]
    everything = np.arange(len(root))
    entries.add(1, everything, raw)
    entries.add(2, everything, root)
    entries.add(3, pair, root[:-1][pair], root[1:][pair])
    entries.add(4, np.flatnonzero(near), root[near], bucket[near], side[near])
    entries.add(5, near_pair, root[:-1][near_pair], root[1:][near_pair])
    entries.add(6, np.flatnonzero(text.negated), root[text.negated])
    entries.add(7, np.flatnonzero(text.quoted), root[text.quoted], weight=0.5)
    long = np.flatnonzero(text.known[:, SHORT])
    both = np.concatenate([long, long])
    prefix = np.concatenate([text.known[long, SHORT], text.known[long, LONG]])
    entries.add(8, both, prefix)
    entries.add(9, everything, root, target)
    entries.add(10, pair, root[:-1][pair], root[1:][pair], target[pair])
    entries.add(11, both, prefix, target[both])
    _add_target_words(entries, text, root)
    overlap = _overlap(text)
    for salt, values in enumerate(overlap.T, start=20):
        entries.add_rows(salt, np.arange(len(pairs)), values)
    looked_up = table.look_up(text.known[:, ROOT])
    dense_tokens = _dense_tokens(text, *looked_up)
    dense_rows = np.add.reduceat(dense_tokens, text.starts[:-1], axis=0)
    passage = slice(N_TONES + table.size, N_TONES + 2 * table.size)
    length = np.linalg.norm(dense_rows[:, passage], axis=1, keepdims=True) / 2 + 1e-6
    dense_rows[:, passage] /= length
    dense_tokens[:, passage] /= length[text.row]
    dense_rows[:, N_TONES + 2 * table.size :] = _likeness(text, table, looked_up[0], looked_up[2])
    row, token, index, value = entries.joined()
    return Features(len(pairs), row, token, index, value, dense_tokens, dense_rows, text.row, text.start)


class _Entries:
    """Collects hashed features, those of a kind scaled so that each pair has as much of them as another."""

    def __init__(self, text: _Text) -> None:
        self._text = text
        self._parts: list[tuple[NDArray[np.intp], NDArray[np.intp], Longs, Floats]] = []

    def add(self, salt: int, token: NDArray[np.intp], *columns: Longs, weight: float = 1.0) -> None:
        row = self._text.row[token]
        self._append(row, token, _mix(salt, *columns), weight)

    def add_rows(self, salt: int, row: NDArray[np.intp], *columns: Longs, weight: float = 1.0) -> None:
        self._append(row, np.full(len(row), -1), _mix(salt, *columns), weight)

    def _append(self, row: NDArray[np.intp], token: NDArray[np.intp], hashed: Longs, weight: float) -> None:
        count = np.bincount(row, minlength=len(self._text.target))
        value = (weight / np.sqrt(np.maximum(count, 1))).astype(np.float32)
        self._parts.append((row, token, hashed, value[row]))

    def joined(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], Floats]:
        row, token, hashed, value = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return row, token, (hashed & np.uint64((1 << BITS) - 1)).astype(np.intp), value


def _mix(salt: int, *columns: Longs) -> Longs:
    """One hash of several, by multiplication and shift (as in splitmix64, Steele et al. 2014)."""
    mixed: Longs = np.full(len(columns[0]), (salt * 0x9E3779B97F4A7C15) & (2**64 - 1), np.uint64)
    for column in columns:
        mixed = (mixed ^ column) * np.uint64(0xD6E8FEB86659FD93)
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _read(pairs: Sequence[Pair]) -> _Text:
    by_name = {target: _Target.of(target) for target in {target for target, _ in pairs}}
    targets = [by_name[target] for target, _ in pairs]
    parts, starts, masks = [], [], []
    read: dict[str, tuple[Longs, NDArray[np.intp]]] = {}
    for one, (_, passage) in zip(targets, pairs, strict=True):
        if passage.text not in read:
            known, start = words.tokens(passage.text)
            read[passage.text] = known, np.array(start)
        known, place = read[passage.text]
        mask = _is_in(known[:, ROOT], one.telling)
        for begin, end in passage.mentions:
            mask |= (place >= begin) & (place < end)
        parts.append(known)
        starts.append(place)
        masks.append(mask)
    known, is_target = np.concatenate(parts), np.concatenate(masks)
    sizes = [len(part) for part in parts]
    row = np.repeat(np.arange(len(pairs)), sizes)
    bounds = np.cumsum([0, *sizes])
    first = np.repeat(bounds[:-1], sizes)
    return _Text(
        row,
        np.concatenate(starts),
        first,
        known,
        bounds,
        np.array([one.hashed for one in targets], np.uint64),
        targets,
        is_target,
        _distances(is_target, first, row),
        _negated(known[:, FLAGS], first),
        _quoted(known[:, FLAGS], first),
    )


def _is_in(known: Longs, wanted: Longs) -> NDArray[np.bool_]:
    """Which of some hashes are among a few others."""
    return np.asarray((known[:, None] == wanted).any(axis=1))


def _distances(is_target: NDArray[np.bool_], first: NDArray[np.intp], row: NDArray[np.intp]) -> NDArray[np.intp]:
    place = np.arange(len(row))
    before = np.maximum.accumulate(np.where(is_target, place, -1))
    after = np.minimum.accumulate(np.where(is_target, place, len(row))[::-1])[::-1]
    since = np.where(before >= first, place - before, _FAR)
    same = (after < len(row)) & (row[np.minimum(after, len(row) - 1)] == row)
    until = np.where(same, after - place, _FAR)
    return np.where(since <= until, np.minimum(since, _FAR), -np.minimum(until, _FAR))


def _negated(flags: Longs, first: NDArray[np.intp]) -> NDArray[np.bool_]:
    place = np.arange(len(flags))
    negation = np.maximum.accumulate(np.where(flags & np.uint64(words.NEGATION), place, -1))
    stop = np.maximum.accumulate(np.where(flags & np.uint64(words.STOP), place, -1))
    return np.asarray((negation >= first) & (negation < place) & (place - negation <= _SCOPE) & (negation > stop))


def _quoted(flags: Longs, first: NDArray[np.intp]) -> NDArray[np.bool_]:
    def so_far(flag: int) -> NDArray[np.intp]:
        own = ((flags & np.uint64(flag)) > 0).astype(np.intp)
        total = np.cumsum(own)
        return total - (total - own)[first]

    return np.asarray((so_far(words.QUOTE) % 2 == 1) | (so_far(words.OPENING) > so_far(words.CLOSING)), bool)


def _add_target_words(entries: _Entries, text: _Text, root: Longs) -> None:
    """The words of the target, each alone and with each word of the passage."""
    tokens, columns, rows, alone = [], [], [], []
    for row, target in enumerate(text.targets):
        alone.append(target.named)
        rows.append(np.full(len(target.named), row))
        token = np.arange(text.starts[row], text.starts[row + 1])
        for word in target.content[:_MOST_TARGET_WORDS]:
            tokens.append(token)
            columns.append(np.full(len(token), word))
    entries.add_rows(12, np.concatenate(rows), np.concatenate(alone))
    if tokens:
        token = np.concatenate(tokens)
        entries.add(13, token, root[token], np.concatenate(columns))
    entries.add_rows(14, np.arange(len(text.target)), text.target)


def _overlap(text: _Text) -> Longs:
    """How much of the target the passage has, how often and how early, in steps; shape (n_pairs, 4)."""
    overlap = np.zeros((len(text.targets), 4), np.uint64)
    count = np.bincount(text.row, weights=text.is_target, minlength=len(overlap)).astype(int)
    size = np.bincount(text.row, minlength=len(overlap))
    for row, target in enumerate(text.targets):
        own = slice(text.starts[row], text.starts[row + 1])
        present = _is_in(target.named, text.known[own, ROOT])
        hits = np.flatnonzero(text.is_target[own])
        share = round(4 * float(present.mean()))
        early = min(6, int(hits[0]) // 10) if len(hits) else 9
        overlap[row] = share, min(count[row], 5), early, 8 * share + min(6, size[row] // 15)
    return overlap


def _dense_tokens(text: _Text, idf: Floats, polarity: Floats, vector: Floats) -> Floats:
    """What each token adds: tones near and far, its vector if near a mention, its vector."""
    tone: NDArray[Any] = np.where(text.negated, -0.7, 1.0).astype(np.float32) * polarity * ~text.is_target
    distance = np.abs(text.distance)
    close = (1 / (1 + distance / 4)).astype(np.float32)
    length = np.sqrt(np.bincount(text.row)[text.row]).astype(np.float32)
    reach = distance <= 10
    tones: list[NDArray[Any]] = [
        tone / length,
        tone * close,
        tone * (distance <= 4),
        tone * (reach & (text.distance < 0)),
        tone * (reach & (text.distance > 0)),
        np.maximum(tone, np.float32(0)) / length,
        np.minimum(tone, np.float32(0)) / length,
        tone * close * text.quoted,
        tone / length * text.quoted,
    ]
    near = np.where((distance <= NEAR) & ~text.is_target, idf / (1 + distance / 3), 0) / 10
    likeness = np.zeros((len(idf), N_LIKENESSES), np.float32)
    return np.concatenate(
        [np.stack(tones, axis=1) * 2, vector * near[:, None], vector * idf[:, None], likeness], axis=1
    ).astype(np.float32)


def _likeness(text: _Text, table: WordTable, idf: Floats, vector: Floats) -> Floats:
    """How close the words of each passage are to those of its target, and the tone of the target; shape (n_pairs, 9)."""
    likeness = np.zeros((len(text.targets), N_LIKENESSES), np.float32)
    known = {id(target): _Meaning.of(target, table) for target in {id(one): one for one in text.targets}.values()}
    passages = np.add.reduceat(vector * idf[:, None], text.starts[:-1], axis=0)
    lengths = np.linalg.norm(passages, axis=1)
    for row, target in enumerate(text.targets):
        own = slice(text.starts[row], text.starts[row + 1])
        meaning = known[id(target)]
        likeness[row, 8] = meaning.tone
        if meaning.direction is None or not lengths[row]:
            continue
        closeness = np.sort(vector[own] @ meaning.direction)[: -_CLOSEST - 1 : -1]
        each = (vector[own] @ meaning.words).max(axis=0)
        together = passages[row] @ meaning.direction / (lengths[row] + 1e-6)
        steps = np.cumsum(closeness)
        ends = [min(count, len(steps)) for count in (1, 3, 6, _CLOSEST)]
        likeness[row, :4] = [steps[end - 1] / end for end in ends]
        likeness[row, 4:8] = together, each.min(), each.sum() / len(each), 1
    return likeness * np.float32(2)


@dataclass(frozen=True)
class _Meaning:
    """The vectors of a target: of all its words together, and of each that is known."""

    direction: Floats | None
    words: Floats
    tone: np.float32

    @classmethod
    def of(cls, target: _Target, table: WordTable) -> _Meaning:
        idf, tone, vector = table.look_up(target.named)
        meant = (vector * idf[:, None]).sum(axis=0)
        norm = np.linalg.norm(meant)
        return cls(meant / norm if norm else None, vector[idf > 0].T, tone.sum())
