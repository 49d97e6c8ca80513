"""`/v1/tags`: the tags that agents and blocks carry."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine.api.answers import answer
from engine.api.intake import Fields
from engine.api.paging import MOST, Limit, Order
from engine.tags import Stretch, listed

router = Router()


class Filters(Fields):
    before: str | None = None
    after: str | None = None
    limit: Limit | None = 50
    order: Order = "asc"
    order_by: Literal["name"] = "name"
    query_text: str | None = None
    name: str | None = None


@router.get("")
def list_tags(request: HttpRequest, filters: Query[Filters]) -> HttpResponse:
    stretch = Stretch(filters.before, filters.after, filters.order == "desc", min(filters.limit or MOST, MOST))
    return answer(listed(stretch, filters.name or filters.query_text))
