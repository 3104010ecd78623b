"""What a larger encoder says of pairs, for a smaller one to learn (Hinton et al. 2015). Not for the learning (see ``finetune``)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from newsstand.documents import STANCES
from newsstand.errors import InputError
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.passages import Passage
from train.encoder.mix import SUBJECT, Pair, Shares, with_other_targets

TRUST = 0.5  # the teacher's part in what is learned of an example that has a gold stance
SAVE_EVERY = 500  # pairs
Progress = Callable[[float], None]


def taught(pairs: Sequence[Pair], teacher: EncoderScorer, file: Path, seed: int, on_progress: Progress) -> list[Pair]:
    """The pairs, each to be answered half as their gold stance says and half as the teacher does, and new ones as it does.

    Of a corpus that the teacher has not learned from, pairs are answered as their gold stance says: of texts of another kind it may
    know less than they do. New pairs have the texts of comments, posts and debates with targets that others of the same corpus are
    asked about (:func:`train.encoder.mix.with_other_targets`). Its answers go to a file every 500 pairs and when Ctrl-C comes,
    from where the next call with the same arguments goes on.

    Parameters
    ----------
    pairs : sequence of Pair
    teacher : EncoderScorer
    file : Path
        Of its answers, in NumPy's format; for these pairs, this teacher and this seed only.
    seed : int

    Raises
    ------
    InputError
        If the teacher has learned from none of the corpora, or the file is damaged or of other pairs.
    """
    familiar = [pair for pair in pairs if pair.corpus.removesuffix(SUBJECT) in teacher.learned_from]
    others = [pair for pair in pairs if pair.corpus.removesuffix(SUBJECT) not in teacher.learned_from]
    if not familiar:
        raise InputError("the teacher has learned from none of these corpora: give it some of the same files")
    asked = with_other_targets(familiar, seed)
    answers = _answers([*familiar, *asked], teacher, file, on_progress)
    told = [_shares(row) for row in answers[len(familiar) :]]
    known = [replace(pair, told=_shares(_mixed(pair, row))) for pair, row in zip(familiar, answers, strict=False)]
    new = [replace(pair, told=shares, gold=shares.index(max(shares))) for pair, shares in zip(asked, told, strict=True)]
    return [*known, *new, *others]


def _mixed(pair: Pair, answer: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((1 - TRUST) * np.array(pair.aim) + TRUST * answer, np.float32)


def _shares(row: NDArray[np.float32]) -> Shares:
    favor, against, neutral = row.tolist()
    return favor, against, neutral


def _answers(pairs: Sequence[Pair], teacher: EncoderScorer, file: Path, on_progress: Progress) -> NDArray[np.float32]:
    """Probabilities of the three stances, shape (n_pairs, 3)."""
    found = np.zeros((len(pairs), len(STANCES)), np.float32)
    done = _resumed(file, found)
    try:
        for row in range(done, len(pairs)):
            pair = pairs[row]
            found[row] = softmax(teacher.score([(pair.target, Passage("text", 0, pair.passage))])[0])
            done = row + 1
            if done % SAVE_EVERY == 0:
                _save(file, found[:done])
                on_progress(done / len(pairs))
    finally:
        _save(file, found[:done])
    on_progress(1.0)
    return found


def _save(file: Path, found: NDArray[np.float32]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.tmp")
    with temporary.open("wb") as opened:
        np.save(opened, found, allow_pickle=False)
    os.replace(temporary, file)


def _resumed(file: Path, found: NDArray[np.float32]) -> int:
    """How many answers the file has; they are written into ``found``."""
    if not file.is_file():
        return 0
    try:
        known = np.load(file, allow_pickle=False)
        found[: len(known)] = known
        return len(known)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(
            "the teacher's answers are damaged or of other examples: remove the folder", str(file)
        ) from error
