"""How much of the linear scores is put beside those of an encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from newsstand.documents import Document, GoldStance
from newsstand.stance.encoder import EncoderScorer
from newsstand.stance.passages import Pair
from newsstand.stance.targets import KnownTargets
from train.encoder.training import keep_encoder
from train.stance.fit import StanceOptions, fit_stance
from train.stance.pairs import stance_examples
from train.stance.vectors import learn_words

SAID = {"favor": "praised", "against": "condemned", "neutral": "discussed"}


class Reader(EncoderScorer):
    """Knows what was said of any target but the harbour."""

    def score(self, pairs: Sequence[Pair]) -> Any:
        rows = [[said in p.text and target != "the harbour" for said in SAID.values()] for target, p in pairs]
        return np.array(rows, np.float32)


def test_what_the_linear_head_knows_of_frequent_targets_alone_gives_it_no_say(make_corpus: Callable[..., Any]) -> None:
    targets = ["the harbour"] * 100 + [f"tunnel {number}" for number in range(120)]
    documents = [
        Document(f"Number {n}: they {said} {target}.", stances=(GoldStance(target, stance),))  # type: ignore[arg-type]
        for n, target in enumerate(targets)
        for stance, said in SAID.items()
    ]
    examples = stance_examples([make_corpus(documents)], KnownTargets())
    fast = fit_stance(examples, learn_words([]), StanceOptions(C=1), lambda share: None)
    right = np.eye(3, dtype=np.float32)[examples.gold[fast.owner]]
    frequent = np.array([examples.targets[example] == "the harbour" for example in fast.owner])
    fast = replace(fast, scores=np.where(frequent[:, None], 3 * right, np.roll(right, 1, axis=1) / 2))
    fitted, _ = keep_encoder(Reader(Path()), examples, ["mine"], fast, 0, lambda stage, share: None)
    assert isinstance(fitted.head.scorer, Reader)  # and no sum of both
