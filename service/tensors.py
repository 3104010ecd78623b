"""Tensors as the Open Inference Protocol sends them, in JSON or behind it as bytes. Knows neither HTTP nor articles.

Source: the protocol's REST specification (https://github.com/kserve/open-inference-protocol) and its extension for binary
tensor data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsstand.errors import InputError
from service.bodies import parse_json

_LENGTH = struct.Struct("<I")

Value = str | bytes | float


@dataclass(frozen=True, slots=True)
class Texts:
    """An input tensor of strings, row by row."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requested:
    """An output that the client wants, and whether it wants it as bytes behind the JSON."""

    name: str
    binary: bool


@dataclass(frozen=True, slots=True)
class InferRequest:
    """What a client asks. ``outputs`` is empty where it wants all of them."""

    id: str | None
    inputs: tuple[Texts, ...]
    outputs: tuple[Requested, ...]
    all_binary: bool
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """An output tensor, its values row by row; BYTES holds text, FP32 numbers."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[Value]


def read_request(body: bytes, json_length: int | None) -> InferRequest:
    """The request of a body.

    Parameters
    ----------
    body : bytes
    json_length : int, optional
        How many bytes of it are JSON, where tensors follow as bytes.

    Raises
    ------
    InputError
        With the place in the JSON.
    """
    if json_length is not None and json_length > len(body):
        raise InputError("Inference-Header-Content-Length is larger than the body")
    content = parse_json(body if json_length is None else body[:json_length])
    if not isinstance(content, dict):
        raise InputError("expected an object with 'inputs'")
    parameters = _table(content.get("parameters"), "parameters")
    all_binary = parameters.get("binary_data_output") is True
    identifier = content.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise InputError("expected a string", "id")
    return InferRequest(
        id=identifier,
        inputs=tuple(_inputs(content.get("inputs"), b"" if json_length is None else body[json_length:])),
        outputs=tuple(_requested(content.get("outputs", []), all_binary)),
        all_binary=all_binary,
        parameters=parameters,
    )


def write_outputs(outputs: Iterable[tuple[Output, bool]]) -> tuple[list[dict[str, Any]], bytes]:
    """The JSON objects of output tensors, and the bytes that follow the JSON for those that are wanted as bytes."""
    described: list[dict[str, Any]] = []
    tail: list[bytes] = []
    for output, binary in outputs:
        entry: dict[str, Any] = {"name": output.name, "datatype": output.datatype, "shape": list(output.shape)}
        if binary:
            content = _pack(output)
            entry["parameters"] = {"binary_data_size": len(content)}
            tail.append(content)
        else:
            entry["data"] = list(output.values)
        described.append(entry)
    return described, b"".join(tail)


def _inputs(entries: Any, tail: bytes) -> Iterator[Texts]:
    names: set[str] = set()
    offset = 0
    for number, entry in enumerate(_tables(entries, "inputs")):
        place = f"inputs[{number}]"
        name, shape = entry.get("name"), entry.get("shape")
        if not isinstance(name, str) or name in names:
            raise InputError("expected a 'name' that no other input has", place)
        if entry.get("datatype") != "BYTES":
            raise InputError("the datatype must be BYTES", place)
        size = _table(entry.get("parameters"), f"{place}.parameters").get("binary_data_size")
        if size is None:
            values = tuple(_flat(entry.get("data"), f"{place}.data"))
        else:
            if not _is_count(size) or offset + size > len(tail):
                raise InputError("binary_data_size goes beyond the end of the body", place)
            values = tuple(_unpack(tail[offset : offset + size], place))
            offset += size
        if not _is_column(shape, len(values)):
            raise InputError(
                f"the shape must be [{len(values)}] or [{len(values)}, 1], for its {len(values)} elements", place
            )
        names.add(name)
        yield Texts(name, values)
    if offset != len(tail):
        raise InputError("the body has bytes that belong to no input")


def _requested(entries: Any, all_binary: bool) -> Iterator[Requested]:
    for number, entry in enumerate(_tables(entries, "outputs")):
        if not isinstance(entry.get("name"), str):
            raise InputError("expected a 'name'", f"outputs[{number}]")
        wanted = _table(entry.get("parameters"), f"outputs[{number}].parameters").get("binary_data", all_binary)
        yield Requested(entry["name"], wanted is True)


def _flat(content: Any, place: str) -> Iterator[str]:
    """The strings of a list, or of a list of lists of one each."""
    if not isinstance(content, list):
        raise InputError("expected a list of strings", place)
    for number, value in enumerate(content):
        text = value[0] if isinstance(value, list) and len(value) == 1 else value
        if not isinstance(text, str):
            raise InputError("expected a string", f"{place}[{number}]")
        yield text


def _unpack(content: bytes, place: str) -> Iterator[str]:
    """Strings, each behind its length in four bytes."""
    offset = number = 0
    while offset < len(content):
        start = offset + _LENGTH.size
        end = start + _LENGTH.unpack_from(content, offset)[0] if start <= len(content) else len(content) + 1
        if end > len(content):
            raise InputError(f"element {number} is cut short", place)
        try:
            yield content[start:end].decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"element {number} is not valid UTF-8 at its byte {error.start}", place) from error
        offset, number = end, number + 1


def _pack(output: Output) -> bytes:
    if output.datatype == "FP32":
        return struct.pack(f"<{len(output.values)}f", *output.values)
    elements = [value if isinstance(value, bytes) else str(value).encode() for value in output.values]
    return b"".join(_LENGTH.pack(len(element)) + element for element in elements)


def _is_column(shape: Any, length: int) -> bool:
    return isinstance(shape, list) and all(map(_is_count, shape)) and shape in ([length], [length, 1])


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _tables(content: Any, place: str) -> list[dict[str, Any]]:
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise InputError("expected a list of objects", place)
    return content


def _table(content: Any, place: str) -> dict[str, Any]:
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError("expected an object", place)
    return content
