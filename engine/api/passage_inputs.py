"""The bodies and queries of requests about archives and passages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from pydantic import AfterValidator, Field

from engine.api.intake import Fields
from engine.api.paging import Limit, Order
from engine.models import Passage
from engine.passages import NewPassage
from engine.tags import Tag

MatchMode = Literal["any", "all"]


def _utc(moment: datetime) -> datetime:
    """A time without a zone is UTC, as with Letta."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _known_to_postgres(moment: datetime) -> datetime:
    try:
        return _utc(moment)
    except OverflowError:
        raise ValueError("the date is out of range") from None


Moment = Annotated[datetime, AfterValidator(_known_to_postgres)]


class AgentPassage(Fields):
    text: str
    tags: list[Tag] | None = None
    created_at: Moment | None = None

    def to_store(self) -> NewPassage:
        return NewPassage(self.text, self.tags or (), created_at=self.created_at)


class ArchivePassage(AgentPassage):
    metadata: dict[str, Any] | None = None

    def to_store(self) -> NewPassage:
        return NewPassage(self.text, self.tags or (), self.metadata or {}, self.created_at)


class Batch(Fields):
    passages: list[ArchivePassage]


class ListPassages(Fields):
    after: str | None = None
    before: str | None = None
    limit: Limit | None = 100
    search: str | None = None
    ascending: bool | None = True


class Search(Fields):
    query: str
    tags: list[str] | None = None
    tag_match_mode: MatchMode = "any"
    top_k: Limit | None = None
    start_datetime: Moment | None = None
    end_datetime: Moment | None = None


class SearchEverywhere(Fields):
    query: str | None = None
    agent_id: str | None = None
    archive_id: str | None = None
    tags: list[str] | None = None
    tag_match_mode: MatchMode = "any"
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    start_date: Moment | None = None
    end_date: Moment | None = None


def narrowed(
    rows: QuerySet[Passage], tags: list[str] | None, mode: MatchMode, start: datetime | None, end: datetime | None
) -> QuerySet[Passage]:
    """The passages with any or all of the tags, from `start` to `end`, both included."""
    if tags:
        rows = rows.filter(**{"tags__contains" if mode == "all" else "tags__overlap": tags})
    if start is not None:
        rows = rows.filter(created_at__gte=start)
    if end is not None:
        rows = rows.filter(created_at__lte=end)
    return rows


class NewArchive(Fields):
    name: str
    description: str | None = None
    embedding: str | None = None
    embedding_config: dict[str, Any] | None = None


class ChangedArchive(Fields):
    name: str | None = None
    description: str | None = None


class ListArchives(Fields):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 50
    order: Order = "desc"
    order_by: Literal["created_at"] = "created_at"
    name: str | None = None
    agent_id: str | None = None
