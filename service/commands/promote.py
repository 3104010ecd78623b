"""Make a run the champion, the one that 'newsstand label' and 'newsstand serve' use.

The run is loaded first: one that is damaged, or answers its golden texts differently than when it was trained, is
refused, and the champion stays. A running service follows by itself.

  newsstand promote my-first
  newsstand promote models/my-first

'newsstand rollback' takes it back.
"""

from __future__ import annotations

import argparse
import json

from newsstand.errors import SettingError
from newsstand.registry import Registry
from newsstand.tagger import Tagger
from service.commands.models import add_models_option


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("run_name", metavar="RUN", help="name of a run, or its path in the models directory")
    add_models_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Load the run and move the pointer.

    Raises
    ------
    SettingError
        If the run lies outside the models directory.
    RunNotFound, ArtifactError
        If there is no such run, or it must not be used; the champion is as before.
    """
    registry = Registry(arguments.models)
    name = _name_in(registry, arguments.run_name)
    Tagger.load(registry.named(name))
    print(render_change(registry.promote(name), name, as_json=arguments.json))
    return 0


def render_change(previous: str | None, champion: str, *, as_json: bool) -> str:
    """What became of the champion, in words or as JSON."""
    if as_json:
        return json.dumps({"champion": champion, "previous": previous}, ensure_ascii=False)
    if previous == champion:
        return f"{champion} is the champion already"
    return f"champion: {previous or 'none'} → {champion}"


def _name_in(registry: Registry, run_name: str) -> str:
    """The name of a run given by name or by its path in the models directory."""
    path = registry.resolve(run_name)
    absolute = path.parent.resolve() / path.name  # of a linked run, the name of the link counts
    if absolute.parent != registry.path.resolve():
        raise SettingError(f"{path} is not in {registry.path}; copy it there first: cp -r {path} {registry.path}/")
    return absolute.name
