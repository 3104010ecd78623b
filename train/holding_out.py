"""Three ways to hold documents out: by outlet, by time, at random. Not for the folds of a training (see train.split)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import Document
from newsstand.errors import InputError, SettingError
from train.split import near_duplicate_groups, outlets

By = Literal["outlet", "time", "random"]
WAYS: tuple[By, ...] = ("outlet", "time", "random")


@dataclass(frozen=True)
class HeldOut:
    """Which documents are held out, and which are learned from.

    Parameters
    ----------
    train, test : array of int64
        Positions of the documents, ascending. No document of one is a near-duplicate of a document of the other.
    near_duplicates : int
        Documents in neither, because they are near-duplicates of held-out ones.
    undated : int
        Documents in neither, because the split is by time and they have no date.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    near_duplicates: int = 0
    undated: int = 0


def hold_out(
    documents: Sequence[Document],
    by: By,
    share: float = 0.2,
    seed: int = 0,
    groups: NDArray[np.intp] | None = None,
) -> HeldOut:
    """Hold out about ``share`` of the documents; the same documents and seed give the same split.

    Parameters
    ----------
    documents : sequence of Document
    by : {"outlet", "time", "random"}
        ``outlet``: whole outlets, drawn at random; documents without a source count as outlets of their own. ``time``:
        the latest days. ``random``: groups of near-duplicates, drawn at random.
    share : float
        Of the documents, between 0 and 1. By outlet it may be less, as outlets are not cut.
    seed : int
        For the drawing; the split by time has nothing to draw.
    groups : array of intp, optional
        Those of the near-duplicates, where they are known already.

    Raises
    ------
    InputError
        If one side would be empty: all from one outlet, all of one day, or no dates.
    SettingError
        If the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise SettingError(f"the share to hold out must be between 0 and 1, such as 0.2; got {share:g}")
    groups = near_duplicate_groups(documents) if groups is None else groups
    undated = 0
    if by == "time":
        days = np.array([_day(document.date) for document in documents], np.int64)
        undated = int((days == 0).sum())
        test = _latest(days, share)
        considered = days > 0
    else:
        names = outlets(documents) if by == "outlet" else [str(group) for group in groups.tolist()]
        test = _drawn([name or f"\0{n}" for n, name in enumerate(names)], share, seed)
        considered = np.ones(len(documents), bool)
    leaking = considered & ~test & np.isin(groups, groups[test])
    train = considered & ~test & ~leaking
    if not train.any() or not test.any():
        raise InputError(_one_sided(by))
    return HeldOut(np.flatnonzero(train), np.flatnonzero(test), int(leaking.sum()), undated)


def _drawn(keys: Sequence[str], share: float, seed: int) -> NDArray[np.bool_]:
    """Whole keys in random order, each held out if it fits into what is left of the share; at least one, the smallest."""
    names, key, sizes = np.unique(np.array(keys, object).astype(str), return_inverse=True, return_counts=True)
    wanted = share * len(keys)
    chosen = np.zeros(len(names), bool)
    held = 0
    for n in np.random.default_rng(seed).permutation(len(names)).tolist():
        if held + sizes[n] <= wanted:
            chosen[n] = True
            held += int(sizes[n])
    if not held and len(names) > 1:
        chosen[sizes.argmin()] = True
    held_out: NDArray[np.bool_] = chosen[key]
    return held_out


def _latest(days: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """The documents from the day on from which they are nearest to the share; a day is not cut in two."""
    dated = np.sort(days[days > 0])
    if not len(dated):
        return np.zeros(len(days), bool)
    starts = np.unique(dated)[1:]  # the first day is never held out
    if not len(starts):
        return np.zeros(len(days), bool)
    sizes = len(dated) - np.searchsorted(dated, starts)
    first = starts[np.abs(sizes - share * len(dated)).argmin()]
    latest: NDArray[np.bool_] = days >= first
    return latest


def _day(text: str | None) -> int:
    """Number of the day that a date begins with, 0 where it is none."""
    try:
        return date.fromisoformat((text or "")[:10]).toordinal()
    except ValueError:
        return 0


def _one_sided(by: By) -> str:
    return {
        "outlet": "cannot split by outlet: all documents are of one outlet, or near-duplicates of each other; try --by random",
        "time": "cannot split by time: the documents need a 'date' (YYYY-MM-DD) and more than one day; try --by outlet",
        "random": "cannot split: there is one document, or all are near-duplicates of each other",
    }[by]
