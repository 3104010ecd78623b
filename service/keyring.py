"""Whose key a request carries. Argon2 takes its time once for each key; afterwards a keyed hash in memory decides."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections import OrderedDict

from anyio import to_thread

from newsstand.errors import SettingError
from service.access import Scope
from service.keys import Key, KeyFile, split
from service.problems import InsufficientScope, Overloaded, Unauthorized

MAX_POLL_SECONDS = 2.0
"""A key that was revoked must stop soon, however seldom the champion is looked for."""
_REFUSED_KEPT = 1000
_MOST_CHECKS = 8
_SCHEME = "bearer"
_log = logging.getLogger(__name__)


class Keyring:
    """The keys of a file, followed as it changes.

    Once there has been a file, keys are required until the service ends: a file that is removed, or of which all keys
    are revoked, lets nobody in.

    Parameters
    ----------
    file : KeyFile

    Raises
    ------
    SettingError
        If there is a file and it cannot be used.

    Attributes
    ----------
    required : bool
    """

    def __init__(self, file: KeyFile) -> None:
        self._file = file
        self._seen = file.version()
        self._keys = file.read()
        self.required = self._seen is not None
        self._pepper = secrets.token_bytes(32)
        self._accepted: dict[str, bytes] = {}
        self._refused: OrderedDict[bytes, None] = OrderedDict()
        self._checking = asyncio.Lock()
        self._checks = 0

    async def owner(self, authorization: bytes | None, need: Scope) -> Key:
        """The key that an ``Authorization`` header carries, if it has the scope.

        Raises
        ------
        Unauthorized, InsufficientScope
        Overloaded
            If too many keys that were never seen wait to be checked.
        """
        key = await self._verified(_bearer(authorization))
        if need not in key.scopes:
            raise InsufficientScope(f"this needs a key with the scope {need}", need)
        return key

    def refresh(self) -> None:
        """Read the file again if it has changed; if it cannot be used, the keys stay as they are."""
        version = self._file.version()
        if version == self._seen:
            return
        self._seen = version
        try:
            keys = self._file.read()
        except SettingError as error:
            _log.error("the keys stay as they are: %s", error)
            return
        self.required = self.required or version is not None
        self._accepted = {
            key_id: digest
            for key_id, digest in self._accepted.items()
            if key_id in keys and keys[key_id].hash == self._keys[key_id].hash
        }
        self._keys = keys
        self._refused.clear()

    async def follow(self, seconds: float) -> None:
        """Look for changes until cancelled."""
        while True:
            await asyncio.sleep(min(seconds, MAX_POLL_SECONDS))
            self.refresh()

    async def _verified(self, text: str) -> Key:
        key_id, secret = split(text) or ("", "")
        key = self._keys.get(key_id)
        if key is None or key.revoked:
            raise Unauthorized("the key is unknown or was revoked", invalid=True)
        digest = hmac.digest(self._pepper, text.encode(), "sha256")
        accepted = self._accepted.get(key_id)
        if accepted is not None and hmac.compare_digest(accepted, digest):
            return key
        if digest in self._refused or not await self._check(key, secret):
            self._refuse(digest)
            raise Unauthorized("the key is unknown or was revoked", invalid=True)
        self._accepted[key_id] = digest
        return key

    async def _check(self, key: Key, secret: str) -> bool:
        """Ask Argon2, one key at a time: each takes 64 MiB for a moment."""
        if self._checks >= _MOST_CHECKS:
            raise Overloaded("too many new keys are being checked: come back")
        self._checks += 1
        try:
            async with self._checking:
                return await to_thread.run_sync(_matches, key.hash, secret)
        finally:
            self._checks -= 1

    def _refuse(self, digest: bytes) -> None:
        self._refused[digest] = None
        if len(self._refused) > _REFUSED_KEPT:
            self._refused.popitem(last=False)


def _matches(hashed: str, secret: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(hashed, secret)
    except (Argon2Error, InvalidHashError):
        return False


def _bearer(authorization: bytes | None) -> str:
    if authorization is None:
        raise Unauthorized("send a key: 'Authorization: Bearer KEY'")
    scheme, _, text = authorization.decode("latin-1").strip().partition(" ")
    if scheme.lower() != _SCHEME:
        raise Unauthorized("send the key as 'Authorization: Bearer KEY'", invalid=True)
    return text.strip()
