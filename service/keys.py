"""API keys in a file: made, listed, revoked. Not for checking those of requests (see :mod:`service.keyring`)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from newsstand.errors import SettingError
from newsstand.formats.atomic import atomic_path
from service.access import Scope
from service.locking import locked

FORMAT = 1
SCOPES: tuple[Scope, ...] = get_args(Scope)
_PREFIX = "ns"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the file has it: everything but its secret.

    Parameters
    ----------
    id : str
        The part of the key that is no secret; logs and rates go by it.
    name : str
        For whom it was made.
    scopes : tuple of str
    hash : str
        Argon2id hash of the secret.
    created : str
    revoked : str or None
        When, if it was.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    hash: str
    created: str
    revoked: str | None = None


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A JSON file of keys. It is replaced as a whole, so a reader sees it before a change or after it, never between."""

    path: Path

    def read(self) -> dict[str, Key]:
        """The keys by their id, those that were revoked among them; none where there is no file.

        Raises
        ------
        SettingError
            If the file cannot be read, or is no file of keys.
        """
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise SettingError(f"{self.path} was written by another version of Newsstand: make new keys")
            return {key.id: key for key in map(_key, content["keys"])}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SettingError(f"the keys in {self.path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SettingError(f"{self.path} is no file of keys: move it away and make new ones") from error

    def create(self, name: str, scopes: tuple[Scope, ...]) -> tuple[Key, str]:
        """Make a key; returns it with the text that its owner sends, which is kept nowhere.

        Raises
        ------
        SettingError
        """
        from argon2 import PasswordHasher

        secret = secrets.token_urlsafe(32)
        key = Key(secrets.token_hex(6), name, scopes, PasswordHasher().hash(secret), _now())
        with self._changing() as keys:
            keys[key.id] = key
        return key, f"{_PREFIX}_{key.id}_{secret}"

    def revoke(self, key_id: str) -> Key:
        """Make a key useless; returns it as it is now. One that was revoked before stays as it is.

        Raises
        ------
        SettingError
            If there is no such key.
        """
        with self._changing() as keys:
            if key_id not in keys:
                raise SettingError(f"{self.path} has no key {key_id!r}: 'newsstand keys list' shows them")
            if keys[key_id].revoked is None:
                keys[key_id] = replace(keys[key_id], revoked=_now())
        return keys[key_id]

    def version(self) -> tuple[int, int, int] | None:
        """Something that changes whenever the file does; ``None`` where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Key]]:
        """Lend the keys, and write them when the block ends well; meanwhile nobody else changes them."""
        folder = self.path.resolve().parent
        with ExitStack() as held:
            try:
                held.enter_context(locked(folder))
            except OSError as error:
                raise SettingError(f"the folder {folder} cannot be read: {error.strerror}") from error
            keys = self.read()
            yield keys
            content = {"format": FORMAT, "keys": [asdict(key) for key in keys.values()]}
            with atomic_path(self.path) as fresh:
                fresh.chmod(_OWNER_ONLY)  # before anything is in it
                fresh.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def split(text: str) -> tuple[str, str] | None:
    """The id and the secret of a key as its owner sends it, ``None`` where it has not that form."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == _PREFIX and key_id and secret else None


def _key(record: Mapping[str, Any]) -> Key:
    key = Key(**{**record, "scopes": tuple(record["scopes"])})
    texts = (key.id, key.name, key.hash, key.created, *key.scopes, key.revoked or "")
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return key


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
