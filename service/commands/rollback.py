"""Make the champion before this one the champion again.

  newsstand rollback

Called again, it goes one champion further back. A champion of old that is damaged is refused, and the champion stays.
"""

from __future__ import annotations

import argparse
from contextlib import suppress

from newsstand.errors import ArtifactError, RunNotFound
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from service.commands.models import add_models_option
from service.commands.promote import render_change


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_models_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Move the pointer back.

    Raises
    ------
    RunNotFound, ArtifactError
        If there was no champion before this one, or it must not be used any more.
    """
    registry = Registry(arguments.models)
    before = registry.champion()
    champion = registry.rollback()
    try:
        Tagger.load(registry.named(champion))
    except ArtifactError:
        if before is not None:
            with suppress(RunNotFound):  # the champion itself is gone too
                registry.promote(before)
        raise
    print(render_change(before, champion, as_json=arguments.json))
    return 0
