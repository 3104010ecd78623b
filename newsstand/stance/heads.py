"""The stance heads of a run, a fast one and an accurate one, and which of them answers. Not for how one decides (see ``head``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from newsstand.answers import Abstention, AbstentionReason, StanceLabel
from newsstand.documents import STANCES, Document
from newsstand.stance.head import Asked, StanceHead
from newsstand.stance.modes import StanceChoice, StanceMode
from newsstand.stance.passages import Passage, passages
from newsstand.stance.targets import Found, KnownTargets, read_article


@dataclass(frozen=True)
class StanceHeads:
    """One head or two.

    In the mode ``fast`` the linear head answers, in ``accurate`` the encoder; in ``cascade`` the linear head answers where it
    is sure, and the encoder elsewhere. Where nobody says which, targets that somebody names are answered by ``accurate``, and
    known targets that are found without being asked for by ``fast``: a question is worth more time than a find. A run that
    has one head answers with that one.

    Parameters
    ----------
    targets : KnownTargets
        Looked for in articles when nobody names a target.
    fast, accurate : StanceHead or None
        At least one of them.
    sure : float
        The probability from which on the fast head is sure.
    """

    targets: KnownTargets = field(default_factory=KnownTargets)
    fast: StanceHead | None = None
    accurate: StanceHead | None = None
    sure: float = 1.0

    def __post_init__(self) -> None:
        if not (self.fast or self.accurate):
            raise ValueError("there is no stance head")
        if not 0 <= self.sure <= 1:
            raise ValueError("what is sure must be a probability")

    def rounding(self, targets: Sequence[str] | None) -> float:
        """By how much the arithmetic of another processor may change a probability where nobody says which head answers."""
        return self._head(_mode(targets, None)).scorer.rounding

    def load(self) -> None:
        """Load now what would otherwise be loaded when it is first needed: an encoder.

        Raises
        ------
        ArtifactError
            If that is damaged, or needs a library that is not installed.
        """
        for head in (self.fast, self.accurate):
            if head is not None:
                head.scorer.load()

    def threshold(self, mode: StanceMode | None = None) -> float:
        """The probability below which the head that answers about a named target abstains."""
        return self._head(mode or "accurate").threshold

    def reads_slowly(self, targets: Sequence[str] | None, mode: StanceChoice | None) -> bool:
        """Whether an answer may take the encoder, and so a hundred times as long."""
        if mode == "off" or (targets is not None and not targets):
            return False
        return self.accurate is not None and (self.fast is None or _mode(targets, mode) != "fast")

    def label(
        self,
        document: Document,
        targets: Sequence[str] | None = None,
        mode: StanceChoice | None = None,
        *,
        explain: bool = True,
    ) -> tuple[tuple[StanceLabel, ...], tuple[Abstention, ...]]:
        """The stance of a document towards targets, and why some have none.

        Parameters
        ----------
        document : Document
        targets : sequence of str, optional
            Any phrases; ``None`` for the known targets that the document mentions, at most five.
        mode : {"off", "fast", "cascade", "accurate"}, optional
        explain : bool
            Whether to give evidence.
        """
        if mode == "off" or (targets is not None and not targets):
            return (), ()
        readings = read_article(document)
        if targets is None:
            found = self.targets.mentioned(readings)
        else:
            found = [self.targets.find(target, readings) for target in dict.fromkeys(targets)]
        asked = [_asked(one, passages(readings, one.mentions)) for one in found if one.mentions]
        given = iter(self._given(asked, _mode(targets, mode), explain=explain))
        labels = [
            next(given) if one.mentions else StanceLabel(one.target, mentioned=False, stance=None, scores=None)
            for one in found
        ]
        reasons: dict[AbstentionReason, None] = {}
        for label in labels:
            if label.stance is None:
                reasons["low_confidence" if label.mentioned else "target_not_mentioned"] = None
        return tuple(labels), tuple(Abstention("stance", reason) for reason in reasons)

    def probabilities(
        self, document: Document, targets: Sequence[str], mode: StanceMode | None = None
    ) -> tuple[NDArray[np.float32], list[bool]]:
        """Calibrated probabilities of favor, against and neutral, also where the document does not mention the target.

        Returns
        -------
        probabilities : array of shape (n_targets, 3)
        mentioned : list of bool
        """
        readings = read_article(document)
        found = [self.targets.find(target, readings) for target in targets]
        result = np.zeros((len(found), len(STANCES)), np.float32)
        mode = _mode(targets, mode)
        for row, one in enumerate(found):
            asked = _asked(one, passages(readings, one.mentions))
            result[row] = self._head("fast" if mode == "cascade" else mode).probabilities(asked)
            if mode == "cascade" and self.accurate and result[row].max() < self.sure:
                result[row] = self.accurate.probabilities(asked)
        return result, [one.mentioned for one in found]

    def _head(self, mode: StanceMode) -> StanceHead:
        head = self.fast or self.accurate if mode == "fast" else self.accurate or self.fast
        assert head is not None
        return head

    def _given(self, asked: Sequence[Asked], mode: StanceMode, *, explain: bool) -> list[StanceLabel]:
        if not asked:
            return []
        if mode != "cascade" or not (self.fast and self.accurate):
            return self._head(mode).label(asked, explain=explain)
        labels = self.fast.label(asked, explain=explain)
        unsure = [n for n, label in enumerate(labels) if max((label.scores or {}).values(), default=0.0) < self.sure]
        again = self.accurate.label([asked[n] for n in unsure], explain=explain)
        for n, label in zip(unsure, again, strict=True):
            labels[n] = label
        return labels


def _mode(targets: Sequence[str] | None, mode: StanceMode | None) -> StanceMode:
    return mode or ("fast" if targets is None else "accurate")


def _asked(found: Found, read: Sequence[Passage]) -> Asked:
    return Asked(found.target, found.known.name if found.known else found.target, read)
