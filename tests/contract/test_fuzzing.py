"""Whatever comes from outside is read or refused with a clear error, for as long as NEWSSTAND_FUZZ_SECONDS says."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from newsstand import artifact
from newsstand.artifact import MANIFEST
from newsstand.documents import Document
from newsstand.errors import NewsstandError
from newsstand.formats import read_documents, read_header
from newsstand.labels import LabelSet
from newsstand.registry import POINTER, Registry
from newsstand.stance.targets import KnownTargets
from newsstand.tagger import Tagger
from service import bodies, extraction
from service.copies import load_run
from service.corrections import read_correction
from service.drift import PAST, read_folder, run_reference
from service.gunzip import Gunzip, gunzip
from service.keyring import Keyring
from service.keys import KeyFile
from service.lines import LineSplitter
from service.options import read_options
from service.tensors import read_request

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("NEWSSTAND_FUZZ_SECONDS", "60"))
EXAMPLES = 100
"""How many inputs there are between two looks at the clock."""
Parser = Callable[[bytes], object]

DOCUMENT = json.dumps(
    {"id": 1, "title": "Rents rise", "text": "The council of Harbour Falls voted.", "topics": ["economy"]}
).encode()
CORRECTION = json.dumps(
    {
        "document": {"id": 1, "text": "The council of Harbour Falls voted."},
        "topics": ["economy"],
        "stances": [{"target": "the vote", "stance": "favor"}],
        "leaning": "left",
        "run": "a",
        "id": "b",
        "note": "c",
    }
).encode()
TENSOR = json.dumps(
    {
        "id": "1",
        "inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}],
        "outputs": [{"name": "topics", "parameters": {"binary_data": True}}],
    }
).encode()
BINARY = json.dumps(
    {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 7}}]}
).encode()
PAGE = b"<!doctype html><html><head><meta charset=utf-8><title>Rents</title></head><body><p>The council voted.</p></body></html>"
CSV = b'id,title,text,topics\n1,"Rents, again","The council voted.",economy\n'
LINES = DOCUMENT + b"\n" + DOCUMENT + b"\n"
TOML = b'name = "x"\n[[topic]]\nid = "economy"\nname = "Economy"\nkind = "subject"\n'
PIECES = [
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"{",
    b"[",
    b'"',
    b"null",
    b"-1",
    b"1e999",
    b"\n",
    b"\r",
    b",",
    b"<",
    b"9" * 400,
]
ODD_VALUES = [
    *("null", "[]", "{}", '""', '"x"', "0", "-1", "1.5", "NaN", "1e999", "9" * 30, "true"),
    *("[[]]", "[null]", "[{}]", '{"a": null}', '{"a": []}', '"\\ud800"'),
]
"""JSON of many kinds, none of which is likely to be what belongs in a place."""
_PLACE = "the place"


@st.composite
def mutated(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A good input with some pieces changed, or something else altogether."""
    content = bytearray(draw(st.sampled_from(samples)))
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=400))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 12))
        content[start : start + length] = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
    return bytes(content)


def fuzz(parse: Parser, *samples: bytes) -> None:
    """Read inputs until the time is over; only the errors of this project may come of it."""
    end, number = time.monotonic() + SECONDS / PARTS, 0
    while time.monotonic() < end:

        @settings(
            max_examples=EXAMPLES,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @seed(number)
        @given(mutated(list(samples)))
        def attempt(content: bytes) -> None:
            try:
                parse(content)
            except NewsstandError as error:
                assert "Harbour Falls" not in str(error), "an error repeats the text"

        attempt()
        number += 1


def with_odd_values(content: bytes) -> Iterator[bytes]:
    """The JSON value once with each odd value in each place, and once without each place."""
    for value in _with_a_place(json.loads(content)):
        text = json.dumps(value)
        odd_values = ODD_VALUES if json.dumps(_PLACE) in text else [""]
        yield from (text.replace(json.dumps(_PLACE), odd).encode() for odd in odd_values)


def _with_a_place(value: object) -> Iterator[object]:
    yield _PLACE
    if isinstance(value, dict):
        for key, part in value.items():
            yield {name: other for name, other in value.items() if name != key}
            yield from ({**value, key: other} for other in _with_a_place(part))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield value[:n] + value[n + 1 :]
            yield from ([*value[:n], other, *value[n + 1 :]] for other in _with_a_place(part))


def is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def in_file(folder: Path, name: str, read: Callable[[Path], object]) -> Parser:
    """The parser of a file, fed with bytes."""

    def parse(content: bytes) -> object:
        path = folder / name
        path.write_bytes(content)
        return read(path)

    return parse


def read_file(path: Path) -> None:
    read_header(path)
    list(read_documents(path, on_error=lambda error: None))


def split(content: bytes) -> list[object]:
    splitter = LineSplitter(200)
    cut = len(content) // 2
    return [*splitter.feed(content[:cut]), *splitter.feed(content[cut:]), *splitter.end()]


def unpack(content: bytes) -> Iterator[bytes]:
    unpacker = Gunzip()
    found = [piece for cut in range(0, len(content), 5) for piece in unpacker.feed(content[cut : cut + 5])]
    unpacker.end()
    return iter(found)


def header_of(content: bytes) -> object:
    return bodies.body_format(
        {b"content-type": content, b"content-encoding": content[::-1]}, (bodies.JSON, bodies.TEXT)
    )


def page(content: bytes) -> object:
    """As the process that reads pages does it, which gives an empty article for what is nested too deeply."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return extraction.find_article(content)
    except RecursionError:
        return None


PARSERS: dict[str, tuple[Parser, tuple[bytes, ...]]] = {
    "a document": (lambda b: bodies.read_document(bodies.parse_json(b), 1000), (DOCUMENT,)),
    "a correction": (lambda b: read_correction(bodies.parse_json(b), 1000, {"economy"}).content, (CORRECTION,)),
    "a text": (
        lambda b: [bodies.decode(b, codec) for codec in ("utf_8", "utf_16", "cp1252", "shift_jis", "gb18030")],
        (DOCUMENT,),
    ),
    "a content type": (
        header_of,
        (b"text/plain; charset=utf-8", b'application/json; charset="UTF-8"', b"text/html;;="),
    ),
    "a query": (read_options, (b"explain=false&topics=economy,taxes&run=a", b"topics=%ff&topics")),
    "gzip": (lambda b: gunzip(b, 1000), (gzip.compress(DOCUMENT), gzip.compress(DOCUMENT) * 2)),
    "gzip in pieces": (unpack, (gzip.compress(DOCUMENT),)),
    "lines": (split, (LINES,)),
    "tensors": (lambda b: read_request(b, None), (TENSOR,)),
    "tensors as bytes": (lambda b: read_request(b, len(BINARY)), (BINARY + b"\x03\x00\x00\x00abc",)),
}
FILES: dict[str, tuple[str, Callable[[Path], object], tuple[bytes, ...]]] = {
    "jsonl": ("a.jsonl", read_file, (LINES, DOCUMENT, b'{"corpus": "x", "topics": ["a"]}\n' + LINES)),
    "csv": ("a.csv", read_file, (CSV,)),
    "tsv": ("a.tsv", read_file, (CSV.replace(b",", b"\t"),)),
    "jsonl in gzip": ("a.jsonl.gz", read_file, (gzip.compress(LINES),)),
    "a taxonomy": ("a.toml", LabelSet.load, (TOML,)),
    "targets": ("a.toml", KnownTargets.load, (b'name = "x"\n[[target]]\nid = "a"\nname = "the wall"\nkind = "policy"\n',)),
    "the pointer": (POINTER, lambda p: [Registry(p.parent).champion(), Registry(p.parent).promote("run")], (b'{"champion": "run", "previous": []}',)),
    "keys": ("keys.json", lambda p: Keyring(KeyFile(p)).required, (b'{"keys": [{"id": "3f9a1c0b27de", "name": "a", "scopes": ["label"], "hash": "$argon2id$v=19$"}]}',)),
    "drift": (PAST, lambda p: read_folder(p.parent), (b'{"absorbed": [], "days": {"2026-01-01": {"sha256:1": {"run": "a", "documents": 1, "not_read": 0, "classes": {"topics": {"a": 1}}}}}}',)),
}  # fmt: skip


PARTS_OF_A_RUN = (MANIFEST, "golden.jsonl", "slots.npy", "table.npy")
PARTS = len(PARSERS) + len(FILES) + len(PARTS_OF_A_RUN) + 2
"""Among how many tests the time is divided: also pages and texts."""


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_of_requests_reads_or_refuses(name: str) -> None:
    parse, samples = PARSERS[name]
    fuzz(parse, *samples)


@pytest.mark.parametrize("name", FILES)
def test_a_parser_of_files_reads_or_refuses(name: str, tmp_path: Path) -> None:
    file, read, samples = FILES[name]
    (tmp_path / "run").mkdir()
    fuzz(in_file(tmp_path, file, read), *samples)


@pytest.mark.parametrize(
    "name", [name for name, (*_, samples) in (PARSERS | FILES).items() if any(map(is_json, samples))]
)
def test_odd_values_in_any_place_are_read_or_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    if name in PARSERS:
        parse, samples = PARSERS[name]
    else:
        file, read, samples = FILES[name]
        parse = in_file(tmp_path, file, read)
    for content in (odd for sample in samples if is_json(sample) for odd in with_odd_values(sample)):
        with contextlib.suppress(NewsstandError):
            parse(content)


@pytest.mark.skipif(not extraction.is_installed(), reason="web pages need the extra 'html'")
def test_any_page_has_an_article_or_none() -> None:
    fuzz(page, PAGE, PAGE.replace(b"utf-8", b"utf-16"))


@pytest.mark.parametrize("file", PARTS_OF_A_RUN)
def test_a_run_is_loaded_or_refused(file: str, small_run_path: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(small_run_path, run)
    content = (run / file).read_bytes()
    head, tail = content[:20_000], content[20_000:]

    def read(path: Path) -> None:
        path.write_bytes(path.read_bytes() + tail)
        artifact.read_manifest(run)
        run_reference(load_run(run).run)

    fuzz(in_file(run, file, read), head)


def test_any_text_is_labelled(tagger: Tagger) -> None:
    def label(content: bytes) -> None:
        text = (
            content.decode("utf-16", "surrogatepass") if len(content) % 2 == 0 else content.decode("utf-8", "replace")
        )
        tagger.label(Document(text, text[:20]))

    def lenient(content: bytes) -> None:
        try:
            label(content)
        except UnicodeDecodeError:
            return

    fuzz(lenient, DOCUMENT, DOCUMENT.decode().encode("utf-16"))
