"""The files of the web page, read once and answered with an ETag and a strict policy. Not for files of users."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "web"
START_PAGE = "index.html"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types newsstand"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",  # kept, and asked for again with the ETag: an update of the service shows at once
}


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file as it is answered."""

    content: bytes
    media_type: str
    etag: str


def read_web_files(folder: Path = FOLDER) -> dict[str, WebFile]:
    """Every file of the page by its name; anything of another kind than those of ``MEDIA_TYPES`` is left out."""
    return {
        path.name: _read(path, MEDIA_TYPES[path.suffix])
        for path in sorted(folder.iterdir())
        if path.suffix in MEDIA_TYPES
    }


def answer_file(files: Mapping[str, WebFile], name: str, request: Request) -> Response:
    """The file, or 304 where the browser has it.

    Raises
    ------
    HTTPException
        With 404 where there is no such file.
    """
    file = files.get(name)
    if file is None:
        raise HTTPException(404)
    headers = {**_HEADERS, "ETag": file.etag}
    known = request.headers.get("if-none-match", "")
    if file.etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)


def _read(path: Path, media_type: str) -> WebFile:
    content = path.read_bytes()
    return WebFile(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:24]}"')
