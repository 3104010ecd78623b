"""What holds for every route: schemas, problems, methods, the reference page and the written reference."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsstand import errors
from service import problems, schemas
from service.reference_page import render, schema_text
from service.settings import Settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def operations(client: Any) -> list[tuple[str, str, dict[str, Any]]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), path, operation) for path, methods in paths.items() for method, operation in methods.items()
    ]


def test_every_answer_has_the_shape_that_the_openapi_document_promises(client: Any, article: str) -> None:
    schemas.Answer.model_validate_json(client.label_text(article).content)
    schemas.Answer.model_validate_json(client.label_text("").content)
    schemas.Answers.model_validate_json(client.post("/v1/label/batch", json={"documents": [{"text": article}]}).content)
    schemas.Labels.model_validate_json(client.get("/v1/labels").content)
    schemas.Runs.model_validate_json(client.get("/v1/models").content)
    schemas.Run.model_validate_json(client.get("/v1/models/first").content)
    schemas.Promotion.model_validate_json(client.post("/v1/models/second/promote").content)
    schemas.Promotion.model_validate_json(client.post("/v1/models/rollback").content)
    schemas.Limits.model_validate_json(client.get("/v1/limits").content)
    schemas.Live.model_validate_json(client.get("/health/live").content)
    schemas.Ready.model_validate_json(client.get("/health/ready").content)
    schemas.Problem.model_validate_json(client.get("/v1/models/third").content)


def test_the_schemas_describe_every_field_of_a_document_that_changes_or_marks_an_answer() -> None:
    assert set(schemas.Document.model_fields) == {"text", "title", "id", "source", "date", "language", "targets"}


def test_every_reference_in_the_openapi_document_leads_somewhere(client: Any) -> None:
    text = client.get("/openapi.json").text
    known = json.loads(text)["components"]["schemas"]
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert referred <= known.keys()
    assert {"Document", "Batch", "Answer", "Answers", "Problem"} <= referred
    assert "HTTPValidationError" not in text


def test_every_operation_has_a_summary_a_good_answer_and_its_problems(client: Any) -> None:
    for method, path, operation in operations(client):
        assert operation["summary"], (method, path)
        assert "application/json" in operation["responses"]["200"]["content"]
        assert "application/problem+json" in operation["responses"]["default"]["content"]


@pytest.mark.parametrize("path", ["/nope", "/v1", "/v1/label/", "/v1/models/a/b/c", "/docs/x", "/redoc"])
def test_unknown_paths_are_problems(client: Any, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "/problems/not-found"


def test_other_methods_are_problems_that_name_the_right_ones(client: Any) -> None:
    for method, path, allowed in (
        ("GET", "/v1/label", "OPTIONS, POST"),
        ("DELETE", "/v1/models", "GET, HEAD, OPTIONS"),
    ):
        response = client.request(method, path)
        assert (response.status_code, response.json()["type"]) == (405, "/problems/method-not-allowed")
        assert response.headers["allow"] == allowed


def test_options_names_the_methods(client: Any) -> None:
    response = client.request("OPTIONS", "/v1/label")
    assert (response.status_code, response.headers["allow"], response.content) == (204, "OPTIONS, POST", b"")


@pytest.mark.parametrize("path", ["/health/live", "/v1/models", "/", "/docs", "/openapi.json", "/nope"])
def test_head_is_get_without_the_body(client: Any, path: str) -> None:
    head, full = client.request("HEAD", path), client.get(path)
    assert head.status_code == full.status_code
    ids = [response.headers.pop("x-request-id") for response in (head, full)]
    assert ids[0] != ids[1]
    assert head.headers == full.headers
    assert head.content == b""


def test_an_unexpected_failure_tells_nothing(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("Quillfeather")

    monkeypatch.setattr(client.engine.tagger, "label", fail)
    response = client.label_text("A text.")
    assert response.status_code == 500
    assert response.json() == {"type": "/problems/internal-error", "title": "The service failed", "status": 500}


def test_every_error_of_the_core_has_a_problem() -> None:
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.NewsstandError):
            assert problems.problem_type(error("message")).status >= 400


def test_the_reference_page_shows_every_route_and_loads_nothing(client: Any) -> None:
    response = client.get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not re.search(r"<script|<link|<img|src=|url\(|https?:", response.text)
    assert "prefers-color-scheme: dark" in response.text
    for method, path, operation in operations(client):
        assert f'<span class="method">{method}</span> {path}</code>' in response.text
        assert operation["summary"].replace("'", "&#x27;") in response.text
    for name in ("&quot;text&quot;: string", "&quot;evidence&quot;: [{", "explain"):
        assert name in response.text


def test_the_reference_page_escapes_everything() -> None:
    evil = "<script>alert(1)</script>"
    schema = {"type": "object", "properties": {evil: {"type": "string", "description": evil}}}
    content = {evil: {"schema": schema}}
    operation = {
        "summary": evil,
        "description": evil + "\n\n" + evil,
        "parameters": [{"name": evil, "in": evil, "description": evil, "schema": {"enum": [evil]}}],
        "requestBody": {"content": content},
        "responses": {evil: {"description": evil, "content": content}},
    }
    page = render(
        {"info": {"title": evil, "version": evil, "description": evil}, "paths": {f'/"{evil}': {evil: operation}}}
    )
    assert "<script>" not in page.lower()
    assert '/"' not in page


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({}, "anything"),
        ({"type": "object"}, "{…}"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Name"}}, "[string, …]"),
        ({"anyOf": [{"const": "a"}, {"type": "null"}]}, '"a" or null'),
        ({"properties": {"a": {"type": "integer"}}, "required": ["a"]}, '{\n  "a": integer\n}'),
        ({"properties": {"a": {"enum": [1, 2], "description": "Odd."}}}, '{\n  "a": 1 or 2   — optional, Odd.\n}'),
    ],
)
def test_a_schema_is_shown_as_people_write_json(schema: dict[str, Any], text: str) -> None:
    assert schema_text(schema, {"Name": {"type": "string"}}) == text


def test_every_route_is_in_the_written_reference(client: Any) -> None:
    written = (REFERENCE / "http.md").read_text(encoding="utf-8")
    for method, path, _ in operations(client):
        assert f"`{method} {path}`" in written
    for path in ("/docs", "/openapi.json", "/", "/web/{name}", "/metrics"):
        assert f"`GET {path}`" in written


def test_every_problem_type_is_in_the_written_reference() -> None:
    written = (REFERENCE / "http.md").read_text(encoding="utf-8")
    for slug, problem in problems.all_problem_types().items():
        assert re.search(rf"^\| `/problems/{slug}` \| {problem.status} \|", written, re.MULTILINE), slug
    listed = set(re.findall(r"^\| `/problems/([\w-]+)`", written, re.MULTILINE))
    assert listed == problems.all_problem_types().keys()


def test_the_example_answer_in_the_written_reference_has_the_promised_shape(client: Any) -> None:
    written = (REFERENCE / "http.md").read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(.*?)```", written, re.DOTALL)
    assert len(examples) >= 2
    for example in examples:
        content = json.loads(example)
        (schemas.Problem if "type" in content else schemas.Answer).model_validate(content)


def test_applications_made_from_different_settings_do_not_touch_each_other(
    settings: Settings, new_client: Callable[..., Any]
) -> None:
    with new_client(settings) as one, new_client(settings.model_copy(update={"max_body_bytes": 1})) as other:
        assert one.label_text("abc").status_code == 200
        assert other.label_text("abc").status_code == 413
