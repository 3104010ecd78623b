"""The output that the page on audits shows is the output of the commands that it shows."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from newsstand.__main__ import main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "howto" / "audit-a-corpus.md"


def test_the_audit_shown_is_what_the_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    codes = [main(shlex.split(command)[2:]) for command in commands]
    printed = capsys.readouterr().out
    assert codes == [0, 1]
    shown = block.partition(commands[-1] + "\n")[2]
    assert all(part in printed for part in shown.split("…\n"))
