"""The reference: for people at /docs, to which / leads, and for programs at /openapi.json."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service import bodies
from service.reference_page import render
from service.routes.label import to_json

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def add_routes(app: FastAPI) -> None:
    """Add the routes of this module; they are no part of the OpenAPI document."""

    async def home() -> Response:
        return RedirectResponse("docs")

    async def docs() -> Response:
        return HTMLResponse(render(app.openapi()), headers={"Content-Security-Policy": _POLICY})

    async def openapi() -> Response:
        return Response(to_json(app.openapi()), media_type=bodies.JSON)

    app.add_api_route("/", home, include_in_schema=False, response_model=None)
    app.add_api_route("/openapi.json", openapi, include_in_schema=False, response_model=None)
    app.add_api_route("/docs", docs, include_in_schema=False, response_model=None)
