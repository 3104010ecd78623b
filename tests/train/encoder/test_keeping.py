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
from train.encoder.training import MOST_OF_CORPUS, keep_encoder, rows_to_calibrate_on
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


def test_comments_that_do_not_name_their_target_help_to_calibrate_but_never_outweigh_the_others(
    make_corpus: Callable[..., Any],
) -> None:
    def chosen(named: int, unnamed: int) -> tuple[int, int]:
        texts = ["They praised the tunnel."] * named + ["They praised it."] * unnamed
        documents = [
            Document(f"{text} {n}", stances=(GoldStance("the tunnel", "favor"),)) for n, text in enumerate(texts)
        ]
        examples = stance_examples([make_corpus(documents)], KnownTargets())
        mentioned = examples.mentioned[rows_to_calibrate_on(examples, ["mine"], (), 0)]
        return int(mentioned.sum()), int((~mentioned).sum())

    most = MOST_OF_CORPUS
    assert chosen(2 * most, 2 * most) == (most // 2, most // 2)
    assert chosen(2 * most, 10) == (most - 10, 10)
    assert chosen(2 * most, 0) == (most, 0)
    assert chosen(20, most) == (20, 20)
