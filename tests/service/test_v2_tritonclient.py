"""/v2 asked by tritonclient, the client of NVIDIA's inference server, over a socket."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsstand.documents import Document
from newsstand.tagger import Tagger
from service.app import create_app
from service.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default::DeprecationWarning")]


@pytest.fixture
def triton() -> Any:
    return pytest.importorskip("tritonclient.http", reason="tritonclient is not installed: pip install -e '.[oip]'")


@pytest.fixture
def address(settings: Settings, serve: Callable[..., Any]) -> Iterator[str]:
    with serve(create_app(settings)) as address:
        yield address


@pytest.fixture
def client(triton: Any, address: str) -> Iterator[Any]:
    with triton.InferenceServerClient(address) as client:
        yield client


def tensor(triton: Any, name: str, values: list[str], binary: bool) -> Any:
    content = np.array([value.encode() for value in values], dtype=np.object_)
    given = triton.InferInput(name, [len(values)], "BYTES")
    given.set_data_from_numpy(content, binary_data=binary)
    return given


@pytest.mark.parametrize("binary", [True, False])
def test_it_gets_the_labels(triton: Any, client: Any, registry: Any, article: str, binary: bool) -> None:
    texts, titles = [article, "😀 Ein kurzer Text", ""], ["Rents rise", "", ""]
    names = ["answer", "topics", "leaning", "leaning_scores", "language"]
    result = client.infer(
        "newsstand",
        [tensor(triton, "text", texts, binary), tensor(triton, "title", titles, binary)],
        outputs=[triton.InferRequestedOutput(name, binary_data=binary) for name in names],
        request_id="q1",
    )
    tagger = Tagger.load(registry.named("first"))
    expected = [tagger.label(Document(text, title)).to_dict() for text, title in zip(texts, titles, strict=True)]
    strings = [value if isinstance(value, str) else value.decode() for value in result.as_numpy("answer")]
    assert [json.loads(value) for value in strings] == expected
    assert result.as_numpy("leaning_scores").shape == (3, 3)
    assert result.as_numpy("leaning_scores").dtype == np.float32
    assert result.get_response()["id"] == "q1"


def test_it_gets_all_outputs_as_bytes_where_it_names_none(triton: Any, client: Any, article: str) -> None:
    result = client.infer("first", [tensor(triton, "text", [article], True)], model_version="first")
    assert "economy" in json.loads(result.as_numpy("topics")[0])
    assert result.as_numpy("language").tolist() == [b"en"]


def test_the_example_of_the_reference_runs(triton: Any, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "open-inference-protocol.md"
    (example,) = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    exec(example.replace("127.0.0.1:8000", address), {})
    assert "taxes" in json.loads(capsys.readouterr().out.replace("'", '"'))


def test_it_sees_health_metadata_and_errors(triton: Any, client: Any) -> None:
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("newsstand", "first")
    assert not client.is_model_ready("other")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert [given["name"] for given in client.get_model_metadata("newsstand")["inputs"]] == ["text", "title"]
    wrong = tensor(triton, "body", ["a"], True)
    for failing, message in (
        (lambda: client.infer("newsstand", [wrong]), "text and title"),
        (lambda: client.get_model_metadata("other"), "no such model"),
        (lambda: client.get_model_config("newsstand"), "nothing at this path"),
    ):
        with pytest.raises(Exception, match=message):
            failing()
