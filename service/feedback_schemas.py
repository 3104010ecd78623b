"""The bodies of corrections and of documents worth a look, for the OpenAPI document (see :mod:`service.schemas`)."""

from __future__ import annotations

from pydantic import BaseModel, Field

from newsstand.documents import LeaningName, StanceName
from service.corrections import MAX_LABELS, MAX_NOTE
from service.schemas import Answer, Document, _Answered, _Given


class GoldStance(_Given):
    """The right stance towards one target; with ``mentioned`` false and no stance, the article does not mention it."""

    target: str
    stance: StanceName | None = None
    mentioned: bool | None = None


class Correction(_Given):
    """What the labels of an article should have been; at least one of topics, stances and leaning."""

    document: Document = Field(description="The article, as it was labelled.")
    topics: list[str] | None = Field(
        None, max_length=MAX_LABELS, description="All topics that the article is about, by id; [] for none."
    )
    stances: list[GoldStance] | None = Field(None, max_length=MAX_LABELS)
    leaning: LeaningName | None = None
    run: str = Field(
        description="The run that is corrected: model.run of its answer.", pattern="^[A-Za-z0-9_.:-]{1,200}$"
    )
    note: str | None = Field(None, max_length=MAX_NOTE)
    id: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_.:-]{1,200}$",
        description="Of the correction, so that it can be sent again. One is made without it.",
    )


class Receipt(_Answered):
    """A correction is kept."""

    id: str
    received: str = Field(description="When it was kept first.")
    new: bool = Field(description="False where it was kept before.")


class LookedAt(_Answered):
    """An article as it was sent."""

    text: str
    title: str | None = None
    id: str | None = None
    source: str | None = None
    date: str | None = None
    language: str | None = None


class WorthALook(_Answered):
    """A document whose answer is doubtful."""

    document: LookedAt
    answer: Answer
    doubt: float = Field(ge=0, le=1, description="1 where no topic was likely enough.")
    seen: str


class ReviewQueue(_Answered):
    """The documents most worth a look."""

    documents: list[WorthALook] = Field(description="Most doubtful first.")


FEEDBACK: tuple[type[BaseModel], ...] = (Correction, Receipt, ReviewQueue)
