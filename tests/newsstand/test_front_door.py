"""'newsstand' on the command line: help, exit codes, and errors that are one line."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from newsstand import __main__ as front_door
from newsstand import __version__
from newsstand.errors import InputError

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Registers the command 'shelve', which does what a test wants it to do."""
    (tmp_path / "shelving.py").write_text(
        '"""Put the papers back on their shelf.\n\nMore of that."""\n'
        "def add_arguments(parser): parser.add_argument('paper')\n"
        "def run(arguments): return 0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(front_door, "commands", lambda: {"shelve": "shelving", "sell": "selling.nothing"})

    def doing(action: Any) -> None:
        import shelving

        monkeypatch.setattr(shelving, "run", action)

    yield doing
    sys.modules.pop("shelving", None)


def raises(error: BaseException) -> Any:
    def run(arguments: argparse.Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize("code", [0, 1])
def test_a_command_decides_the_exit_code(command: Any, code: int) -> None:
    command(lambda arguments: code)
    assert front_door.main(["shelve", "the gazette"]) == code


def test_a_command_gets_its_arguments(command: Any) -> None:
    seen = []
    command(lambda arguments: seen.append(arguments.paper) or 0)
    front_door.main(["shelve", "the gazette"])
    assert seen == ["the gazette"]


def test_errors_of_ours_are_one_line_and_2(command: Any, capsys: Captured) -> None:
    command(raises(InputError("the paper is torn", "shelf 3")))
    assert front_door.main(["shelve", "x"]) == 2
    assert capsys.readouterr() == ("", "newsstand shelve: shelf 3: the paper is torn\n")


def test_mistakes_of_ours_are_not_hidden(command: Any) -> None:
    command(raises(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        front_door.main(["shelve", "x"])


def test_ctrl_c_is_130(command: Any, capsys: Captured) -> None:
    command(raises(KeyboardInterrupt()))
    assert front_door.main(["shelve", "x"]) == 130
    assert capsys.readouterr().err == "newsstand shelve: stopped\n"


def test_a_missing_extra_is_named_with_how_to_install_it(command: Any, capsys: Captured) -> None:
    command(raises(ModuleNotFoundError("No module named 'scissors'", name="scissors")))
    for argv, missing, extra in ((["shelve", "x"], "scissors", "[shelving]"), (["sell"], "selling", "[selling]")):
        assert front_door.main(argv) == 2
        said = capsys.readouterr().err
        assert f"{missing} is not installed: " in said
        assert "pip install -e" in said and extra in said


def test_help_lists_every_command_with_its_first_line(command: Any, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stopped:
        front_door.main(["--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert "Put the papers back on their shelf." in out and "More of that" not in out


@pytest.mark.parametrize("arguments", [[], ["fold"], ["--fold"]])
def test_what_is_no_command_is_2_with_the_usage(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stopped:
        front_door.main(arguments)
    assert stopped.value.code == 2
    assert "usage: newsstand" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        front_door.main(["--version"])
    assert capsys.readouterr().out == f"newsstand {__version__}\n"


def test_every_registered_command_has_a_summary_and_a_help(capsys: Captured) -> None:
    registered = front_door.commands()
    assert registered.keys() >= {"corpus", "train", "evaluate", "label", "models", "promote", "rollback", "serve"}
    assert registered == {point.name: point.value for point in entry_points(group="newsstand.commands")}
    for name, module in registered.items():
        assert front_door.summary(module).endswith(".")
        with pytest.raises(SystemExit) as stopped:
            front_door.main([name, "--help"])
        assert stopped.value.code == 0
        assert f"usage: newsstand {name}" in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = (
        "import sys, types\n"
        "from newsstand import __main__ as m\n"
        "def run(a):\n"
        "    for n in range(10**6): print('a line of output', n)\n"
        "    return 0\n"
        "c = types.ModuleType('chatty', 'Talk.'); c.add_arguments = lambda p: None; c.run = run\n"
        "sys.modules['chatty'] = c\n"
        "m.commands = lambda: {'talk': 'chatty'}\n"
        "sys.exit(m.main(['talk']))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as talking:
        assert talking.stdout and talking.stderr
        talking.stdout.readline()
        talking.stdout.close()
        assert talking.stderr.read() == b""
        assert talking.wait(20) == 0


@pytest.mark.parametrize("module", ["newsstand", "train", "service"])
def test_the_applications_are_modules_too(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"newsstand {__version__}\n"
