"""From the bytes of a request to documents: size, media type, charset, JSON. Not for what a document may hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from encodings import normalize_encoding
from encodings.aliases import aliases
from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from newsstand.documents import Document
from newsstand.errors import InputError
from service.problems import BodyTooSlow, TextTooLong, TooLarge, UnsupportedMediaType

JSON = "application/json"
TEXT = "text/plain"
HTML = "text/html"
LINES = "application/x-ndjson"
_FORM = "application/x-www-form-urlencoded"
_BOM = "\ufeff"
# Python has codecs that no article comes in (rot13, punycode, unicode_escape), so the useful ones are listed.
_CODECS = frozenset(
    ["ascii", "big5", "cp932", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso2022_jp", "koi8_r", "koi8_u"]
    + ["latin_1", "mac_roman", "shift_jis", "utf_8", "utf_16", "utf_16_be", "utf_16_le", "utf_32"]
    + [f"cp{number}" for number in (437, 850, 852, 866, *range(1250, 1259))]
    + [f"iso8859_{number}" for number in (*range(2, 12), *range(13, 17))]
)

_OUT_OF_TIME = "the body did not arrive in time"

MAX_DRAINED_BYTES = 64 << 20
"""How much of a body that is too large is still read, and thrown away, before the connection is closed."""

Headers = Mapping[bytes, bytes]
"""Header names in lower case, as ASGI gives them, to values."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read, and for how long.

    Parameters
    ----------
    body_bytes : int
    text_chars : int
        Length of a title or a text in code points.
    seconds : float
        How long a body may take to arrive.
    """

    body_bytes: int
    text_chars: int
    seconds: float


async def read_body(receive: Receive, headers: Headers, limits: Limits) -> bytes:
    """The whole body, refused as soon as it is known to be too large, or has not arrived in time.

    Raises
    ------
    BodyTooSlow
    TooLarge
    ClientDisconnect
        If the client left before it had sent everything.
    """
    limit = limits.body_bytes
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        await _drain(receive, limits.seconds)
        raise too_large(limit)
    message = await _receive_in_time(receive, limits.seconds)
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        return await _read_on(receive, body, limits)
    if len(body) > limit:
        raise too_large(limit)
    return body


async def _read_on(receive: Receive, first: bytes, limits: Limits) -> bytes:
    """The whole body, whose first part has come."""
    chunks, size, more = [first], len(first), True
    try:
        async with asyncio.timeout(limits.seconds):
            while more and size <= limits.body_bytes:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                more = message.get("more_body", False)
    except TimeoutError:
        raise too_slow(limits.seconds) from None
    if size <= limits.body_bytes:
        return b"".join(chunks)
    if more:
        await _drain(receive, limits.seconds)
    raise too_large(limits.body_bytes)


async def _receive_in_time(receive: Receive, seconds: float) -> Message:
    """The first part of a body. It is nearly always there already, and :func:`asyncio.timeout` would cost as much as parsing it."""
    task = asyncio.current_task()
    timer = asyncio.get_running_loop().call_later(seconds, _interrupt, task)
    try:
        message = await receive()
    except asyncio.CancelledError as error:
        if error.args != (_OUT_OF_TIME,):
            raise
        if task is not None:
            task.uncancel()
        raise too_slow(seconds) from None
    finally:
        timer.cancel()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message


def _interrupt(task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        task.cancel(_OUT_OF_TIME)


async def _drain(receive: Receive, seconds: float) -> None:
    """Read on and throw away, up to a bound: a socket closed with unread data resets, and the client never sees the answer."""
    seen, more = 0, True
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while more and seen < MAX_DRAINED_BYTES:
                message = await receive()
                seen += len(message.get("body", b""))
                more = message["type"] == "http.request" and message.get("more_body", False)


@dataclass(frozen=True, slots=True)
class BodyFormat:
    """What a body is.

    Parameters
    ----------
    kind : str
        The media type.
    codec : str or None
        How a text is encoded; ``None`` for JSON, and for a page that says so itself.
    compressed : bool
        Whether it is gzip.
    """

    kind: str
    codec: str | None
    compressed: bool = False


def body_format(headers: Headers, accepted: tuple[str, ...]) -> BodyFormat:
    """Make sure that the body has an accepted media type, and say what it is.

    Raises
    ------
    UnsupportedMediaType
        If the type, the charset or the content coding is none that is read here, or there is no type.
    """
    return _body_format(headers.get(b"content-type", b""), headers.get(b"content-encoding"), accepted)


@lru_cache(maxsize=64)
def _body_format(content_type: bytes, coding: bytes | None, accepted: tuple[str, ...]) -> BodyFormat:
    """The format for two headers; clients send few different ones, again and again."""
    compressed = coding is not None and coding.strip().lower() in (b"gzip", b"x-gzip")
    if not compressed and coding is not None and coding.strip().lower() != b"identity":
        raise UnsupportedMediaType("this content coding is not read: send gzip, or leave Content-Encoding out")
    kind, _, parameters = content_type.decode("latin-1").partition(";")
    kind = kind.strip().lower()
    if kind not in accepted:
        raise UnsupportedMediaType(_advice(kind, accepted))
    return BodyFormat(
        kind, _codec(parameters, None if kind == HTML else "utf-8") if kind in (TEXT, HTML) else None, compressed
    )


def parse_json(body: bytes) -> Any:
    """The value of a JSON body; of two equal keys the last counts, and a lone surrogate escape is kept.

    Raises
    ------
    InputError
        If the body is no UTF-8 (with the offset of the byte) or no JSON (with line and column).
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "recursion" in str(error).lower():
            raise InputError("the JSON is nested too deeply") from error
    return _parse_patiently(decode(body, "utf_8"))


def decode(body: bytes, codec: str) -> str:
    """The text of a body, without its byte order mark.

    Raises
    ------
    InputError
        With the offset of the first byte that does not fit the charset.
    """
    try:
        return body.decode(codec).removeprefix(_BOM)
    except UnicodeDecodeError as error:
        name = codec.replace("_", "-").upper()
        raise InputError(f"the body is not valid {name}: the byte at offset {error.start} does not fit") from error


def read_document(record: Any, max_chars: int, place: str | None = None) -> Document:
    """The document of a parsed JSON value.

    Parameters
    ----------
    record : object
    max_chars : int
        Length of the longest title or text.
    place : str, optional
        Where the value stands in the body, for the error message: ``"documents[3]"``.

    Raises
    ------
    InputError
    TextTooLong
    """
    try:
        document = Document.from_dict(record)
    except InputError as error:
        if place is None:
            raise
        field = _guilty_field(record)
        raise InputError(error.message, f"{place}.{field}" if field else place) from error
    return checked_length(document, max_chars, place)


def checked_length(document: Document, max_chars: int, place: str | None = None) -> Document:
    """The document, if neither its title nor its text is too long.

    Raises
    ------
    TextTooLong
    """
    if len(document.text) > max_chars or len(document.title) > max_chars:
        field = "text" if len(document.text) > max_chars else "title"
        named = f"{place}.{field}: " if place else ""
        raise TextTooLong(f"{named}the limit is {max_chars} characters: send a part, or raise NEWSSTAND_MAX_TEXT_CHARS")
    return document


def _guilty_field(record: Any) -> str | None:
    """The field for which a record is no document."""
    if not isinstance(record, Mapping):
        return None
    for field in fields(Document):
        try:
            Document.from_dict({"text": "", field.name: record.get(field.name)})
        except InputError:
            return field.name
    return None


def _parse_patiently(text: str) -> Any:
    """Parse with the standard library, which is slower, but takes lone surrogates and knows line and column."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"malformed JSON at line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise InputError("the JSON is nested too deeply") from error
    except ValueError as error:
        raise InputError("malformed JSON: a number has too many digits") from error


def _refuse_constant(name: str) -> None:
    raise InputError(f"malformed JSON: {name} is no JSON value")


def _codec(parameters: str, charset: str | None) -> str | None:
    """The codec that a Content-Type's parameters ask for, that of the charset given here where they ask for none."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"')
    if charset is None:
        return None
    name = normalize_encoding(charset).lower()
    codec = aliases.get(name, name)
    if codec not in _CODECS:
        raise UnsupportedMediaType("unknown charset: send UTF-8, or name one such as iso-8859-1 or windows-1252")
    return codec


def too_slow(seconds: float) -> BodyTooSlow:
    """The error for a body that had not arrived after so many seconds."""
    return BodyTooSlow(f"it had not arrived after {seconds:g} seconds: send it in one go")


def too_large(limit: int) -> TooLarge:
    """The error for a body of more than ``limit`` bytes."""
    return TooLarge(f"the limit is {limit} bytes: send less, or raise NEWSSTAND_MAX_BODY_BYTES on the server")


def _advice(kind: str, accepted: tuple[str, ...]) -> str:
    names = " or ".join(accepted)
    if kind == _FORM:
        usual = TEXT if TEXT in accepted else accepted[0]
        return f"this is curl's default, a form; add -H 'Content-Type: {usual}' (accepted: {names})"
    if kind == HTML and TEXT in accepted:
        return f"web pages need the extra 'html' on the server: send {names}"
    if not kind:
        return f"the request has no Content-Type: send {names}"
    return f"send {names}"
