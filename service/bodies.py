"""From the bytes of a request to documents: size, media type, charset, JSON. Not for what a document may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from encodings import normalize_encoding
from encodings.aliases import aliases
from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from newsstand.documents import Document
from newsstand.errors import InputError
from service.problems import TooLarge, UnsupportedMediaType

JSON = "application/json"
TEXT = "text/plain"
_FORM = "application/x-www-form-urlencoded"
_BOM = "\ufeff"
# Python has codecs that no article comes in (rot13, punycode, unicode_escape), so the useful ones are listed.
_CODECS = frozenset(
    ["ascii", "big5", "cp932", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso2022_jp", "koi8_r", "koi8_u"]
    + ["latin_1", "mac_roman", "shift_jis", "utf_8", "utf_16", "utf_16_be", "utf_16_le", "utf_32"]
    + [f"cp{number}" for number in (437, 850, 852, 866, *range(1250, 1259))]
    + [f"iso8859_{number}" for number in (*range(2, 12), *range(13, 17))]
)

MAX_TARGETS = 20
MAX_TARGET_CHARACTERS = 500
MAX_DRAINED_BYTES = 64 << 20
"""How much of a body that is too large is still read, and thrown away, before the connection is closed."""

Headers = Mapping[bytes, bytes]
"""Header names in lower case, as ASGI gives them, to values."""


async def read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body, refused as soon as it is known to be larger than ``limit`` bytes.

    Raises
    ------
    TooLarge
    ClientDisconnect
        If the client left before it had sent everything.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        await _drain(receive)
        raise _too_large(limit)
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            if message.get("more_body", False):
                await _drain(receive)
            raise _too_large(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _drain(receive: Receive) -> None:
    """Read on and throw away, up to a bound: a socket closed with unread data resets, and the client never sees the answer."""
    seen, more = 0, True
    while more and seen < MAX_DRAINED_BYTES:
        message = await receive()
        seen += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


def text_codec(headers: Headers, accepted: tuple[str, ...]) -> str | None:
    """Make sure that the body has an accepted media type; returns the codec of a plain text, ``None`` for JSON.

    Raises
    ------
    UnsupportedMediaType
        If the type, the charset or the content coding is none that is read here, or there is no type.
    """
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("compressed bodies are not read: send the body without a Content-Encoding")
    return _media_type_codec(headers.get(b"content-type", b""), accepted)


@lru_cache(maxsize=64)
def _media_type_codec(content_type: bytes, accepted: tuple[str, ...]) -> str | None:
    """The codec for a Content-Type; clients send few different ones, again and again."""
    kind, _, parameters = content_type.decode("latin-1").partition(";")
    kind = kind.strip().lower()
    if kind not in accepted:
        raise UnsupportedMediaType(_advice(kind, accepted))
    return _codec(parameters) if kind == TEXT else None


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


def read_document(record: Any, place: str | None = None) -> Document:
    """The document of a parsed JSON value.

    Parameters
    ----------
    place : str, optional
        Where the value stands in the body, for the error message: ``"documents[3]"``.

    Raises
    ------
    InputError
    """
    try:
        document = Document.from_dict(record)
    except InputError as error:
        if place is None:
            raise
        field = _guilty_field(record)
        raise InputError(error.message, f"{place}.{field}" if field else place) from error
    return document


def read_targets(record: Any, place: str | None = None) -> tuple[str, ...] | None:
    """The targets that a JSON object asks about, ``None`` where it leaves that to the run.

    Raises
    ------
    InputError
        If they are no list of at most 20 strings, none of them blank or longer than 500 characters.
    """
    targets = record.get("targets") if isinstance(record, Mapping) else None
    if targets is None:
        return None
    place = f"{place}.targets" if place else "targets"
    if not isinstance(targets, list) or not all(isinstance(target, str) and target.strip() for target in targets):
        raise InputError("expected a list of non-empty strings", place)
    if len(targets) > MAX_TARGETS:
        raise InputError(f"{len(targets)} targets are more than the limit of {MAX_TARGETS}", place)
    if any(len(target) > MAX_TARGET_CHARACTERS for target in targets):
        raise InputError(f"a target is longer than {MAX_TARGET_CHARACTERS} characters", place)
    return tuple(targets)


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


def _codec(parameters: str) -> str:
    """The codec that a Content-Type's parameters ask for, UTF-8 where they ask for none."""
    charset = "utf-8"
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"')
    name = normalize_encoding(charset).lower()
    codec = aliases.get(name, name)
    if codec not in _CODECS:
        raise UnsupportedMediaType("unknown charset: send UTF-8, or name one such as iso-8859-1 or windows-1252")
    return codec


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the limit is {limit} bytes: send less, or raise NEWSSTAND_MAX_BODY_BYTES on the server")


def _advice(kind: str, accepted: tuple[str, ...]) -> str:
    names = " or ".join(accepted)
    if kind == _FORM:
        return f"this is curl's default, a form; add -H 'Content-Type: {accepted[-1]}' (accepted: {names})"
    if not kind:
        return f"the request has no Content-Type: send {names}"
    return f"send {names}"
