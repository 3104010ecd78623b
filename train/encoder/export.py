"""A fine-tuned network as ONNX with int8 weights. Not for running it (see ``newsstand.stance.encoder``)."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch

from newsstand.stance.encoder import INPUTS, MODEL
from train.encoder.network import StanceNetwork

FLOAT = "encoder-float32.onnx"
OPSET = 17


def export(network: StanceNetwork, folder: Path, *, portable: bool = False) -> None:
    """Write ``encoder.onnx`` (int8), and ``encoder-float32.onnx`` to compare it with.

    Weights are quantised by output channel, activations while they are computed.

    Parameters
    ----------
    network : StanceNetwork
    folder : Path
    portable : bool
        Weights of 7 bits: x86 processors without VNNI add two products in 16 bits, which 8 bits can overflow.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "n", 1: "length"} for name in INPUTS} | {"scores": {0: "n"}}
    with _quiet():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        torch.onnx.export(
            network.eval(),
            (ids, torch.ones_like(ids), torch.zeros_like(ids)),
            str(folder / FLOAT),
            input_names=list(INPUTS),
            output_names=["scores"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(
            str(folder / FLOAT),
            str(folder / MODEL),
            per_channel=True,
            reduce_range=portable,
            weight_type=QuantType.QInt8,
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice of exporter and quantiser, which is about other models."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(level)
