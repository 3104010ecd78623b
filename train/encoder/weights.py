"""The weights of a run's encoder, for a network that goes on from them. Not for the network (see ``train.encoder.network``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from newsstand.errors import SettingError
from newsstand.stance.encoder import MODEL
from train.encoder.network import StanceNetwork

HEAD = "scores.weight"


def take_weights(network: StanceNetwork, folder: Path) -> None:
    """Begin with the weights of an encoder that :func:`train.encoder.export.export` wrote, instead of those of the base.

    They are those of the int8 file, so that a run is all that is needed; fine-tuning corrects the rounding at once.

    Parameters
    ----------
    network : StanceNetwork
        Of the same shape.
    folder : Path
        Where ``encoder.onnx`` lies.

    Raises
    ------
    SettingError
        If the encoder is of another shape, or was written by something else.
    """
    try:
        stored = _stored(folder / MODEL)
    except KeyError as error:
        raise SettingError("--encoder-from: the encoder of that run was not written by Newsstand") from error
    wanted = network.state_dict()
    for name, weights in wanted.items():
        found = stored.get(name)
        if found is None or found.shape != weights.shape:
            raise SettingError(f"--encoder-from: the encoder of that run does not have the shape of --encoder ({name})")
        wanted[name] = torch.from_numpy(np.array(found, np.float32))
    network.load_state_dict(wanted)


def _stored(file: Path) -> dict[str, NDArray[np.float32]]:
    """The weights in the file by the names they have in the network, as they were before they were quantised."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(file)).graph
    arrays = {array.name: numpy_helper.to_array(array) for array in graph.initializer}

    def restored(name: str) -> NDArray[np.float32]:
        whole = arrays[f"{name}_quantized"].astype(np.float32) - arrays[f"{name}_zero_point"].astype(np.float32)
        return np.asarray(whole * arrays[f"{name}_scale"], np.float32)

    stored = {name: array for name, array in arrays.items() if array.dtype == np.float32}
    quantised = [name.removesuffix("_quantized") for name in arrays if name.endswith("_quantized")]
    stored |= {name: restored(name) for name in quantised}
    for node in graph.node:  # matrices have numbers for names; the node that uses one says where it belongs
        if node.op_type == "MatMulInteger" and node.input[1] in arrays:
            matrix = restored(node.input[1].removesuffix("_quantized")).T
            place = node.name.strip("/").partition("/MatMul")[0].replace("/", ".")
            stored[HEAD if matrix.shape[0] == len(arrays["scores.bias"]) else f"{place}.weight"] = matrix
    return stored
