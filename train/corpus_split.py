"""One corpus file cut into a file to learn from and one to judge by. Not for deciding who goes where (train.holding_out)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from newsstand.documents import Document
from newsstand.errors import InputError
from newsstand.formats import read_documents, read_header, write_documents
from train.holding_out import By, hold_out


def split_corpus(
    path: str,
    folder: str | Path,
    by: By,
    share: float,
    seed: int,
    on_error: Callable[[InputError], None],
    progress: Callable[[Iterator[Document]], Iterator[Document]] = lambda documents: documents,
) -> dict[str, Any]:
    """Write ``train.jsonl`` and ``test.jsonl``, both with the header of the corpus, and return what was done.

    Parameters
    ----------
    path : str
        The corpus.
    folder : str or Path
        Made if it is missing.
    by, share, seed
        See :func:`train.holding_out.hold_out`.
    on_error : callable
        Receives the error of every malformed record.
    progress : callable
        Wraps the documents while they are read.

    Raises
    ------
    InputError
        If the file cannot be read or split, or the folder not be written to.
    """
    header = read_header(path)
    documents = list(progress(read_documents(path, on_error=on_error)))
    if not documents:
        raise InputError("the file holds no document", path)
    held_out = hold_out(documents, by, share, seed)
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder: {error.strerror}", str(folder)) from error
    summary: dict[str, Any] = {"by": by, "near_duplicates": held_out.near_duplicates, "undated": held_out.undated}
    for name, rows in (("train", held_out.train), ("test", held_out.test)):
        target = str(Path(folder) / f"{name}.jsonl")
        write_documents(target, (documents[row] for row in rows), header)
        summary[name] = {"path": target, "documents": len(rows)}
    return summary
