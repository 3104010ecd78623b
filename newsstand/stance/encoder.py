"""A scorer of stances that reads target and passage together, in ONNX. Not for fine-tuning it (see ``train.encoder``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsstand.documents import STANCES
from newsstand.errors import ArtifactDamaged, ArtifactError
from newsstand.stance.passages import Pair

MODEL = "encoder.onnx"
TOKENIZER = "tokenizer.json"
MAX_MODEL_BYTES = 128 << 20
MAX_TARGET = 40  # tokens; the mention finder looks at no more words of a target either
EXPLAINED = 12  # passages of a call whose sentences are left out one by one
SLOWER_FUSED = ["SkipLayerNormFusion"]
"""What onnxruntime would join: a sum and a normalisation, which together take four times as long as one after the other."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layout:
    """Target and passage as one input, with the tokens that this kind of encoder wants around them.

    Parameters
    ----------
    before, between, behind : tuple of int
        For BERT ``[CLS]``, ``[SEP]`` and ``[SEP]``; for RoBERTa and MPNet ``<s>``, ``</s></s>`` and ``</s>``.
    """

    before: tuple[int, ...]
    between: tuple[int, ...]
    behind: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: Any) -> Layout:
        """The tokens that a tokenizer puts around two texts.

        Raises
        ------
        ValueError
            If it sets nothing between them.
        """
        encoded = tokenizer.encode("a", "b")
        owners = encoded.sequence_ids
        if not {0, 1} <= set(owners):
            raise ValueError("it knows no letters")
        first, second = owners.index(0), owners.index(1)
        last = len(owners) - owners[::-1].index(1)
        between = tuple(
            token for token, owner in zip(encoded.ids[first:second], owners[first:second], strict=True) if owner is None
        )
        if not between:
            raise ValueError("it sets nothing between two texts")
        return cls(tuple(encoded.ids[:first]), between, tuple(encoded.ids[last:]))

    def target(self, tokens: Sequence[int]) -> list[int]:
        """The beginning of an input: the target, of which what is too long is cut."""
        return [*self.before, *tokens[: MAX_TARGET - 2], *self.between]


@dataclass(frozen=True)
class EncoderScorer:
    """A BERT-like cross-encoder with three outputs.

    A passage is read alone: with several in one call, the quantised weights would give each a score that depends on the
    others, and the same article would be answered differently in a batch. Needs onnxruntime and tokenizers, which are
    imported at the first score.

    Parameters
    ----------
    folder : Path
        Where ``encoder.onnx`` and ``tokenizer.json`` lie.
    max_tokens : int
        Longest input, target and passage together. What is longer is read in windows that overlap by a third, and their
        scores are averaged; nothing is cut off.
    learned_from : tuple of str
        The corpora that it was fine-tuned on.
    threads : int
        Of one call; an application with several workers wants 1.
    """

    folder: Path
    max_tokens: int = 256
    learned_from: tuple[str, ...] = ()
    threads: int = 1

    @property
    def rounding(self) -> float:
        """By how much the arithmetic of another processor may change a probability of its head.

        Activations are rounded to 8 bits on the way, so a last bit can become a step: up to 0.028 between two orders of the
        same operations on 150 news passages.
        """
        return 0.05

    def __post_init__(self) -> None:
        if not 2 * MAX_TARGET <= self.max_tokens <= 512:
            raise ValueError(f"max_tokens must be from {2 * MAX_TARGET} to 512")

    def load(self) -> None:
        """Load tokenizer and model.

        Raises
        ------
        ArtifactError
        """
        self._tokenizer, self._session  # noqa: B018 - both are made when they are first asked for

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Log-odds of favor, against and neutral, each up to a constant a pair; shape (n_pairs, 3)."""
        return self._score([(target, passage.text) for target, passage in pairs])

    def explain(self, pairs: Sequence[Pair]) -> tuple[Scores, list[Scores]]:
        """The scores, and what each sentence of each passage adds to them.

        What a sentence adds is the difference that leaving it out makes (occlusion; Zeiler and Fergus 2014). A passage of one
        sentence gives it the whole score. Only the twelve most decided passages of a call are taken apart like this; in the
        others, every sentence gets the same part.

        Returns
        -------
        scores : array of shape (n_pairs, 3)
            As :meth:`score` gives them.
        added : list of array of shape (n_sentences, 3)
            One for each pair.
        """
        scores = self.score(pairs)
        whole = _centred(scores)
        telling = set(np.argsort(-np.ptp(whole, axis=1), kind="stable")[:EXPLAINED].tolist())
        added = []
        for row, (target, passage) in enumerate(pairs):
            count = len(passage.sentences)
            if count > 1 and row in telling:
                text = passage.text
                without = self._score([(target, text[:start] + text[end:]) for start, end in passage.sentences])
                added.append(np.asarray(whole[row] - _centred(without), np.float32))
            else:
                added.append(np.repeat(whole[row : row + 1] / max(1, count), count, axis=0))
        return scores, added

    def _score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        scores = np.zeros((len(pairs), len(STANCES)), np.float32)
        for row, (target, text) in enumerate(pairs):
            windows = self._windows(target, text)
            scores[row] = np.mean([self._run(ids, first) for ids, first in windows], axis=0)
        return scores

    def _windows(self, target: str, text: str) -> list[tuple[list[int], int]]:
        """The tokens of each input, and how many of them are the target's."""
        tokenizer, layout = self._tokenizer
        asked = layout.target(tokenizer.encode(target, add_special_tokens=False).ids)
        body = tokenizer.encode(text, add_special_tokens=False).ids
        room = self.max_tokens - len(asked) - len(layout.behind)
        step = room - room // 3
        starts = range(0, max(1, len(body) - room + step), step)
        return [([*asked, *body[start : start + room], *layout.behind], len(asked)) for start in starts]

    def _run(self, ids: list[int], first: int) -> Scores:
        tokens = np.array([ids], np.int64)
        second = (np.arange(len(ids)) >= first).astype(np.int64)[None]
        session, names = self._session
        feed = dict(zip(INPUTS, (tokens, np.ones_like(tokens), second), strict=True))
        logits: Scores = session.run(None, {name: feed[name] for name in names})[0][0]
        return logits

    @cached_property
    def _tokenizer(self) -> tuple[Any, Layout]:
        tokenizers = _library("tokenizers")
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(self.folder / TOKENIZER))
            tokenizer.no_padding()
            tokenizer.no_truncation()
            return tokenizer, Layout.of(tokenizer)
        except Exception as error:
            raise ArtifactDamaged(
                f"{self.folder / TOKENIZER} is no tokenizer of pairs of texts; restore the run from a copy"
            ) from error

    @cached_property
    def _session(self) -> tuple[Any, list[str]]:
        """The model, from its bytes, so that it can refer to no other file; and what it wants to be fed."""
        onnxruntime = _library("onnxruntime")
        file = self.folder / MODEL
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        options.log_severity_level = 4
        try:
            if file.stat().st_size > MAX_MODEL_BYTES:
                raise ValueError("larger than any encoder")
            session = onnxruntime.InferenceSession(
                file.read_bytes(), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER_FUSED
            )
            session._model_bytes = b""  # kept only for a change to another provider, and as large as the model
            names = [found.name for found in session.get_inputs()]
            if not set(INPUTS[:2]) <= set(names) <= set(INPUTS):
                raise ValueError("it takes other inputs")
            if session.get_outputs()[0].shape[-1] != len(STANCES):
                raise ValueError("it does not give three scores")
        except Exception as error:
            raise ArtifactDamaged(f"{file} is no encoder of stances; restore the run from a copy") from error
        return session, names


def _centred(scores: Scores) -> Scores:
    return np.asarray(scores - scores.mean(axis=1, keepdims=True), np.float32)


def _library(name: str) -> Any:
    """Import a library that only runs with an encoder need.

    Raises
    ------
    ArtifactError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise ArtifactError(
            f"the run reads stances with an encoder, which needs {name}: pip install 'newsstand[encoder-run]'"
        ) from error
