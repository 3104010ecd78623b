"""Published corpora, from where their publishers keep them to this disk. Not for reading them (see train.importers)."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from newsstand.errors import InputError
from newsstand.formats import atomic_path

_PIECE = 1 << 16
_TIMEOUT = 60  # seconds without a byte
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Download:
    """A corpus that can be fetched, always as a zip archive."""

    name: str
    url: str
    file: str
    licence: str
    limit: int = 1024 * _MIB


DOWNLOADS: Mapping[str, Download] = {
    "allsides": Download(
        "allsides",
        "https://github.com/ramybaly/Article-Bias-Prediction/archive/refs/heads/main.zip",
        "Article-Bias-Prediction.zip",
        "the repository is under Apache-2.0; the articles in it belong to their publishers",
    ),
    "bbc": Download(
        "bbc",
        "http://mlg.ucd.ie/files/datasets/bbc-fulltext.zip",
        "bbc-fulltext.zip",
        "for research only; the articles belong to the BBC",
        limit=64 * _MIB,
    ),
}


def fetch(download: Download, folder: str | Path, on_bytes: Callable[[int, int | None], None] | None = None) -> Path:
    """Download an archive into a folder; it appears there whole or not at all.

    Parameters
    ----------
    download : Download
        What to fetch.
    folder : str or Path
        Made if it is missing.
    on_bytes : callable, optional
        Told of every piece: its length, and the length of the whole if the server gives it.

    Returns
    -------
    Path
        The archive.

    Raises
    ------
    InputError
        If the network or the server fails, or what came is too large, cut short or no zip archive.
    """
    target = Path(folder) / download.file
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with (
            urllib.request.urlopen(download.url, timeout=_TIMEOUT) as response,  # noqa: S310 - from the table above
            atomic_path(target) as temporary,
            temporary.open("wb") as stream,
        ):
            _copy(response, stream, download, on_bytes)
    except urllib.error.HTTPError as error:
        error.close()
        raise InputError(f"the server answers {error.code}; try again later", download.url) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot fetch the corpus: {reason}; check the connection and try again", download.url
        ) from error
    return target


def _copy(
    response: Any, stream: IO[bytes], download: Download, on_bytes: Callable[[int, int | None], None] | None
) -> None:
    length = response.headers.get("Content-Length", "")
    whole = int(length) if length.isdigit() else None
    received = 0
    for piece in _pieces(response):
        if received == 0 and not piece.startswith(b"PK"):
            raise InputError("what came is no zip archive; open the address in a browser to see why", download.url)
        received += len(piece)
        if received > download.limit:
            raise InputError(f"larger than the {download.limit // _MIB} MiB expected", download.url)
        stream.write(piece)
        if on_bytes:
            on_bytes(len(piece), whole)
    if received == 0 or (whole is not None and received != whole):
        raise InputError(f"cut short after {received} bytes; try again", download.url)


def _pieces(response: Any) -> Iterator[bytes]:
    while piece := response.read(_PIECE):
        yield piece
