"""AllSides articles as Article-Bias-Prediction (Baly et al. 2020) publishes them. Not for pages of allsides.com."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from train.importers.archives import read_members
from train.importers.labels import LabelMapping, mapping_or_none, translate

CORPUS = "allsides"
LICENCE = "Apache-2.0 (repository); the articles belong to their publishers"
SOURCE = "https://github.com/ramybaly/Article-Bias-Prediction"
NEEDS_MAPPING = True
MAIN_TOPIC_ONLY = True
LABELS = None  # the publisher gives no list: the mapping has one

_YEARS = range(1990, 2036)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?!\d)")
_HOST_PREFIX = re.compile(r"^www\d*\.")


def read(
    path: str | Path,
    label_set: LabelSet,
    *,
    published_labels: bool,
    on_error: Callable[[InputError], None],
    split: str | None = None,
    part: str | None = None,
) -> Iterator[Document]:
    """Stream the articles.

    Parameters
    ----------
    path : str or Path
        The published folder (one JSON file an article, in ``data/jsons``) or any above it, or an archive of it:
        ``.tar`` (plain, ``.gz``, ``.bz2``, ``.xz``) or ``.zip``.
    label_set : LabelSet
        Its mapping ``allsides`` translates the published topics.
    published_labels : bool
        Keep the published topic of each article as it stands instead.
    on_error : callable
        Receives the error of every article that cannot be read.
    split : {"media", "random"}, optional
        Which of the two published splits ``part`` is of.
    part : {"train", "valid", "test"}, optional
        Only the articles that ``data/splits`` lists for this part; without it, all.

    Raises
    ------
    FormatError
        If the archive is damaged.
    InputError
        If there is no such file or folder, or it has no list for the part.
    LabelError
        If the label set has no mapping for this corpus, and one is needed.
    """
    mapping = mapping_or_none(CORPUS, label_set, published_labels=published_labels)
    listed = _listed(Path(path), f"{split}/{part}.tsv") if part else None
    for name, content in read_members(Path(path), lambda name: _is_article(name, listed)):
        place = f"{path}:{name}"
        try:
            if isinstance(content, InputError):
                raise content
            yield article(content, place, mapping)
        except InputError as error:
            on_error(error)


def article(content: bytes, place: str, mapping: LabelMapping | None = None) -> Document:
    """The document in one published file; without a mapping, with its topic as published.

    Raises
    ------
    InputError
        If it is no article.
    """
    return _document(_parse(content, place), place, mapping)


def _is_article(name: PurePosixPath, listed: frozenset[str] | None) -> bool:
    return name.suffix == ".json" and "jsons" in name.parts[:-1] and (listed is None or name.stem in listed)


def _listed(path: Path, file: str) -> frozenset[str]:
    """The identifiers in a list of the published splits: the first column, below a line of names."""
    for _name, content in read_members(path, lambda name: str(name).endswith(f"splits/{file}")):
        if isinstance(content, InputError):
            raise content
        lines = content.decode("utf-8", "replace").splitlines()[1:]
        return frozenset(line.partition("\t")[0].strip() for line in lines)
    raise InputError(f"there is no data/splits/{file} in it, the list of the articles of that part", str(path))


def _parse(content: bytes, place: str) -> Mapping[str, Any]:
    try:
        record = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError("not UTF-8", place) from None
    except (ValueError, RecursionError):
        raise InputError("not valid JSON", place) from None
    if not isinstance(record, Mapping):
        raise InputError("expected a JSON object", place)
    return record


def _document(record: Mapping[str, Any], place: str, mapping: LabelMapping | None) -> Document:
    label = _text(record, "topic")
    fields = {
        "id": _text(record, "ID") or PurePosixPath(place).stem,
        "title": _text(record, "title"),
        "text": _text(record, "content_original") or _text(record, "content") or None,
        "source": _outlet(record),
        "date": _date(_text(record, "date")),
        "language": "en",
        "topics": translate((label,) if label else None, mapping),
        "leaning": _text(record, "bias_text") or None,
    }
    return Document.from_dict(fields, place)


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value.strip() if isinstance(value, str) else ""


def _outlet(record: Mapping[str, Any]) -> str | None:
    host = _host(_text(record, "source_url")) or _host(_text(record, "url"))
    return host or _text(record, "source").lower() or None


def _host(url: str) -> str:
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:  # brackets that hold no address
        return ""
    return _HOST_PREFIX.sub("", host)


def _date(text: str) -> str | None:
    """``YYYY-MM-DD`` from that or from month/day/year, where the day exists and the year is plausible."""
    if found := _ISO_DATE.match(text):
        year, month, day = map(int, found.groups())
    elif found := _US_DATE.match(text):
        month, day, year = map(int, found.groups())
        year += 2000 if year < 100 else 0
    else:
        return None
    try:
        return date(year, month, day).isoformat() if year in _YEARS else None
    except ValueError:
        return None
