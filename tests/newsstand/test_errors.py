"""The tree of errors, as its docstring draws it."""

from __future__ import annotations

import inspect
import re

from newsstand import errors
from newsstand.errors import FormatError, InputError, NewsstandError


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn: dict[str, str | None] = {}
    path: list[str] = []
    for branch, name in re.findall(r"^    ((?:[│├└─ ]{4})*)(\w+) ", errors.__doc__ or "", re.MULTILINE):
        if not branch and path:
            continue
        path[len(branch) // 4 :] = [name]
        drawn[name] = path[-2] if len(path) > 1 else None
    written = {
        name: None if kind is NewsstandError else kind.__base__.__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, NewsstandError)
    }
    assert drawn == written


def test_an_input_error_names_the_place() -> None:
    error = FormatError("cut short", "corpus.jsonl:17")
    assert isinstance(error, InputError)
    assert (str(error), error.message, error.place) == ("corpus.jsonl:17: cut short", "cut short", "corpus.jsonl:17")
    assert str(InputError("no documents")) == "no documents"
