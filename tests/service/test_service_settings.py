"""Settings come from the environment, are checked, and are all written down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from newsstand.errors import SettingError
from service.settings import Settings, read_settings

WRITTEN = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_settings_come_from_the_environment_and_options_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSSTAND_PORT", "9001")
    monkeypatch.setenv("NEWSSTAND_WORKERS", "3")
    settings = read_settings(workers=2, host=None)
    assert (settings.port, settings.workers, settings.host) == (9001, 2, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("WORKERS", "0"),
        ("HOST", ""),
        ("MAX_BODY_BYTES", "2 MiB"),
        ("MAX_BATCH", "-1"),
        ("POLL_SECONDS", "0"),
        ("POLL_SECONDS", "nan"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_makes_no_sense_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NEWSSTAND_{name}", value)
    with pytest.raises(SettingError, match=rf"^NEWSSTAND_{name}="):
        read_settings()


def test_an_option_that_makes_no_sense_names_the_same_variable() -> None:
    with pytest.raises(SettingError, match=r"^NEWSSTAND_PORT=70000: "):
        read_settings(port=70000)


def test_another_program_can_be_given_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(models=tmp_path, port=9, poll_seconds=0.25, log_level="debug")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert read_settings() == settings


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_is_written_down_with_its_default() -> None:
    rows = re.findall(r"^\| `(NEWSSTAND_\w+)` \| `([^`]+)` \|", WRITTEN.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == Settings().environment()
