"""Get out what people corrected, as a corpus to train on.

  newsstand feedback export -o corrections.jsonl
  newsstand train my-articles.jsonl corrections.jsonl --name my-second

Corrections come in over HTTP (POST /v1/feedback), where NEWSSTAND_STORE says where to keep them. An article that was corrected
several times is written once, with the last word on each label.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from newsstand.artifact import load
from newsstand.errors import InputError, NewsstandError, SettingError
from newsstand.formats import CorpusHeader, write_documents
from newsstand.registry import Registry
from service.commands.models import add_models_option
from service.corrections import merged
from service.rates import OFF

CORPUS = "corrections"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of this command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", allow_abbrev=False, help="write the corrected articles to a file")
    export.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="file of documents, such as corrections.jsonl; - is standard output",
    )
    export.add_argument(
        "--store",
        default=os.environ.get("NEWSSTAND_STORE") or OFF,
        metavar="ADDRESS",
        help="where corrections are kept (default: NEWSSTAND_STORE)",
    )
    add_models_option(export)
    export.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Do the action.

    Raises
    ------
    SettingError
        If there is no store.
    StoreUnavailable
        If it cannot be read.
    InputError
        If it holds no correction, or the file cannot be written.
    """
    if arguments.store == OFF:
        raise SettingError("name the store: --store sqlite:///store.db, or NEWSSTAND_STORE")
    from service.store import Store

    corrections = Store(arguments.store).corrections()
    if not corrections:
        raise InputError("the store holds no correction yet")
    scope = _scope(Registry(arguments.models))
    written = write_documents(arguments.output, merged(corrections), CorpusHeader(CORPUS, scope=scope))
    if arguments.json and arguments.output != "-":
        print(json.dumps({"corrections": len(corrections), "documents": written, "output": arguments.output}))
    else:
        print(f"Wrote {written} articles from {len(corrections)} corrections to {arguments.output}", file=sys.stderr)
    return 0


def _scope(registry: Registry) -> tuple[str, ...] | None:
    """The topics that whoever corrects has before them: those of the champion."""
    try:
        topics = load(registry.resolve("champion")).topics
    except NewsstandError as error:
        print(f"The header names no scope: {error}", file=sys.stderr)
        return None
    return topics.labels.ids if topics else ()
