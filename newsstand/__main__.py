"""The front door: finds the command that an application registered, runs it, and turns errors into exit codes.

Applications register their commands in pyproject.toml under the entry-point group ``newsstand.commands``. A command is a module with

- a docstring, whose first line is the command's one-line summary,
- ``add_arguments(parser)`` and
- ``run(arguments) -> int``, the exit code: 0 good, 1 a finding. Wrong use and bad input are raised as NewsstandError and end with 2.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from newsstand import __version__
from newsstand.errors import NewsstandError

GROUP = "newsstand.commands"
INTERRUPTED = 130
EXAMPLES = """examples:
  newsstand label --text "The Senate voted on Tuesday to cut the tax on tips for restaurant workers."
  newsstand label articles.jsonl -o labelled.jsonl
  newsstand train my-articles.jsonl --heads topics --name my-first
  newsstand serve

'newsstand COMMAND --help' explains a command."""


def commands() -> dict[str, str]:
    """The registered commands: name to module."""
    return {point.name: point.value for point in sorted(entry_points(group=GROUP))}


def summary(module: str) -> str:
    """First line of a module's docstring, read without importing the module, so that ``--help`` stays fast."""
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:  # its package is not installed, which run_command will say
        return ""
    if spec is None or spec.origin is None:
        return ""
    docstring = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    registered = commands()
    if arguments and arguments[0] in registered:
        return run_command(arguments[0], registered[arguments[0]], arguments[1:])
    parser = argparse.ArgumentParser(
        prog="newsstand",
        description="Tag news articles by topic and leaning; train, serve and compare the models that do it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"newsstand {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in registered.items():
        subparsers.add_parser(name, help=summary(module))
    parser.parse_args(arguments)
    return 2


def run_command(name: str, module: str, arguments: Sequence[str]) -> int:
    """Parse the arguments of a command and run it, turning errors into one line on stderr and an exit code."""
    try:
        command = importlib.import_module(module)
        parser = argparse.ArgumentParser(
            prog=f"newsstand {name}",
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # --model is not --models
        )
        command.add_arguments(parser)
        return int(command.run(parser.parse_args(arguments)))
    except NewsstandError as error:
        print(f"newsstand {name}: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"newsstand {name}: {error.name} is not installed: {_how_to_install(module)}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader went away, as in `newsstand … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"newsstand {name}: stopped", file=sys.stderr)
        return INTERRUPTED


def _how_to_install(module: str) -> str:
    """What to type, in a checkout (the usual case: Newsstand is on no index) or elsewhere."""
    root = Path(__file__).parent.parent
    where = "-e '.[{}]'" if (root / "pyproject.toml").exists() else "'newsstand[{}]'"
    return f"{sys.executable} -m pip install {where.format(module.partition('.')[0])}"


if __name__ == "__main__":
    sys.exit(main())
