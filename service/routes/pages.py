"""What people see in a browser: the web page at /, its files under /web, and the reference at /docs (for programs /openapi.json)."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service import bodies
from service.reference_page import render
from service.routes.label import to_json
from service.web_files import START_PAGE, answer_file, read_web_files

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def add_routes(app: FastAPI) -> None:
    """Add the routes of this module; they are no part of the OpenAPI document."""
    files = read_web_files()

    async def home(request: Request) -> Response:
        return answer_file(files, START_PAGE, request)

    async def web_file(name: str, request: Request) -> Response:
        return answer_file(files, name, request)

    async def docs() -> Response:
        return HTMLResponse(render(app.openapi()), headers={"Content-Security-Policy": _POLICY})

    async def openapi() -> Response:
        return Response(to_json(app.openapi()), media_type=bodies.JSON)

    app.add_api_route("/", home, include_in_schema=False, response_model=None)
    app.add_api_route("/web/{name}", web_file, include_in_schema=False, response_model=None)
    app.add_api_route("/openapi.json", openapi, include_in_schema=False, response_model=None)
    app.add_api_route("/docs", docs, include_in_schema=False, response_model=None)
