"""The network that is fine-tuned, and its inputs as tensors. Not for the loop over them (see ``finetune``)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn

from newsstand.documents import STANCES
from newsstand.errors import SettingError
from newsstand.stance.encoder import INPUTS, TOKENIZER, Layout
from train.encoder.mix import Pair, Shares

ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout")  # as the kinds of encoders call it
BUCKET = 60  # batches that are sorted by length together
Encoded = tuple[list[int], int, Shares]
"""Tokens, how many are the target's, what to answer."""


class QuickDropout(nn.Module):
    """Dropout that draws a byte for each activation: PyTorch's own draws a number for each, which takes a good part of a step on a processor.

    Parameters
    ----------
    p : float
        The share that is dropped, rounded to 1/256.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = round(256 * p) / 256

    def forward(self, hidden: Any) -> Any:
        """The same without some of its numbers, the rest the larger for it; while judging, all as it is."""
        if not self.training or not self.p:
            return hidden
        count = hidden.numel()
        drawn = torch.empty(-(-count // 8), dtype=torch.int64, device=hidden.device).random_(
            torch.iinfo(torch.int64).min, None
        )
        kept = drawn.view(torch.uint8)[:count].view(hidden.shape) >= round(256 * self.p)
        return hidden * kept * (1 / (1 - self.p))


class StanceNetwork(nn.Module):
    """A BERT-like encoder; three scores from its first output and the mean of all, side by side.

    Attention is learned without dropout, which would draw a number for each two tokens of each head.
    """

    def __init__(self, base: Path) -> None:
        super().__init__()
        from transformers import AutoConfig, AutoModel
        from transformers.utils import logging

        logging.set_verbosity_error()  # a pooler that the file has and nobody needs is no news
        logging.disable_progress_bar()
        config = AutoConfig.from_pretrained(base, local_files_only=True)
        for name in ATTENTION_DROPOUT:
            if hasattr(config, name):
                setattr(config, name, 0.0)
        self.bert = AutoModel.from_pretrained(
            base, config=config, attn_implementation="eager", local_files_only=True, use_safetensors=True
        )
        if hasattr(self.bert, "pooler"):
            self.bert.pooler = None
        _quicken(self.bert)
        self.inputs = INPUTS if getattr(self.bert.config, "type_vocab_size", 0) > 1 else INPUTS[:2]
        self.dropout = QuickDropout(0.1)
        self.scores = nn.Linear(2 * self.bert.config.hidden_size, len(STANCES))
        nn.init.normal_(self.scores.weight, std=0.02)
        nn.init.zeros_(self.scores.bias)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.scores.weight.device

    def forward(self, input_ids: Any, attention_mask: Any, *segments: Any) -> Any:
        """Scores of shape (n, 3); kinds of encoders that do not tell segments apart are not given any."""
        named = dict(zip(self.inputs, (input_ids, attention_mask, *segments), strict=False))
        read = self.bert(**named)
        hidden = read.last_hidden_state.float()
        weight = attention_mask[..., None].float()
        mean = (hidden * weight).sum(1) / weight.sum(1)
        return self.scores(self.dropout(torch.cat([hidden[:, 0], mean], dim=1)))


def _quicken(network: nn.Module) -> None:
    for name, part in list(network.named_modules()):
        if isinstance(part, nn.Dropout):
            parent, _, own = name.rpartition(".")
            setattr(network.get_submodule(parent), own, QuickDropout(part.p))


class Encoding:
    """Pairs as tokens, as :class:`newsstand.stance.encoder.EncoderScorer` lays them out.

    Parameters
    ----------
    base : Path
        The folder of the pre-trained encoder.
    most : int
        Tokens of a pair; a longer passage is cut there, since its start tells most.

    Raises
    ------
    SettingError
        If its tokenizer does not say how two texts are joined.
    """

    def __init__(self, base: Path, most: int) -> None:
        self.most = most
        self.tokenizer = Tokenizer.from_file(str(base / TOKENIZER))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        try:
            self._layout = Layout.of(self.tokenizer)
        except ValueError as error:
            raise SettingError(f"--encoder: {base / TOKENIZER} is no tokenizer of pairs of texts: {error}") from error

    def encode(self, pairs: Sequence[Pair]) -> list[Encoded]:
        """The tokens of each pair."""
        targets = self.tokenizer.encode_batch([pair.target for pair in pairs], add_special_tokens=False)
        passages = self.tokenizer.encode_batch([pair.passage for pair in pairs], add_special_tokens=False)
        encoded = []
        for pair, target, passage in zip(pairs, targets, passages, strict=True):
            asked = self._layout.target(target.ids)
            room = self.most - len(asked) - len(self._layout.behind)
            encoded.append(([*asked, *passage.ids[:room], *self._layout.behind], len(asked), pair.aim))
        return encoded


def batches(encoded: Sequence[Encoded], size: int, draw: random.Random) -> list[list[Encoded]]:
    """Batches of inputs that are about equally long, in random order."""
    order = list(encoded)
    draw.shuffle(order)
    result = []
    for start in range(0, len(order), size * BUCKET):
        alike = sorted(order[start : start + size * BUCKET], key=lambda item: len(item[0]))
        result += [alike[n : n + size] for n in range(0, len(alike), size)]
    draw.shuffle(result)
    return result


def processor() -> Any:
    """Where to learn: the GPU that torch finds, else the CPU; ``CUDA_VISIBLE_DEVICES=`` hides a GPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def tensors(batch: Sequence[Encoded], device: Any = "cpu") -> tuple[Any, Any, Any, Any]:
    """Token ids, mask, segments, what to answer (shape (n, 3)); padded to the longest."""
    longest = max(len(ids) for ids, _, _ in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    mask, second = ids.clone(), ids.clone()
    for row, (tokens, first, _) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
        second[row, first : len(tokens)] = 1
    aims = torch.tensor([aim for _, _, aim in batch])
    return ids.to(device), mask.to(device), second.to(device), aims.to(device)
