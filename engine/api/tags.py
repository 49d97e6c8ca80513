"""`/v1/tags`: the tags that agents and blocks carry."""

from __future__ import annotations

from typing import Literal

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from engine.api.answers import answer
from engine.api.intake import Fields
from engine.api.paging import MOST, Limit, Order

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
    """Tags themselves are the cursors. Compared byte by byte, as Letta sorts them."""
    conditions, params = ["true"], []
    beyond, back = ("<", ">") if filters.order == "desc" else (">", "<")
    for cursor, sign in ((filters.after, beyond), (filters.before, back)):
        if cursor is not None:
            conditions.append(f'tag collate "C" {sign} %s')
            params.append(cursor)
    if part := filters.name or filters.query_text:
        conditions.append("strpos(lower(tag), lower(%s)) > 0")
        params.append(part)
    # Before a cursor the nearest tags are wanted, so they are taken from the other end and turned round.
    backwards = filters.before is not None and filters.after is None
    descending = (filters.order == "desc") != backwards
    sql = f"""
        select tag from (
            select unnest(tags) as tag from engine_agent union select unnest(tags) from engine_block
        ) as tags
        where {" and ".join(conditions)}
        order by tag collate "C" {"desc" if descending else "asc"} limit %s"""  # noqa: S608  # only constants are put in
    with connection.cursor() as cursor_:
        cursor_.execute(sql, [*params, min(filters.limit or MOST, MOST)])
        tags = [tag for (tag,) in cursor_.fetchall()]
    return answer(tags[::-1] if backwards else tags)
