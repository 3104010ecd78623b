"""What it costs, and what it gains, that a run's encoder has int8 weights: the same head with float32 ones, and torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.report import Measurement
from newsstand.documents import Document
from newsstand.stance.encoder import MODEL, TOKENIZER, EncoderScorer
from newsstand.stance.heads import StanceHeads
from newsstand.stance.joint import JointScorer
from newsstand.stance.passages import Pair

PASSAGES = 200
ROUNDS = 5


def with_encoder(heads: StanceHeads, folder: Path) -> StanceHeads:
    """The heads with another encoder, all else as it was."""
    assert heads.accurate is not None
    encoder = replace(encoder_of(heads), folder=folder)
    scorer = heads.accurate.scorer
    other = replace(scorer, encoder=encoder) if isinstance(scorer, JointScorer) else encoder
    return replace(heads, accurate=replace(heads.accurate, scorer=other))


def encoder_of(heads: StanceHeads) -> EncoderScorer:
    """The encoder of heads that have one."""
    scorer = heads.accurate.scorer if heads.accurate else None
    encoder = scorer.encoder if isinstance(scorer, JointScorer) else scorer
    if not isinstance(encoder, EncoderScorer):
        raise SystemExit("the run has no encoder")
    return encoder


def check_float32(folder: Path) -> None:
    """Make sure that a folder has an encoder to compare with, rather than the quantised one again.

    Raises
    ------
    SystemExit
        If it has none, or one with int8 weights.
    """
    file = folder / MODEL
    if not file.is_file():
        raise SystemExit(f"--float32: there is no {file}")
    if b"MatMulInteger" in file.read_bytes():
        raise SystemExit(
            f"--float32: the weights in {file} are int8; training leaves those before in encoder-float32.onnx: "
            f"copy it under this name into a folder with {TOKENIZER}"
        )


def quality(
    heads: StanceHeads,
    folder: Path,
    parts: Mapping[str, Sequence[Document]],
    judge: Callable[[StanceHeads, Sequence[Document]], dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """The macro-F1 of both, part by part."""
    full = with_encoder(heads, folder)
    for name, documents in parts.items():
        small, whole = judge(heads, documents)["macro_f1"], judge(full, documents)["macro_f1"]
        yield {"measurement": "quantised", "corpus": name, "int8": small, "float32": whole, "lost": whole - small}


def speed(heads: StanceHeads, folder: Path, base: Path, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Passages a second, one at a time on one thread, the best of five rounds taken in turn.

    Parameters
    ----------
    heads : StanceHeads
    folder : Path
        Of the encoder with float32 weights.
    base : Path
        Of an encoder of the same shape for torch, whose speed does not depend on what it has learned.
    pairs : sequence of (str, Passage)
    """
    encoder = encoder_of(heads)
    ways = {
        "int8": encoder.score,
        "float32": replace(encoder, folder=folder).score,
        "torch": _in_torch(base, encoder.max_tokens),
    }
    some = list(pairs[:PASSAGES])
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, score in ways.items():
            start = time.perf_counter()
            score(some)
            best[name] = min(best[name], time.perf_counter() - start)
    characters = sum(len(passage.text) for _, passage in some) / len(some)
    rates = {name: round(len(some) / taken, 1) for name, taken in best.items()}
    return {"measurement": "quantised speed", "characters": round(characters), **rates}


def _in_torch(base: Path, most: int) -> Callable[[Sequence[Pair]], Any]:
    import torch

    from train.encoder.mix import Pair as Example
    from train.encoder.network import Encoding, StanceNetwork, tensors

    torch.set_num_threads(1)
    network, encoding = StanceNetwork(base).eval(), Encoding(base, most)

    def score(pairs: Sequence[Pair]) -> Any:
        found = []
        with torch.no_grad():
            for target, passage in pairs:
                encoded = encoding.encode([Example(target, passage.text, 0, "", mentioned=True)])
                ids, mask, second, _ = tensors(encoded)
                found.append(network(ids, mask, second).numpy())
        return np.concatenate(found)

    return score


def tables(rows: Sequence[dict[str, Any]], names: dict[str, str]) -> list[Measurement]:
    """The rows as two tables of the page; none without them."""
    lost = [
        {
            "corpus": names[row["corpus"]],
            "int8": f"{row['int8']:.3f}",
            "float32": f"{row['float32']:.3f}",
            "lost": f"{row['lost']:.3f}",
        }
        for row in rows
        if row.get("measurement") == "quantised"
    ]
    fast = next((row for row in rows if row.get("measurement") == "quantised speed"), None)
    found = []
    if lost:
        how = "Macro-F1 of the accurate head, with the encoder as it is shipped and with its weights in float32."
        found.append(Measurement("Encoder with int8 weights", how, lost))
    if fast:
        how = f"Passages of {fast['characters']} characters on average, one at a time, one thread, the best of {ROUNDS} rounds in turn."
        lines = [
            {"encoder": name, "passages a second": fast[key], "times torch": f"{fast[key] / fast['torch']:.1f}"}
            for key, name in (
                ("int8", "onnxruntime, int8"),
                ("float32", "onnxruntime, float32"),
                ("torch", "torch, float32"),
            )
        ]
        found.append(Measurement("Speed of the encoder", how, lines))
    return found
