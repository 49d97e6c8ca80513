"""The search for an outside id in all our texts: it finds what reading each of them would, however many there are."""

from typing import Any

import pytest
from django.db import connection

from memory_sdk import NewBlock
from privacy import naming
from privacy.naming import LISTED, Named, mentions
from subjects.creation import create_subject
from subjects.learning import learn
from subjects.models import Block, Message, Revision, Run, Subject
from subjects.transcripts import Turn

pytestmark = pytest.mark.django_db

NAMED = Named("user_sarah7")


def said(text: str) -> Message:
    """A message of somebody else."""
    subject = create_subject("user_otto", Subject.Kind.SUBJECT, [NewBlock("human", "Who it is.", "Otto")])
    learn(subject, [Turn("user", text)], source=Run.Source.IMPORTED, key="one")
    return Message.objects.get()


def take_for_large(model: type[Message] | type[Block]) -> None:
    """Let Postgres believe that a table has many rows, as it would after an ANALYZE of one that does."""
    with connection.cursor() as cursor:
        cursor.execute("update pg_class set reltuples = 5e7 where oid = %s::regclass", [model._meta.db_table])


@pytest.mark.parametrize(
    "text",
    [
        "Ask user_sarah7.",
        "https://shop.example/orders/user_sarah7/last",
        "see /home/user_sarah7",
        "from <user_sarah7>",
        "user_sarah7@example.com wrote",
        "key=user_sarah7&page=2",
        '{"id": "user_sarah7"}',
        "told\nuser_sarah7\nso",
        "word " * 30_000 + "user_sarah7",
    ],
    ids=range(9),
)
def test_an_id_is_found_wherever_in_a_text_it_stands_in_a_large_table_too(text: str) -> None:
    message = said(text)
    take_for_large(Message)
    [hit] = mentions(NAMED)
    assert (hit.label, hit.field, hit.ids) == ("subjects.Message", "content", (str(message.pk),))


@pytest.mark.parametrize("text", ["user_sarah70 was here", "a-user_sarah7", "user_sarah7-b", "xuser_sarah7", "USER_SARAH7"])
def test_what_only_looks_like_it_is_another_id(text: str) -> None:
    said(text)
    assert list(mentions(NAMED)) == []


def test_one_that_nobody_knows_of_is_found_behind_many_that_are_known() -> None:
    said("nothing")
    block = Block.objects.get()
    Revision.objects.filter(block=block).delete()
    Revision.objects.bulk_create(
        Revision(block=block, number=number, value="of user_sarah7", limit=5000, source="created")
        for number in range(LISTED + 1)
    )
    *known, last = [str(pk) for pk in Revision.objects.order_by("number").values_list("pk", flat=True)]
    [hit] = mentions(NAMED, {"subjects.Revision": known})
    assert hit.ids == (last,)
    assert list(mentions(NAMED, {"subjects.Revision": [*known, last]})) == []


def test_no_regular_expression_is_run_over_a_text_without_the_id() -> None:
    """It takes ten times as long. One that is none tells when it is."""
    said("nothing of them")
    with connection.cursor() as cursor:
        given: dict[str, Any] = {**NAMED.sought, "pattern": "(", **{label: [] for label, _ in naming.everywhere()}}
        cursor.execute(naming._statement(naming.everywhere()), given)
        assert cursor.fetchall() == []
