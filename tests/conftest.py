"""A small run, trained once on the sample corpus, for every test that needs a real one."""

from __future__ import annotations

import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from newsstand.artifact import Run
from newsstand.registry import Registry
from newsstand.tagger import Tagger

settings.register_profile("newsstand", deadline=None)  # a busy machine is no bug
settings.load_profile("newsstand")
if (
    signal.getsignal(signal.SIGINT) == signal.SIG_IGN
):  # as a shell starts what runs in its background, and whatever that starts
    signal.signal(signal.SIGINT, signal.default_int_handler)

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="session")
def sample_files() -> list[Path]:
    """The files of the sample corpus."""
    return sorted(SAMPLE.glob("*.jsonl"))


@pytest.fixture(scope="session")
def _small_registry(tmp_path_factory: pytest.TempPathFactory, sample_files: list[Path]) -> Registry:
    from train.fit import FitOptions
    from train.training import train

    registry = Registry(tmp_path_factory.mktemp("trained"))
    files = [str(path) for path in sample_files]
    train(files, "small", registry, FitOptions(n_jobs=1), on_progress=lambda stage, share: None)
    return registry


@pytest.fixture(scope="session")
def small_run_path(_small_registry: Registry) -> Path:
    """Directory of the small run. Read it, and copy it before you change anything."""
    return _small_registry.named("small")


@pytest.fixture(scope="session")
def tagger(small_run_path: Path) -> Tagger:
    """The small run, loaded as a user would load it."""
    return Tagger.load(small_run_path)


@pytest.fixture(scope="session")
def small_run(tagger: Tagger) -> Run:
    """The small run as it stands on the disk: heads topics, leaning and stance."""
    return tagger.run


@pytest.fixture
def models_dir(small_run_path: Path, tmp_path: Path) -> Path:
    """A models directory of your own, with the small run as its champion."""
    path = tmp_path / "models"
    shutil.copytree(small_run_path, path / "small")
    Registry(path).promote("small")
    return path


@pytest.fixture(scope="session")
def serve() -> Callable[[Any], AbstractContextManager[str]]:
    """Serves an application over a socket for the length of a block, which gets host and port."""
    import uvicorn

    @contextmanager
    def serving(app: Any) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            try:
                yield f"127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()

    return serving


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an encoder of eleven words: praise is in favour, blame against, and only the passage counts."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("encoder")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "praise", "blame", "kites", "the", "town", "flies", "it"]
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = np.zeros((len(words), 3), np.float32)
    weights[words.index("praise"), 0] = weights[words.index("blame"), 1] = 4
    names = ("input_ids", "attention_mask", "token_type_ids")
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["by_token"]),
        helper.make_node("Mul", ["token_type_ids", "attention_mask"], ["of_passage"]),
        helper.make_node("Cast", ["of_passage"], ["share"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["share", "last"], ["column"]),
        helper.make_node("Mul", ["by_token", "column"], ["counted"]),
        helper.make_node("ReduceSum", ["counted", "middle"], ["scores"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"]) for name in names],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 3])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([-1], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "middle"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "encoder.onnx"))
    return folder
