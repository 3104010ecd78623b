"""What an operator can set, read once from the environment into one object. Not for options of a single request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from newsstand.errors import SettingError
from service.rates import OFF, parse_rate

PREFIX = "NEWSSTAND_"
_ORIGIN = re.compile(r"https?://[\w.:\[\]-]+")


class Settings(BaseSettings):
    """Settings of the service; each is also the environment variable ``NEWSSTAND_`` plus its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    models: Path = Path("models")
    keys: Path = Path("keys.json")
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=1024)
    max_body_bytes: int = Field(2 << 20, ge=1)
    max_text_chars: int = Field(1_000_000, ge=1)
    max_batch: int = Field(256, ge=1)
    max_requests: int = Field(256, ge=1)
    label_threads: int = Field(2, ge=1, le=256)
    encoder_threads: int = Field(1, ge=1, le=256)
    max_queue: int = Field(64, ge=0)
    request_seconds: float = Field(30.0, gt=0, le=3600)
    rate: str = "off"
    html_seconds: float = Field(5.0, gt=0, le=3600)
    shadow: str = Field("off", min_length=1)
    shadow_share: float = Field(0.1, ge=0, le=1)
    pinned_runs: int = Field(2, ge=1, le=1024)
    poll_seconds: float = Field(1.0, gt=0, le=3600)
    drain_seconds: float = Field(0.0, ge=0, le=3600)
    shutdown_seconds: int = Field(30, ge=1, le=3600)
    cors_origins: str = "off"
    metrics_folder: str = Field("auto", min_length=1)
    drift_folder: str = Field("auto", min_length=1)
    copies_folder: str = Field("auto", min_length=1)
    store: str = Field("off", min_length=1)
    review_documents: int = Field(0, ge=0, le=100_000)
    access_log: bool = False
    traces: bool = False
    log_format: Literal["auto", "json", "text"] = "auto"
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"

    @field_validator("rate")
    @classmethod
    def _is_rate(cls, text: str) -> str:
        parse_rate(text)
        return text

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, text: str) -> str:
        if text != OFF and not all(_ORIGIN.fullmatch(origin) for origin in text.split(",")):
            raise ValueError(f"is neither '{OFF}' nor origins such as https://news.example, with commas between them")
        return text

    def cors_origin_list(self) -> list[str]:
        """The origins whose pages may read answers."""
        return [] if self.cors_origins == OFF else self.cors_origins.split(",")

    def environment(self) -> dict[str, str]:
        """The variables that make another process read these same settings."""
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in self.model_dump().items()}


def read_settings(**given: Any) -> Settings:
    """The settings from the environment; what is given here, and is not ``None``, goes first.

    Raises
    ------
    SettingError
        If a value makes no sense; the message names its variable.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper().removeprefix(PREFIX)
        raise SettingError(f"{name}={first['input']}: {_lower(first['msg'])}") from error


def _lower(message: str) -> str:
    plain = message.removeprefix("Value error, ")
    return plain[:1].lower() + plain[1:]
