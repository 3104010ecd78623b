"""Make, list and revoke API keys. As long as there is a file of keys, the service answers only to them.

A key has scopes: 'label' to label texts and to read labels, runs and limits; 'feedback' for corrections; 'admin' to change
the champion and to read the metrics. A running service follows within two seconds.

  newsstand keys create newsroom --scope label
  newsstand keys list
  newsstand keys revoke 3f9a1c0b27de

The file is NEWSSTAND_KEYS, or keys.json in the current directory. It holds no key, only hashes, so a lost key is gone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from newsstand.errors import SettingError
from service.keys import SCOPES, Key, KeyFile
from service.terminal import align

MAX_NAME = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of this command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", allow_abbrev=False, help="make a key and print it, once")
    create.add_argument("name", metavar="NAME", help="for whom or what it is")
    create.add_argument(
        "--scope", action="append", choices=SCOPES, required=True, help="what it may do; may be repeated"
    )
    listing = actions.add_parser("list", allow_abbrev=False, help="show the keys, without their secrets")
    revoke = actions.add_parser("revoke", allow_abbrev=False, help="make a key useless")
    revoke.add_argument("id", metavar="ID", help="the id that 'list' shows")
    for action in (create, listing, revoke):
        default = Path(os.environ.get("NEWSSTAND_KEYS") or "keys.json")
        action.add_argument(
            "--keys",
            type=Path,
            default=default,
            metavar="FILE",
            help="file of the keys (default: NEWSSTAND_KEYS, or keys.json)",
        )
        action.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Do one of the actions.

    Raises
    ------
    SettingError
        If the file cannot be used, or there is no such key.
    InputError
        If the file cannot be written.
    """
    file = KeyFile(arguments.keys)
    if arguments.action == "create":
        _create(file, arguments)
    elif arguments.action == "revoke":
        key = file.revoke(arguments.id)
        print(json.dumps(public(key)) if arguments.json else f"{key.id} ({key.name}) was revoked at {key.revoked}")
    else:
        keys = list(file.read().values())
        print(json.dumps({"keys": [public(key) for key in keys]}) if arguments.json else _table(keys))
    return 0


def public(key: Key) -> dict[str, Any]:
    """A key as a JSON object, without its hash."""
    return {"id": key.id, "name": key.name, "scopes": list(key.scopes), "created": key.created, "revoked": key.revoked}


def _create(file: KeyFile, arguments: argparse.Namespace) -> None:
    name = arguments.name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise SettingError(f"a key needs a name of at most {MAX_NAME} printable characters")
    key, text = file.create(name, tuple(dict.fromkeys(arguments.scope)))
    print(json.dumps({**public(key), "key": text}) if arguments.json else text)
    if not arguments.json:
        print(f"Made the key {key.id} in {file.path}. It is shown only now: keep it.", file=sys.stderr)


def _table(keys: list[Key]) -> str:
    if not keys:
        return "There are no keys: newsstand keys create NAME --scope label"
    rows = [[k.id, k.name, ", ".join(k.scopes), k.created, f"revoked {k.revoked}" if k.revoked else ""] for k in keys]
    return "\n".join(align([["Id", "Name", "Scopes", "Made", ""], *rows]))
