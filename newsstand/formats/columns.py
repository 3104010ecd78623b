"""Which column of a table holds which field of a document. Not for what cells mean (:mod:`newsstand.formats.rows`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from newsstand.errors import FormatError


@dataclass(frozen=True, slots=True)
class Columns:
    """The column (of CSV, TSV, Parquet) or key (of JSONL) for each field of a document; by default of the same name."""

    text: str = "text"
    title: str = "title"
    id: str = "id"
    source: str = "source"
    date: str = "date"
    language: str = "language"
    topics: str = "topics"
    stances: str = "stances"
    leaning: str = "leaning"

    def by_field(self) -> dict[str, str]:
        """Column name of every document field."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def check(self, present: Collection[str], path: str) -> None:
        """Refuse a table that lacks the text column, or a column that was asked for by another name than the default.

        Raises
        ------
        FormatError
            If a column is missing; the message lists the columns that are there.
        """
        wanted = [name for field, name in self.by_field().items() if field == "text" or name != field]
        missing = [name for name in wanted if name not in present]
        if missing:
            raise FormatError(f"no column {missing[0]!r}; {_describe(present)}", path)


def _describe(present: Collection[str]) -> str:
    # A table without column names has an article in its first row, and articles are never repeated in messages.
    if all(len(name) <= 40 and "\n" not in name for name in present) and len(present) <= 100:
        return f"the columns are {', '.join(present) or 'none'}"
    return "the first row must hold the column names"
