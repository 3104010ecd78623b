"""How the routes describe themselves in the OpenAPI document, and a route that hands requests over untouched."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access import need_of
from service.feedback_schemas import FEEDBACK
from service.problems import MEDIA_TYPE, all_problem_types
from service.schemas import DOCUMENTED, Problem
from service.watch_schemas import WATCHED

_REF = "#/components/schemas/{model}"

Description = dict[str, Any]
"""A part of an OpenAPI document."""


RawEndpoint = Callable[[Scope, Receive], Awaitable[ASGIApp]]
"""Takes a request as ASGI gives it and returns the response."""


class RawRoute(APIRoute):
    """A route in the OpenAPI document whose endpoint gets the request untouched.

    FastAPI's own handling of a request (dependencies, two exit stacks, encoding) costs as much as labelling an article.
    """

    def __init__(self, path: str, endpoint: RawEndpoint, **options: Any) -> None:
        async def described() -> None:
            """FastAPI looks at the arguments of an endpoint, and these would mean nothing to it."""

        described.__name__ = getattr(endpoint, "__name__", described.__name__)
        super().__init__(path, described, **options)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                response = await endpoint(scope, receive)
            except ClientDisconnect:
                return  # nobody is left to answer
            await response(scope, receive, send)

        self.app = app


def schema(model: type[BaseModel]) -> Description:
    """A reference to a model of :mod:`service.schemas`."""
    return {"$ref": _REF.format(model=model.__name__)}


def answers(description: str, model: type[BaseModel], *problems: str) -> dict[int | str, Description]:
    """The responses of a route: one good one and the problems it may have, by slug."""
    types = all_problem_types()
    described: dict[int | str, Description] = {
        200: {"description": description, "content": {"application/json": {"schema": schema(model)}}}
    }
    for status in sorted({types[slug].status for slug in problems}):
        uris = [types[slug].uri for slug in problems if types[slug].status == status]
        described[status] = _problem(" or ".join(uris))
    described["default"] = _problem("Any other problem")
    return described


def spoken(endpoint: Callable[..., Any]) -> dict[str, Any]:
    """Summary and description of a route: the first line of the endpoint's docstring and the rest."""
    summary, _, description = inspect.cleandoc(endpoint.__doc__ or "").partition("\n")
    return {"summary": summary.rstrip("."), "description": description.strip()}


def describe(app: FastAPI) -> None:
    """Make ``app.openapi()`` hold every schema that the routes refer to."""

    def openapi() -> Description:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            document.setdefault("components", {}).setdefault("schemas", {}).update(_component_schemas())
            document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            _name_scopes(document)
            app.openapi_schema = document
        return app.openapi_schema

    cast(Any, app).openapi = openapi


def _name_scopes(document: Description) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            need = need_of(method.upper(), path)
            if need:  # OpenAPI lets scopes stand here only for OAuth
                operation["security"] = [{"key": []}, {}]
                asked = f"Where the service has keys: scope `{need}`."
                operation["description"] = f"{operation.get('description', '')}\n\n{asked}".strip()


def _problem(description: str) -> Description:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema(Problem)}}}


def _component_schemas() -> Description:
    _, definitions = models_json_schema(
        [(model, "validation") for model in (*DOCUMENTED, *WATCHED, *FEEDBACK)], ref_template=_REF
    )
    return cast(Description, definitions["$defs"])
