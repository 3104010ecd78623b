"""The answers of the routes that watch the service, for its OpenAPI document. Not for the answers to articles."""

from __future__ import annotations

from typing import Literal

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


class Distance(_Answered):
    """How far what a run gave on a day is from its training corpus."""

    psi: float = Field(description="Population stability index.")
    by_chance: float = Field(description="What it would be by chance alone, for so few documents.")
    verdict: Literal["stable", "slight", "large"] = Field(
        description="By how much the index is above chance: up to 0.1, up to 0.25, or more."
    )


class DriftDay(_Answered):
    """What a run gave on a day, in UTC."""

    day: str
    documents: int
    not_read: int = Field(
        description="Documents that are too short or in another language; they count for nothing else."
    )
    distributions: dict[str, Distance] = Field(description="Empty where there is no reference, or too few documents.")
    counts: dict[str, dict[str, int]] = Field(description="Of each distribution, the commonest class first.")


class DriftReport(_Answered):
    """How far a run's days are from its training corpus."""

    run: str
    fingerprint: str
    reference: dict[str, dict[str, int]] | None = Field(
        description="What the run gives to articles that its judging models never saw."
    )
    missing: str | None = Field(description="Why there is no reference, where there is none.")
    enough: int = Field(description="With fewer documents, a day is not compared.")
    days: list[DriftDay] = Field(description="The last day first.")


WATCHED: tuple[type[BaseModel], ...] = (ShadowReport, DriftReport)
