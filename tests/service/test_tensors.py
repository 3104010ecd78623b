"""Tensors of strings, as JSON and as bytes."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsstand.errors import InputError
from service.tensors import Output, Requested, Texts, read_request, write_outputs

TEXT = {"name": "text", "shape": [2], "datatype": "BYTES", "data": ["one", "two"]}


def body(*inputs: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"inputs": list(inputs), **more}).encode()


def packed(*values: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(value)) + value for value in values)


def test_strings_in_json_are_read_flat_or_nested() -> None:
    expected = (Texts("text", ("one", "two")),)
    assert read_request(body(TEXT), None).inputs == expected
    assert read_request(body(TEXT | {"shape": [2, 1], "data": [["one"], ["two"]]}), None).inputs == expected
    assert read_request(body(TEXT | {"shape": [0], "data": []}), None).inputs == (Texts("text", ()),)


@given(st.lists(st.text()), st.lists(st.text()))
def test_strings_behind_the_json_are_read_in_the_order_of_their_inputs(texts: list[str], titles: list[str]) -> None:
    tails = [
        packed(*[text.encode("utf-8", "replace") for text in one]) for one in (texts, titles)
    ]  # no lone surrogates
    inputs = [
        {"name": name, "shape": [len(one)], "datatype": "BYTES", "parameters": {"binary_data_size": len(tail)}}
        for name, one, tail in zip(("text", "title"), (texts, titles), tails, strict=True)
    ]
    head = body(*inputs)
    read = read_request(head + tails[0] + tails[1], len(head)).inputs
    assert [len(tensor.values) for tensor in read] == [len(texts), len(titles)]
    assert packed(*[value.encode() for value in read[0].values]) == tails[0]


def test_what_is_wanted_as_bytes_follows_the_json() -> None:
    outputs = [
        (Output("topics", "BYTES", (2,), ["ü", ""]), True),
        (Output("leaning", "BYTES", (2,), ["left", ""]), False),
        (Output("scores", "FP32", (2, 1), [0.5, 0.25]), True),
    ]
    described, tail = write_outputs(outputs)
    assert tail == packed("ü".encode(), b"") + struct.pack("<2f", 0.5, 0.25)
    assert described == [
        {"name": "topics", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": 10}},
        {"name": "leaning", "datatype": "BYTES", "shape": [2], "data": ["left", ""]},
        {"name": "scores", "datatype": "FP32", "shape": [2, 1], "parameters": {"binary_data_size": 8}},
    ]


def test_an_output_may_differ_from_the_rest_of_the_request() -> None:
    outputs = [{"name": "a"}, {"name": "b", "parameters": {"binary_data": False}}]
    request = read_request(body(TEXT, outputs=outputs, parameters={"binary_data_output": True}, id="q"), None)
    assert request.outputs == (Requested("a", True), Requested("b", False))
    assert (request.id, request.all_binary) == ("q", True)


SIZE = {"name": "text", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 5}}


@pytest.mark.parametrize(
    ("content", "length", "place"),
    [
        (b"[]", None, "inputs"),
        (b"{}", None, "inputs"),
        (b'{"inputs": [1]}', None, "inputs"),
        (body(TEXT, id=3), None, "id"),
        (body(TEXT, parameters=[]), None, "parameters"),
        (body(TEXT, outputs={}), None, "outputs"),
        (body(TEXT, outputs=[{}]), None, r"outputs\[0\]"),
        (body(TEXT, TEXT), None, r"inputs\[1\]"),
        (body(TEXT | {"datatype": "FP32"}), None, "BYTES"),
        (body(TEXT | {"shape": [3]}), None, "shape"),
        (body(TEXT | {"shape": [1, 2]}), None, "shape"),
        (body(TEXT | {"shape": [True, 1], "data": ["one"]}), None, "shape"),
        (body(TEXT | {"shape": "2"}), None, "shape"),
        (body(TEXT | {"data": None}), None, "data"),
        (body(TEXT | {"data": ["one", 2]}), None, r"data\[1\]"),
        (body(TEXT | {"data": ["one", ["two", "three"]]}), None, r"data\[1\]"),
        (body(SIZE), None, "binary_data_size"),
        (body(SIZE | {"parameters": {"binary_data_size": -1}}), None, "binary_data_size"),
        (body(SIZE | {"parameters": {"binary_data_size": "5"}}), None, "binary_data_size"),
        (body(TEXT), 10_000, "Inference-Header-Content-Length"),
        (body(TEXT) + b"xx", len(body(TEXT)), "belong to no input"),
        (body(SIZE) + packed(b"\xff"), len(body(SIZE)), "element 0 is not valid UTF-8 at its byte 0"),
        (body(SIZE) + b"\xff\xff\xff\xffx", len(body(SIZE)), "element 0 is cut short"),
        (body(SIZE) + packed(b"") + b"x", len(body(SIZE)), "element 1 is cut short"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(content: bytes, length: int | None, place: str) -> None:
    with pytest.raises(InputError, match=place):
        read_request(content, length)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_no_body_does_more_than_be_refused(tail: bytes, size: int) -> None:
    head = body(SIZE | {"parameters": {"binary_data_size": size}})
    with suppress(InputError):
        read_request(head + tail, len(head))
