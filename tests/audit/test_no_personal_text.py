"""Whatever is done with a memory, no word of it gets into the record: a canary in every text, and then a search for it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Entry
from subjects import delivery
from subjects.models import Block, Revision, Run, Subject
from tests.subjects.pages.conftest import HTMX

CANARY = "canary9f3e"


def _get(client: Client, name: str, *args: object, **query: str) -> None:
    for headers in ({}, HTMX):
        assert client.get(reverse(name, args=args), query, headers=headers).status_code in (200, 204, 302)


@pytest.mark.django_db
def test_a_canary_in_every_text_is_in_no_entry(sue: User, adam: User, otto: User, sign_in: Callable[[User], Client]) -> None:
    client, word = sign_in(adam), f"{CANARY} Sarah"
    from memory_sdk import NewBlock
    from subjects.creation import create_subject

    blocks = [NewBlock(label=f"{CANARY}_label", description=word, value=f"{word}\nLikes tea.", limit=2000)]
    subject = create_subject(f"{CANARY}_user", Subject.Kind.SUBJECT, blocks, adam)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    block = Block.objects.get(subject=subject)
    key = str(uuid4())
    text = f"user: I am {CANARY}, call me {CANARY}."
    client.post(reverse("conversation-learn", args=[subject.pk]), {"key": key, "way": "pasted", "text": text})
    run = Run.objects.get(subject=subject)
    client.post(reverse("run-cancel", args=[run.pk]))
    client.post(reverse("run-retry", args=[run.pk]))
    edit = {"value": f"{word} moved", "description": word, "limit": 2000, "base": 1, "reason": f"because {CANARY}"}
    client.post(reverse("block-edit", args=[block.pk]), edit)
    flag = {"line": 1, "base": Revision.objects.filter(block=block).latest("number").number, "note": word}
    client.post(reverse("line-flag", args=[block.pk]), flag)
    new = {"label": f"{CANARY}_more", "description": word, "value": word, "limit": 500, "reason": word}
    client.post(reverse("block-create", args=[subject.pk]), new)
    client.post(reverse("passage-create", args=[subject.pk]), {"text": word, "tags": CANARY, "key": str(uuid4())})
    client.post(reverse("passage-delete", args=[subject.pk]), {"passage": CANARY})
    added = Entry.objects.get(action="added-passage").detail["passage"]
    client.post(reverse("passage-delete", args=[subject.pk]), {"passage": added})
    client.post(reverse("list-export-create"), {"text": CANARY, "q": CANARY})
    for name in ("subject-detail", "timeline-detail", "message-list", "prompt-detail", "run-list", "activity-detail"):
        _get(client, name, subject.pk, q=CANARY, after=CANARY)
    _get(client, "passage-list", subject.pk, q=CANARY)
    _get(client, "search-detail", q=CANARY)
    _get(client, "subject-list", text=CANARY)
    _get(sign_in(otto), "entry-list", subject=CANARY, who=CANARY, action=CANARY)

    done = set(Entry.objects.values_list("action", flat=True))
    assert {"created-subject", "taught", "corrected-block", "flagged-line", "added-block", "added-passage"} <= done
    assert {"deleted-passage", "searched-archive", "was-shown-in-search", "exported-list", "looked-at-audit"} <= done
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from subjects_revision as r where r::text like %s", [f"%{CANARY}%"])
        assert (cursor.fetchone() or [0])[0] > 2, "the canary is there to be found"
        for table in ("audit_entry", "audit_seal", "audit_verification"):
            cursor.execute(f"select count(*) from {table} as e where e::text ilike %s", [f"%{CANARY}%"])
            assert cursor.fetchone() == (0,), table
