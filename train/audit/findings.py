"""What an audit says: findings with examples, as one report. Not for how it looks on a terminal (train.audit.text)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from train.audit.codes import CODES


@dataclass(frozen=True, slots=True)
class Example:
    """Where one finding shows.

    Parameters
    ----------
    note : str
        What is to be seen there, in a few words; never the text of an article.
    place, id : str, optional
        File and number of the document, and its own id.
    details : mapping
        The note in parts, for programs.
    """

    note: str
    place: str | None = None
    id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The example as a JSON object."""
        record: dict[str, Any] = {}
        if self.place is not None:
            record["place"] = self.place
        if self.id is not None:
            record["id"] = self.id
        return record | dict(self.details)


@dataclass(frozen=True, slots=True)
class Finding:
    """One code, how often it was found, and examples, the worst first."""

    code: str
    count: int
    examples: tuple[Example, ...] = ()

    def to_dict(self, show: int) -> dict[str, Any]:
        """The finding as a JSON object, with at most ``show`` examples."""
        return {
            "code": self.code,
            "title": CODES[self.code].title,
            "count": self.count,
            "unit": CODES[self.code].unit,
            "examples": [example.to_dict() for example in self.examples[:show]],
        }


@dataclass(frozen=True)
class Report:
    """The outcome of an audit.

    Parameters
    ----------
    files : list of dict
        Path, number of documents and malformed records of each.
    findings : list of Finding
        In the order of their codes.
    fixed : dict, optional
        What ``--fix`` wrote.
    """

    files: list[dict[str, Any]]
    findings: list[Finding]
    fixed: dict[str, Any] | None = None

    @property
    def documents(self) -> int:
        """How many documents were looked at."""
        return sum(file["documents"] for file in self.files)

    def to_dict(self, show: int) -> dict[str, Any]:
        """The report as one JSON object, with at most ``show`` examples a finding."""
        record: dict[str, Any] = {
            "files": self.files,
            "documents": self.documents,
            "findings": [finding.to_dict(show) for finding in self.findings],
        }
        return record if self.fixed is None else record | {"fixed": self.fixed}
