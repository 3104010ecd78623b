"""``newsstand keys``: a file of keys, made and changed from the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from newsstand.__main__ import run_command
from service.keys import KeyFile


def keys(*arguments: str) -> int:
    return run_command("keys", "service.commands.keys", arguments)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "keys.json")


def test_a_key_is_shown_once_and_kept_only_as_a_hash(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("create", "newsroom", "--scope", "label", "--scope", "feedback", "--keys", path) == 0
    said = capsys.readouterr()
    key = said.out.strip()
    assert re.fullmatch(r"ns_[0-9a-f]{12}_[\w-]{43}", key)
    assert key not in said.err
    written = Path(path).read_text()
    assert key.split("_", 2)[2] not in written
    assert "$argon2id$" in written


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_the_file_is_for_its_owner_alone_also_after_changes(path: str) -> None:
    key, _ = KeyFile(Path(path)).create("a", ("label",))
    assert Path(path).stat().st_mode & 0o777 == 0o600
    Path(path).chmod(0o644)
    assert keys("revoke", key.id, "--keys", path) == 0
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_the_list_shows_scopes_and_what_was_revoked(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("list", "--keys", path) == 0
    assert "newsstand keys create" in capsys.readouterr().out
    key, text = KeyFile(Path(path)).create("newsroom", ("label", "admin"))
    assert keys("revoke", key.id, "--keys", path) == 0
    assert "was revoked" in capsys.readouterr().out
    assert keys("list", "--keys", path) == 0
    shown = capsys.readouterr().out
    assert re.search(rf"{key.id} +newsroom +label, admin +\S+Z +revoked \S+Z", shown)
    assert text.split("_", 2)[2] not in shown


def test_everything_comes_as_json_too(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("create", "a", "--scope", "label", "--keys", path, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["key"].startswith(f"ns_{made['id']}_")
    assert keys("revoke", made["id"], "--keys", path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["revoked"]
    assert keys("list", "--keys", path, "--json") == 0
    [listed] = json.loads(capsys.readouterr().out)["keys"]
    assert listed.keys() == {"id", "name", "scopes", "created", "revoked"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["revoke", "000000000000"], "has no key '000000000000'"),
        (["create", " ", "--scope", "label"], "needs a name"),
        (["create", "a\nb", "--scope", "label"], "needs a name"),
        (["create", "a" * 101, "--scope", "label"], "needs a name"),
    ],
)
def test_wrong_use_is_one_line(
    path: str, arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys(*arguments, "--keys", path) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"format": 1}', '{"format": 1, "keys": [1]}', '{"format": 1, "keys": 1}', "\xff"]
)
def test_a_damaged_file_is_left_alone(path: str, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(path).write_bytes(content.encode("latin-1"))
    for arguments in (["create", "a", "--scope", "label"], ["list"], ["revoke", "a"]):
        assert keys(*arguments, "--keys", path) == 2
        assert "is no file of keys" in capsys.readouterr().err
    assert Path(path).read_bytes() == content.encode("latin-1")


def test_a_file_of_another_version_is_refused(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(path).write_text('{"format": 2, "keys": []}')
    assert keys("list", "--keys", path) == 2
    assert "another version" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("create", "a", "--scope", "label", "--keys", str(tmp_path / "no" / "keys.json")) == 2
    assert str(tmp_path / "no") in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no lock for folders")
def test_keys_made_at_the_same_time_are_all_kept(path: str) -> None:
    program = "import sys; from pathlib import Path; from service.keys import KeyFile\n"
    program += "for n in range(3): KeyFile(Path(sys.argv[1])).create('a', ('label',))"
    makers = [subprocess.Popen([sys.executable, "-c", program, path]) for _ in range(2)]
    threads = [threading.Thread(target=KeyFile(Path(path)).create, args=("b", ("label",))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [maker.wait() for maker in makers] == [0, 0]
    assert len(KeyFile(Path(path)).read()) == 9
