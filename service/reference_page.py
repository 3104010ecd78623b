"""Renders an OpenAPI document as one HTML page that needs no other file, for networks without a way out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --soft: #f2f2ef;
  --rule: #d5d5cf; --accent: #0b5394; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e3; --paper: #161616; --soft: #222; --rule: #3c3c3c; --accent: #8ab8f0; }
}
body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.15rem; border-top: 1px solid var(--rule); padding-top: 1.2rem; margin-top: 2rem; }
h3 { font-size: .95rem; margin-bottom: .3rem; } code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; border-radius: 4px; }
.method { color: var(--accent); }
nav ul { list-style: none; padding: 0; } a { color: var(--accent); } p.summary { font-weight: 600; margin: 0; }
"""
_INDENT = "  "
_PROBLEM = "application/problem+json"


def render(document: Mapping[str, Any]) -> str:
    """The page for an OpenAPI 3.1 document; everything that comes from the document is escaped.

    Parameters
    ----------
    document : mapping
        References must lead to ``components/schemas`` and must not lead in circles.
    """
    info, schemas = document["info"], document.get("components", {}).get("schemas", {})
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    links = "".join(_link(method, path, operation) for method, path, operation in operations)
    sections = "".join(_operation(method, path, operation, schemas) for method, path, operation in operations)
    if "Problem" in schemas:
        problem = _body("Every problem", (_PROBLEM, {"schema": schemas["Problem"]}), schemas)
        sections += f"<section><h2>Problems</h2>{problem}</section>"
    title = escape(f"{info['title']} {info['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{escape(info.get('description', ''))}</p>"
        f'<p><a href=".">Label an article</a> · For programs: <a href="openapi.json">openapi.json</a></p>'
        f"<nav><ul>{links}</ul></nav><main>{sections}</main></body></html>"
    )


def _link(method: str, path: str, operation: Mapping[str, Any]) -> str:
    summary = escape(operation.get("summary", ""))
    return f'<li><a href="#{_anchor(method, path)}"><code>{escape(f"{method} {path}")}</code></a> {summary}</li>'


def schema_text(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> str:
    """A JSON schema as people write JSON: braces, names and types, with what a field means behind it."""
    if "$ref" in schema:
        return schema_text(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    if "anyOf" in schema:
        return " or ".join(schema_text(option, schemas, depth) for option in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if schema.get("type") == "array":
        return f"[{schema_text(schema.get('items', {}), schemas, depth)}, …]"
    if "properties" in schema:
        lines = "\n".join(_property_lines(schema, schemas, depth + 1))
        return f"{{\n{lines}\n{_INDENT * depth}}}"
    kind = str(schema.get("type", "anything"))
    return "{…}" if kind == "object" else kind


def _property_lines(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Iterator[str]:
    for name, field in schema["properties"].items():
        presence = "" if name in schema.get("required", ()) else "optional"
        remarks = [remark for remark in (presence, field.get("description", "")) if remark]
        text = f"{_INDENT * depth}{json.dumps(name)}: {schema_text(field, schemas, depth)}"
        yield f"{text}   — {', '.join(remarks)}" if remarks else text


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    name = f'<span class="method">{escape(method)}</span> {escape(path)}'
    parts = [
        f'<h2 id="{_anchor(method, path)}"><code>{name}</code></h2>',
        f'<p class="summary">{escape(operation.get("summary", ""))}</p>',
        "".join(f"<p>{escape(part)}</p>" for part in _paragraphs(operation)),
    ]
    if operation.get("parameters"):
        items = "".join(_parameter(parameter, schemas) for parameter in operation["parameters"])
        parts.append(f"<h3>Parameters</h3><ul>{items}</ul>")
    request = operation.get("requestBody", {}).get("content", {})
    parts += [_body("Request", content, schemas) for content in request.items()]
    problems = []
    for status, response in operation.get("responses", {}).items():
        heading = f"{status}: {response.get('description', '')}"
        contents = response.get("content", {})
        if _PROBLEM in contents:  # all alike, so their schema stands once, at the end of the page
            problems.append(f"<li>{escape(heading)}</li>")
        else:
            parts += [_body(heading, content, schemas) for content in contents.items()]
    if problems:
        parts.append(f"<h3>Problems</h3><ul>{''.join(problems)}</ul>")
    return f"<section>{''.join(parts)}</section>"


def _paragraphs(operation: Mapping[str, Any]) -> list[str]:
    """The description, unless it only repeats the summary, as FastAPI lets it where there is no more to say."""
    description = str(operation.get("description", ""))
    repeats = description.rstrip(".") == operation.get("summary")
    return [] if repeats else [part for part in description.split("\n\n") if part]


def _parameter(parameter: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    kind = schema_text(parameter.get("schema", {}), schemas)
    name, place = escape(parameter["name"]), escape(parameter["in"])
    return f"<li><code>{name}</code> ({place}, {escape(kind)}) {escape(parameter.get('description', ''))}</li>"


def _body(heading: str, content: tuple[str, Mapping[str, Any]], schemas: Mapping[str, Any]) -> str:
    media_type, described = content
    text = schema_text(described.get("schema", {}), schemas)
    return f"<h3>{escape(heading)} <code>{escape(media_type)}</code></h3><pre>{escape(text)}</pre>"


def _anchor(method: str, path: str) -> str:
    return escape(f"{method.lower()}{path.replace('/', '-').replace('{', '').replace('}', '')}")
