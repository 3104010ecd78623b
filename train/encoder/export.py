"""A fine-tuned network as ONNX with int8 weights. Not for running it (see ``newsstand.stance.encoder``)."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from newsstand.stance.encoder import MODEL
from train.encoder.network import StanceNetwork
from train.encoder.quantise import requantise
from train.encoder.weights import HEAD

FLOAT = "encoder-float32.onnx"
OPSET = 17


def export(network: StanceNetwork, folder: Path) -> None:
    """Write ``encoder.onnx`` (int8), and ``encoder-float32.onnx`` to compare it with.

    Weights are quantised by output channel (see :func:`train.encoder.quantise.requantise`), activations while they are
    computed.

    Parameters
    ----------
    network : StanceNetwork
    folder : Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.ones(2, 16, dtype=torch.long)
    names = network.inputs
    axes = {name: {0: "n", 1: "length"} for name in names} | {"scores": {0: "n"}}
    with _quiet():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        torch.onnx.export(
            network.eval(),
            (ids, torch.ones_like(ids), torch.zeros_like(ids))[: len(names)],
            str(folder / FLOAT),
            input_names=list(names),
            output_names=["scores"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(
            str(folder / FLOAT),
            str(folder / MODEL),
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
    _requantise(folder)


def _requantise(folder: Path) -> None:
    whole = {array.name: numpy_helper.to_array(array) for array in onnx.load(str(folder / FLOAT)).graph.initializer}
    whole |= {f"{HEAD}_Transposed": whole[HEAD].T}
    model = onnx.load(str(folder / MODEL))
    requantise(model, whole)
    onnx.save(model, str(folder / MODEL))


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
