"""Reuters-21578 (Lewis 1997), its SGML files, split as ModApte splits it. Not for RCV1 or other Reuters corpora."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path, PurePosixPath

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from train.importers.archives import read_members
from train.importers.labels import LabelMapping, optional_mapping, translate

CORPUS = "reuters"
LICENCE = "research use; the articles belong to Reuters and Carnegie Group"
SOURCE = "http://www.daviddlewis.com/resources/testcollections/reuters21578/"
NEEDS_MAPPING = False
MAIN_TOPIC_ONLY = False
# fmt: off
LABELS = (
    "acq", "alum", "barley", "bop", "carcass", "castor-oil", "cocoa", "coconut", "coconut-oil", "coffee", "copper",
    "copra-cake", "corn", "cotton", "cotton-oil", "cpi", "cpu", "crude", "dfl", "dlr", "dmk", "earn", "fuel", "gas",
    "gnp", "gold", "grain", "groundnut", "groundnut-oil", "heat", "hog", "housing", "income", "instal-debt",
    "interest", "ipi", "iron-steel", "jet", "jobs", "l-cattle", "lead", "lei", "lin-oil", "livestock", "lumber",
    "meal-feed", "money-fx", "money-supply", "naphtha", "nat-gas", "nickel", "nkr", "nzdlr", "oat", "oilseed",
    "orange", "palladium", "palm-oil", "palmkernel", "pet-chem", "platinum", "potato", "propane", "rand",
    "rape-oil", "rapeseed", "reserves", "retail", "rice", "rubber", "rye", "ship", "silver", "sorghum", "soy-meal",
    "soy-oil", "soybean", "strategic-metal", "sugar", "sun-meal", "sun-oil", "sunseed", "tea", "tin", "trade",
    "veg-oil", "wheat", "wpi", "yen", "zinc",
)  # the topics that have documents in both parts
# fmt: on

_PARTS = {"TRAIN": "train", "TEST": "test"}
_KNOWN = frozenset(LABELS)
_FILE = re.compile(r"reut2-\d{3}\.sgm")
_ATTRIBUTE = re.compile(r'([A-Z]+)="([^"]*)"')
_CONTROL_ENTITY = re.compile(r"&#(?:\d|[12]\d|3[01]|127);")  # marks of the wire's transmission
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DATE = re.compile(r"(\d{1,2})-([A-Z]{3})-(\d{4})")


def read(
    path: str | Path,
    label_set: LabelSet,
    *,
    published_labels: bool,
    on_error: Callable[[InputError], None],
    part: str | None = None,
) -> Iterator[Document]:
    """Stream the documents of the ModApte split: those that indexers looked at (``TOPICS="YES"``), by ``LEWISSPLIT``.

    Only the 90 topics that occur in both parts are kept. A document with none of them has an empty list of topics and
    stays, as in the usual evaluation.

    Parameters
    ----------
    path : str or Path
        The folder with ``reut2-000.sgm`` to ``reut2-021.sgm`` or any above it, or an archive of it.
    label_set : LabelSet
        If it has a mapping ``reuters``, that translates the topics; otherwise they stay as published.
    published_labels : bool
        Keep the published topics in any case.
    on_error : callable
        Receives the error of every document that cannot be read.
    part : {"train", "test"}, optional
        9,603 documents for training, or the 3,299 later ones for testing; without it, both.

    Raises
    ------
    FormatError
        If the archive is damaged.
    """
    mapping = optional_mapping(CORPUS, label_set, published_labels=published_labels)
    for name, content in read_members(Path(path), _is_sgml):
        if isinstance(content, InputError):
            on_error(content)
            continue
        for number, element in enumerate(content.decode("latin-1").split("<REUTERS ")[1:], 1):
            try:
                document = _document(element, f"{path}:{name}:{number}", mapping, part)
            except InputError as error:
                on_error(error)
                continue
            if document is not None:
                yield document


def _is_sgml(name: PurePosixPath) -> bool:
    return _FILE.fullmatch(name.name.lower()) is not None


def _document(element: str, place: str, mapping: LabelMapping | None, part: str | None) -> Document | None:
    """The document of one element, ``None`` where it is in neither part or not in the one wanted."""
    content, end, _ = element.partition("</REUTERS>")
    start, _, content = content.partition(">")
    if not end:
        raise InputError("the element REUTERS does not end; the file is damaged or cut short", place)
    attributes = dict(_ATTRIBUTE.findall(start))
    found = _PARTS.get(attributes.get("LEWISSPLIT", ""))
    if attributes.get("TOPICS") != "YES" or found is None or part not in (None, found):
        return None
    topics = tuple(topic for topic in _listed(_inside(content, "TOPICS") or "") if topic in _KNOWN)
    kind, _, text = content.partition("<TEXT")[2].partition("</TEXT>")[0].partition(">")
    body = text if "UNPROC" in kind else _inside(text, "BODY")  # an unprocessed text marks neither title nor body
    return Document(
        text=_plain(body or ""),
        title=" ".join(_plain(_inside(text, "TITLE") or "").split()),
        id=attributes.get("NEWID"),
        source="reuters.com",
        date=_date(_inside(content, "DATE") or ""),
        language="en",
        topics=translate(topics, mapping),
    )


def _inside(content: str, name: str) -> str | None:
    _, start, rest = content.partition(f"<{name}>")
    inside, end, _ = rest.partition(f"</{name}>")
    return inside if start and end else None


def _listed(content: str) -> list[str]:
    return [piece.partition("</D>")[0].strip() for piece in content.split("<D>")[1:]]


def _plain(content: str) -> str:
    return html.unescape(_CONTROL_ENTITY.sub("", content)).strip()


def _date(text: str) -> str | None:
    if (found := _DATE.search(text)) is None:
        return None
    day, month, year = found.groups()
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(day)).isoformat()
    except ValueError:  # no such month or day
        return None
