"""/v2: the Open Inference Protocol by hand; test_v2_tritonclient.py asks with a client that others wrote."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from newsstand import __version__
from newsstand.documents import LEANINGS
from service.settings import Settings

INFER = "/v2/models/newsstand/infer"


def ask(client: Any, *texts: str, path: str = INFER, **more: Any) -> httpx.Response:
    text = {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": list(texts)}
    response: httpx.Response = client.post(path, json={"inputs": [text], **more})
    return response


def outputs(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    return {output["name"]: output for output in response.json()["outputs"]}


def test_the_service_and_its_model_describe_themselves(client: Any) -> None:
    assert client.get("/v2").json() == {
        "name": "newsstand",
        "version": __version__,
        "extensions": ["binary_tensor_data"],
    }
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    for path, name in (("newsstand", "newsstand"), ("first", "first"), ("newsstand/versions/first", "newsstand")):
        metadata = client.get(f"/v2/models/{path}").json()
        assert (metadata["name"], metadata["versions"]) == (name, ["first"])
        assert client.get(f"/v2/models/{path}/ready").json() == {"name": name, "ready": True}


def test_an_answer_is_that_of_v1_in_tensors_of_the_promised_kinds(client: Any, article: str) -> None:
    response = ask(client, article, "", id="q1")
    answers = client.post("/v1/label/batch", json={"documents": [{"text": article}, {"text": ""}]}).json()["answers"]
    found = outputs(response)
    assert [json.loads(answer) for answer in found["answer"]["data"]] == answers
    assert json.loads(found["topics"]["data"][0]) == {t["label"]: t["score"] for t in answers[0]["topics"]}
    assert found["topics"]["data"][1] == "{}"
    assert found["leaning"]["data"] == [answers[0]["leaning"]["label"] or "", ""]
    assert found["leaning_scores"]["data"] == [*(answers[0]["leaning"]["scores"][name] for name in LEANINGS), 0, 0, 0]
    assert found["language"]["data"] == ["en", ""]
    promised = {output["name"]: output for output in client.get("/v2/models/newsstand").json()["outputs"]}
    assert promised.keys() == found.keys()
    for name, output in found.items():
        assert output["datatype"] == promised[name]["datatype"]
        assert output["shape"] == [2, *promised[name]["shape"][1:]]
    content = response.json()
    assert (content["id"], content["model_name"], content["model_version"]) == ("q1", "newsstand", "first")
    assert content["parameters"]["fingerprint"] == answers[0]["model"]["fingerprint"]


def test_titles_count(client: Any, article: str) -> None:
    inputs = [
        {"name": "title", "shape": [1, 1], "datatype": "BYTES", "data": [["Asylum at the border"]]},
        {"name": "text", "shape": [1, 1], "datatype": "BYTES", "data": [[article]]},
    ]
    found = outputs(client.post(INFER, json={"inputs": inputs}))
    document = {"title": "Asylum at the border", "text": article}
    assert json.loads(found["answer"]["data"][0]) == client.post("/v1/label", json=document).json()


def test_only_what_is_wanted_is_given(client: Any, article: str) -> None:
    assert list(outputs(ask(client, article, outputs=[{"name": "leaning"}, {"name": "topics"}]))) == [
        "leaning",
        "topics",
    ]
    plain = outputs(ask(client, article, parameters={"explain": False}))
    topics = json.loads(plain["answer"]["data"][0])["topics"]
    assert topics and all(topic["evidence"] == [] for topic in topics)


def test_tensors_may_come_and_go_as_bytes(client: Any, article: str) -> None:
    tail = struct.pack("<I", len(article.encode())) + article.encode()
    text = {"name": "text", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(tail)}}
    wanted = [{"name": "leaning_scores", "parameters": {"binary_data": True}}, {"name": "language"}]
    head = json.dumps({"inputs": [text], "outputs": wanted}).encode()
    response = client.post(INFER, content=head + tail, headers={"Inference-Header-Content-Length": str(len(head))})
    length = int(response.headers["inference-header-content-length"])
    scores, language = json.loads(response.content[:length])["outputs"]
    assert scores["parameters"] == {"binary_data_size": 12}
    assert sum(struct.unpack("<3f", response.content[length:])) == pytest.approx(1, abs=0.001)
    assert language["data"] == ["en"]
    assert response.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ({}, "inputs"),
        ({"inputs": []}, "text"),
        ({"inputs": [{"name": "body", "shape": [1], "datatype": "BYTES", "data": ["Quill"]}]}, "text and title"),
        ({"inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["Quill"]}]}, "shape"),
    ],
)
def test_errors_have_the_shape_of_the_protocol_and_no_word_of_the_text(
    client: Any, body: dict[str, Any], advice: str
) -> None:
    response = client.post(INFER, json=body)
    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    assert advice in response.json()["error"]
    assert "Quill" not in response.text


def test_other_wrong_requests_are_refused_alike(client: Any, article: str) -> None:
    one = {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["a"]}
    two = {"name": "title", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}
    assert client.post(INFER, json={"inputs": [one, two]}).status_code == 400
    assert "outputs are answer" in ask(client, article, outputs=[{"name": "stance"}]).json()["error"]
    assert client.post(INFER, content=b"{").status_code == 400
    assert client.post(INFER, content=b"{}", headers={"Inference-Header-Content-Length": "-1"}).status_code == 400
    assert client.post(INFER, content=b"{}", headers={"Content-Encoding": "br"}).status_code == 415
    assert client.post(INFER, content=b"{}", headers={"Content-Encoding": "gzip"}).status_code == 400
    for response in (ask(client, path="/v2/models/other/infer"), client.get("/v2/models/first/versions/1/ready")):
        assert response.status_code == 404
        assert "newsstand" in response.json()["error"] or "first" in response.json()["error"]
    for path in ("/v2/", "/v2/models/first/config"):
        response = client.get(path)
        assert (response.status_code, list(response.json())) == (404, ["error"])


def test_a_path_says_which_method_it_takes(client: Any) -> None:
    for method, path, allowed in (
        ("DELETE", "/v2/health/live", "GET, HEAD"),
        ("PUT", "/v2", "GET, HEAD"),
        ("GET", INFER, "POST"),
    ):
        response = client.request(method, path)
        assert (response.status_code, list(response.json())) == (405, ["error"])
        assert response.headers["allow"] == allowed


def test_limits_hold(settings: Settings, new_client: Callable[..., Any]) -> None:
    with new_client(settings.model_copy(update={"max_batch": 2, "max_body_bytes": 1000})) as client:
        assert ask(client, "a", "b").status_code == 200
        assert "limit of 2" in ask(client, "a", "b", "c").json()["error"]
        large = ask(client, "a" * 1000)
        assert (large.status_code, list(large.json())) == (413, ["error"])


def test_without_a_run_nothing_is_ready(settings: Settings, new_client: Callable[..., Any], tmp_path: Any) -> None:
    with new_client(settings.model_copy(update={"models": tmp_path / "none"})) as client:
        assert client.get("/v2/health/live").status_code == 200
        for path in ("/v2/health/ready", "/v2/models/newsstand", "/v2/models/newsstand/ready"):
            response = client.get(path)
            assert (response.status_code, list(response.json())) == (503, ["error"])
        assert ask(client, "a").status_code == 503


def test_the_model_follows_the_champion(client: Any, article: str) -> None:
    client.post("/v1/models/second/promote")
    assert ask(client, article).json()["model_version"] == "second"
    assert client.get("/v2/models/first").status_code == 404


def test_methods_are_named_and_head_is_answered(client: Any) -> None:
    assert client.request("OPTIONS", INFER).headers["allow"] == "OPTIONS, POST"
    head = client.request("HEAD", "/v2/health/ready")
    assert (head.status_code, head.content) == (200, b"")
