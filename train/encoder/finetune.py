"""The fine-tuning loop: resumable, stops early on targets never seen, keeps the best weights. Not for choosing what to learn."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from newsstand import metrics
from newsstand.errors import InputError
from train.encoder.mix import Pair, epoch_of
from train.encoder.network import Encoded, Encoding, StanceNetwork, batches, processor, tensors
from train.encoder.weights import take_weights

CHECKPOINT = "last.pt"
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """How to fine-tune.

    Parameters
    ----------
    epochs : int
    rate : float
        Highest learning rate, after the warm-up; then it falls to nothing in a straight line.
    batch : int
    smoothing : float
        Of the gold stances (Szegedy et al. 2016).
    decay : float
        Of the running mean of the weights, which is what is judged and kept (Polyak averaging).
    warm_up : int
        Steps over which the rate rises, a tenth of a short training.
    check_every : int
        Steps between judgments and checkpoints.
    patience : int
        Judgments without a better one after which it stops.
    seed : int
    threads : int
    tokens : int
        Of target and passage together; what is longer is cut while learning.
    """

    epochs: int = 2
    rate: float = 1e-4
    batch: int = 32
    smoothing: float = 0.06
    decay: float = 0.998
    warm_up: int = 120
    check_every: int = 300
    patience: int = 6
    seed: int = 0
    threads: int = 2
    tokens: int = 256


@dataclass
class _State:
    """Where a training stands."""

    step: int = 0
    best: float = -1.0
    worse: int = 0
    mean: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)


def finetune(
    base: Path,
    learn: Sequence[Pair],
    judge: Sequence[Pair],
    folder: Path,
    options: TuneOptions,
    on_progress: Progress,
    begin: Path | None = None,
    share: float = 1.0,
) -> StanceNetwork:
    """Fine-tune the encoder in ``base``; with ``begin``, the folder of a run's encoder, from the weights of that one.

    With a ``share`` below 1 the weights become a mean of those that were learned, which have that share, and of those of
    ``begin``: it keeps what that encoder could do on other texts (Wortsman et al. 2022).

    Every few hundred steps it is judged by its mean macro-F1 over the corpora of ``judge``, and a checkpoint goes to
    ``folder``, from where the next call with the same arguments goes on. Ctrl-C ends it early with the best weights so far.

    Raises
    ------
    InputError
        If there are no pairs to judge by.
    KeyboardInterrupt
        If it came before anything was judged.
    """
    if not judge or not learn:
        raise InputError(
            "too few gold stances to fine-tune an encoder: a few thousand are needed, on dozens of targets"
        )
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network, encoding = StanceNetwork(base), Encoding(base, options.tokens)
    network.to(processor())
    if begin is not None:
        take_weights(network, begin)
    optimizer = _optimizer(network, options)
    state = _resumed(folder, network, optimizer) or _State(mean=_copy(network))
    judged = _by_corpus(judge, encoding)
    epochs = [len(epoch_of(learn, epoch, options.seed)) for epoch in range(options.epochs)]
    total = sum(-(-size // options.batch) for size in epochs)
    try:
        for batch in _todo(learn, encoding, options, state.step):
            done = state.step / total
            _step(network, optimizer, batch, _rate(state.step, total, options), options)
            state.step += 1
            _average(network, state, options)
            on_progress(done)
            if state.step % options.check_every == 0 or state.step >= total:
                _check(network, state, judged)
                _save(folder, network, optimizer, state)
                if state.worse >= options.patience:
                    break
    except KeyboardInterrupt:
        if not state.kept:
            raise
    learned = state.kept or state.mean
    if begin is not None and share < 1:
        take_weights(network, begin)
        learned = _mean_of(network.state_dict(), learned, share)
    network.load_state_dict(learned)
    network.cpu()
    network.eval()
    return network


def _mean_of(before: dict[str, Any], after: dict[str, Any], share: float) -> dict[str, Any]:
    return {
        name: torch.lerp(weights, after[name], share) if weights.is_floating_point() else weights
        for name, weights in before.items()
    }


def _optimizer(network: StanceNetwork, options: TuneOptions) -> Any:
    matrices = [weights for weights in network.parameters() if weights.ndim > 1]
    others = [weights for weights in network.parameters() if weights.ndim < 2]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=options.rate)


def _todo(learn: Sequence[Pair], encoding: Encoding, options: TuneOptions, done: int) -> Any:
    """The batches of all epochs, less those that were done before."""
    for epoch in range(options.epochs):
        pairs = epoch_of(learn, epoch, options.seed)
        count = -(-len(pairs) // options.batch)
        if done >= count:
            done -= count
            continue
        draw = random.Random(f"{options.seed}/{epoch}/order")
        yield from batches(encoding.encode(pairs), options.batch, draw)[done:]
        done = 0


def _rate(step: int, total: int, options: TuneOptions) -> float:
    warm_up = min(options.warm_up, total // 10 + 1)
    return options.rate * min(1.0, (step + 1) / warm_up) * max(0.02, 1 - step / total)


def _step(network: StanceNetwork, optimizer: Any, batch: Sequence[Encoded], rate: float, options: TuneOptions) -> None:
    network.train()
    for group in optimizer.param_groups:
        group["lr"] = rate
    ids, mask, second, aim = tensors(batch, network.device)
    with half_precision(network.device.type):
        scores = network(ids, mask, second)
    loss = functional.cross_entropy(scores.float(), aim, label_smoothing=options.smoothing)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def half_precision(device: str) -> Any:
    """bfloat16 where the processor multiplies it; elsewhere a step would take four to twenty times as long as in float32, not half."""
    return torch.autocast(device, torch.bfloat16, enabled=multiplies_bfloat16(device))


def multiplies_bfloat16(device: str) -> bool:
    """Whether a processor has instructions for products of bfloat16, which not all with AVX-512 do; an older torch cannot tell."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    has: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(has.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def _average(network: StanceNetwork, state: _State, options: TuneOptions) -> None:
    decay = min(options.decay, (state.step + 1) / (state.step + 20))
    with torch.no_grad():
        for name, weights in network.state_dict().items():
            if weights.is_floating_point():
                state.mean[name].lerp_(weights, 1 - decay)


def _check(network: StanceNetwork, state: _State, judged: Sequence[Sequence[Encoded]]) -> None:
    """Judge the mean weights, and keep them if they are the best so far."""
    current = _copy(network)
    network.load_state_dict(state.mean)
    figure = float(np.mean([_macro_f1(network, encoded) for encoded in judged]))
    network.load_state_dict(current)
    if figure > state.best:
        state.best, state.worse, state.kept = figure, 0, {name: w.clone() for name, w in state.mean.items()}
    else:
        state.worse += 1


def _by_corpus(judge: Sequence[Pair], encoding: Encoding, most: int = 300) -> list[list[Encoded]]:
    names = sorted({pair.corpus for pair in judge})
    draw = random.Random(1)
    parts = [[pair for pair in judge if pair.corpus == name] for name in names]
    large = [part for part in parts if len(part) >= most // 3] or [
        list(judge)
    ]  # a figure of few pairs is mostly chance
    return [encoding.encode(draw.sample(part, min(most, len(part)))) for part in large]


def _macro_f1(network: StanceNetwork, encoded: Sequence[Encoded]) -> float:
    gold = np.array([aim for _, _, aim in encoded]).argmax(axis=1)
    probabilities = np.exp(scores_of(network, encoded))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    found = metrics.stance_metrics(probabilities, gold, [""] * len(gold), np.zeros(len(gold), np.intp))
    return float(found["macro_f1"] or 0.0)


def scores_of(network: StanceNetwork, encoded: Sequence[Encoded], size: int = 64) -> NDArray[np.float32]:
    """Scores of shape (n, 3)."""
    network.eval()
    order = sorted(range(len(encoded)), key=lambda n: len(encoded[n][0]))
    scores = np.zeros((len(encoded), 3), np.float32)
    with torch.no_grad(), half_precision(network.device.type):
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            ids, mask, second, _ = tensors([encoded[n] for n in rows], network.device)
            scores[rows] = network(ids, mask, second).float().cpu().numpy()
    return scores


def _copy(network: StanceNetwork) -> dict[str, Any]:
    return {name: weights.clone() for name, weights in network.state_dict().items()}


def _save(folder: Path, network: StanceNetwork, optimizer: Any, state: _State) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{CHECKPOINT}.tmp"
    saved = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "state": vars(state)}
    torch.save(saved, temporary)
    os.replace(temporary, folder / CHECKPOINT)


def _resumed(folder: Path, network: StanceNetwork, optimizer: Any) -> _State | None:
    """Where the last checkpoint stands, its weights loaded; only tensors and plain values are read, never code."""
    if not (folder / CHECKPOINT).is_file():
        return None
    try:
        saved = torch.load(folder / CHECKPOINT, map_location=network.device, weights_only=True)
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        return _State(**saved["state"])
    except (KeyError, TypeError, ValueError, RuntimeError, EOFError, OSError) as error:
        raise InputError("the checkpoint is damaged or of another encoder: remove the folder", str(folder)) from error
