"""Where corrections, and documents worth a look, are kept: SQLite or PostgreSQL. Loaded only where ``NEWSSTAND_STORE`` names one.

Everything that people write is kept as JSON in ASCII, since databases differ in which characters a text may have.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sql
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from newsstand.documents import Document
from newsstand.errors import SettingError
from service.corrections import Correction, document_key
from service.problems import FeedbackConflict, StoreUnavailable
from service.review import Seen

CONNECT_SECONDS = 5
BUSY_SECONDS = 5.0
"""How long one waits while another worker writes."""
_ALONE_IN_SQLITE = ("begin immediate",)
_ALONE_IN_POSTGRESQL = ("set local lock_timeout = '5s'", "select pg_advisory_xact_lock(785112007)")
_OWNER_ONLY = 0o600
_T = TypeVar("_T")
_log = logging.getLogger(__name__)

_tables = sql.MetaData()
_corrections = sql.Table(
    "newsstand_corrections",
    _tables,
    sql.Column("id", sql.String(200), primary_key=True),
    sql.Column("document_key", sql.String(64), nullable=False, index=True),
    sql.Column("received", sql.String(32), nullable=False),
    sql.Column("key_id", sql.String(32)),
    sql.Column("run", sql.String(200), nullable=False),
    sql.Column("content", sql.Text, nullable=False),
)
_review = sql.Table(
    "newsstand_review",
    _tables,
    sql.Column("document_key", sql.String(64), primary_key=True),
    sql.Column("doubt", sql.Float, nullable=False),
    sql.Column("seen", sql.String(32), nullable=False),
    sql.Column("content", sql.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a correction: when it was kept, and whether that was just now."""

    received: str
    new: bool


class Store:
    """A database. Every call opens what it needs, so the service runs on when the database is away, and finds it again.

    Parameters
    ----------
    address : str
        ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``.
    makes_file : bool
        Whether writing makes the file of SQLite where there is none. Not in a service that runs: there its disk is gone, and when it comes
        back it would hide a new file with all that was kept in it.

    Raises
    ------
    SettingError
        If it names no database that can be used here. Whether the database is there shows only when it is used.
    """

    def __init__(self, address: str, *, makes_file: bool = True) -> None:
        url = _checked(address)
        self._file = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
        self._makes_file = makes_file
        try:
            self._engine = _sqlite(self._file) if self._file else _postgresql(url)
        except ImportError as error:
            raise SettingError(
                "NEWSSTAND_STORE: PostgreSQL needs the extra 'postgresql': pip install 'newsstand[postgresql]'"
            ) from error
        self._failure = ""

    def make_file(self) -> None:
        """Make the file of SQLite, which only its owner can read, where there is none.

        Raises
        ------
        OSError
        """
        if self._file and not self._file.exists():
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, _OWNER_ONLY))

    def add(self, correction: Correction, key_id: str | None) -> Receipt:
        """Keep a correction; one that is kept already stays as it is, and its article is no longer worth a look.

        Raises
        ------
        FeedbackConflict
            If there is another one of this id.
        StoreUnavailable
        """

        def work(connection: sql.Connection) -> Receipt:
            table = _corrections.c
            known = connection.execute(
                sql.select(table.received, table.content).where(table.id == correction.id)
            ).one_or_none()
            if known:
                if known.content != correction.content:
                    raise FeedbackConflict(
                        "there is another correction of this id: leave the id out, or take a new one"
                    )
                return Receipt(known.received, new=False)
            key, received = document_key(correction.document), _now()
            row = {
                "id": correction.id,
                "document_key": key,
                "received": received,
                "key_id": key_id,
                "run": correction.run,
            }
            connection.execute(_corrections.insert().values(**row, content=correction.content))
            connection.execute(_review.delete().where(_review.c.document_key == key))
            return Receipt(received, new=True)

        return self._write(work)

    def corrections(self) -> list[Correction]:
        """All corrections, the first ones first.

        Raises
        ------
        StoreUnavailable
        """
        table = _corrections.c
        rows = self._read(sql.select(table.id, table.content).order_by(table.received, table.id), _corrections)
        return [_correction(row.id, json.loads(row.content)) for row in rows]

    def keep(self, seen: Sequence[Seen], most: int) -> None:
        """Keep documents that are worth a look, of all documents the most doubtful, but none that was corrected.

        Raises
        ------
        StoreUnavailable
        """
        rows = {document_key(one.document): one for one in seen}

        def work(connection: sql.Connection) -> None:
            table = _review.c
            corrected = sql.select(_corrections.c.document_key).where(_corrections.c.document_key.in_(rows))
            fresh = rows.keys() - set(connection.scalars(corrected))
            connection.execute(_review.delete().where(table.document_key.in_(fresh)))
            for key in fresh:
                one = rows[key]
                values = {"document_key": key, "doubt": one.doubt, "seen": _now(), "content": one.content()}
                connection.execute(_review.insert().values(**values))
            beyond = sql.select(table.document_key).order_by(table.doubt.desc(), table.seen.desc()).offset(most)
            too_many = list(connection.scalars(beyond.limit(len(rows) + most)))
            connection.execute(_review.delete().where(table.document_key.in_(too_many)))

        self._write(work)

    def next_documents(self, limit: int) -> list[dict[str, Any]]:
        """The documents most worth a look, with the answers that they were given.

        Raises
        ------
        StoreUnavailable
        """
        table = _review.c
        wanted = sql.select(table.doubt, table.seen, table.content).order_by(table.doubt.desc(), table.seen.desc())
        rows = self._read(wanted.limit(limit), _review)
        return [{**json.loads(row.content), "doubt": round(row.doubt, 4), "seen": row.seen} for row in rows]

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def _read(self, query: sql.Select[Any], table: sql.Table) -> Sequence[sql.Row[Any]]:
        """Rows; none where nothing was kept yet. Needs no right to write."""
        with self._telling():
            if self._makes_file and self._file and not self._file.exists() and self._file.parent.exists():
                return []
            with self._engine.connect() as connection:
                if not sql.inspect(connection).has_table(table.name):
                    return []
                return connection.execute(query).all()

    def _write(self, work: Callable[[sql.Connection], _T]) -> _T:
        """What some work gives in a transaction, of which there is one at a time, so that no two workers trip over each other."""
        with self._telling():
            if self._makes_file:
                self.make_file()
            with self._engine.begin() as connection:
                for statement in _ALONE_IN_SQLITE if self._file else _ALONE_IN_POSTGRESQL:
                    connection.exec_driver_sql(statement)
                _tables.create_all(connection)
                return work(connection)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn failures of the database into problems, and tell the log once, without what was to be kept."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            reason = _reason(error)
            if reason != self._failure:
                _log.error("the store cannot be used: %s", reason)
            self._failure = reason
            raise StoreUnavailable("nothing can be kept or read there now: come back later") from None
        if self._failure:
            _log.info("the store can be used again")
            self._failure = ""


def _checked(address: str) -> sql.URL:
    try:
        url = sql.make_url(address)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in ("sqlite", "postgresql") or not url.database or url.database == ":memory:":
        raise SettingError(
            "NEWSSTAND_STORE must be like sqlite:////var/lib/newsstand/store.db or postgresql://user@host/name"
        )
    return url


def _sqlite(file: Path) -> sql.Engine:
    address = f"{file.absolute().as_uri()}?mode=rw"  # without the mode, opening a file that is not there makes it

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, timeout=BUSY_SECONDS, isolation_level=None, uri=True)  # begins when asked to

    return sql.create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _postgresql(url: sql.URL) -> sql.Engine:
    options = {"connect_timeout": CONNECT_SECONDS}
    return sql.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=1,
        hide_parameters=True,
        connect_args=options,
    )


def _correction(correction_id: str, content: dict[str, Any]) -> Correction:
    return Correction(correction_id, Document.from_dict(content["document"]), content["run"], content["note"])


def _reason(error: Exception) -> str:
    """What the database says, in one line; the lines below could repeat what was to be kept."""
    said = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or type(error).__name__)
    return said.partition("\n")[0]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
