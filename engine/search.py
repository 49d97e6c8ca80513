"""Search in archival memory: by words always, by meaning too when an embedding endpoint is configured.

Words: Postgres full text. A passage is a hit when it has any of the query's words, by English stem or as they stand,
whole or as the start of a longer word. Passages with all of them come first. Where no word begins like one of the query's,
parts of words count, so that languages without spaces are found too.

Meaning: pgvector, by cosine distance. Both rankings are fused by reciprocal rank (Cormack, Clarke and Büttcher, 2009).
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from pgvector.django import CosineDistance

from engine import embedding
from engine.models import Passage

FUSION = 60
"""The constant of reciprocal rank fusion: how little the first places stand out."""
CANDIDATES = 100
"""The least number of rows of each ranking that take part in the fusion."""
MOST_WORDS = 64
SHORTEST_START = 4
"""letters; "tea" shall not find every team"""


# A lexeme in a tsquery stands in quotes, with quotes and backslashes doubled. The cast stands within the brackets: Postgres
# works them out once, and a cast of theirs for each passage.
_ANY_WORD = r"""(
    select string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''' || MARK, ' | ')::tsquery
    from unnest(coalesce(
        nullif(tsvector_to_array(to_tsvector('english', %s)), '{}'), tsvector_to_array(to_tsvector('simple', %s))
    )) as word
)"""


class _AnyWord(SearchQuery):
    """A tsquery that any word of the text satisfies, by its English stem; words like "the" count only among themselves.

    With `prefix`, the start of a longer word is enough, if it is not too short. Null for a text without words.
    """

    def __init__(self, text: str, *, prefix: bool) -> None:
        super().__init__(text)
        self.text = text
        self.mark = f"case when length(word) >= {SHORTEST_START} then ':*' else '' end" if prefix else "''"

    # Django wants the parameters as a list here, django-stubs as a tuple.
    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        return _ANY_WORD.replace("MARK", self.mark), [self.text, self.text]


def search(
    passages: QuerySet[Passage], query: str, limit: int, *, as_it_stands: bool = False
) -> list[tuple[Passage, float]]:
    """The passages that fit the query, best first, each with its score (higher is better, comparable within one answer).

    `as_it_stands`: of those found by words, the ones in which the query stands letter by letter come first, also within a
    word or an address. Every passage is read for that.
    """
    whole = query.strip()
    query = " ".join(query.split()[:MOST_WORDS])
    if not query:
        return []
    candidates = max(limit, CANDIDATES)
    found = _by_words(passages, query, candidates) or _by_parts(passages, query, candidates)
    if as_it_stands:
        exact = passages.filter(text__contains=whole).order_by("-created_at", "pk")[:candidates]
        found = list({passage.pk: passage for passage in [*exact, *found]}.values())[:candidates]
    rankings = [found]
    vector = embedding.of_query(query)
    if vector is not None:
        near = passages.filter(embedding_model=embedding.model()).exclude(embedding=None)
        rankings.append(list(near.order_by(CosineDistance("embedding", vector), "-created_at", "pk")[:candidates]))
    return _fused(rankings)[:limit]


def _by_words(passages: QuerySet[Passage], query: str, limit: int) -> list[Passage]:
    every = SearchQuery(query, config="english", search_type="websearch")
    some, begun = _AnyWord(query, prefix=False), _AnyWord(query, prefix=True)
    has_all = Case(When(search=every, then=Value(1.0)), default=Value(0.0), output_field=FloatField())
    rank = has_all + SearchRank(F("search"), some) + SearchRank(F("search"), begun) / Value(4.0)
    return list(passages.filter(search=begun).order_by(rank.desc(), "-created_at", "pk")[:limit])


def _by_parts(passages: QuerySet[Passage], query: str, limit: int) -> list[Passage]:
    parts = [part for part in re.findall(r"\w+", query) if len(part) > 1 or not part.isascii()]
    if not parts:
        return []
    hits = sum((Case(When(text__icontains=part, then=Value(1)), default=Value(0)) for part in parts), start=Value(0))
    anything = reduce(or_, (Q(text__icontains=part) for part in parts))
    return list(passages.filter(anything).order_by(hits.desc(), "-created_at", "pk")[:limit])


def _fused(rankings: list[list[Passage]]) -> list[tuple[Passage, float]]:
    found: dict[str, Passage] = {}
    scores: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, passage in enumerate(ranking, start=1):
            found[passage.pk] = passage
            scores[passage.pk] += 1 / (FUSION + place)
    return sorted(((found[pk], score) for pk, score in scores.items()), key=lambda hit: -hit[1])
