"""The answers of the routes that watch the service, for its OpenAPI document. Not for the answers to articles."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Answered(BaseModel):
    """What the service sends: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Agreement(_Answered):
    """How far two runs agree about one question."""

    documents: int
    agreement: float = Field(
        description="From 0 to 1. Topics: the share of the topics of either that both give. Others: the share that is the same."
    )


class ShadowAgainst(_Answered):
    """The agreement with one run that was in use meanwhile."""

    run: str
    heads: dict[str, Agreement]


class ShadowReport(_Answered):
    """What a run that labels in the shadow has shown."""

    run: str | None = Field(description="null where no run labels in the shadow.")
    share: float = Field(description="Of the requests that are labelled a second time.")
    degraded: str | None = Field(description="Why the run cannot be used, where it cannot.")
    documents: dict[str, int] = Field(description="Compared, dropped because the service was busy, and failed.")
    against: list[ShadowAgainst]


WATCHED: tuple[type[BaseModel], ...] = (ShadowReport,)
