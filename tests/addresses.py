"""Addresses of every page, naming what a story has; what only some of them name is made when it is needed."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.inviting import invite
from accounts.models import ApiKey, Invitation
from accounts.roles import Role
from privacy.found import Found
from privacy.models import Batch, Erasure, LedgerEntry, Orphan, Reappearance, Request, RetentionRule
from privacy.receipts import issue
from schemas.models import Rollout, SharedBlock, Template, Version
from subjects.models import LearningTest
from tests.conftest import person
from tests.schemas.shared import written_order, written_shared
from tests.subjects.pages.conftest import Story


def patterns(resolver: URLResolver, route: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the project with its route."""
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, here)
        else:
            yield here, entry


@cache
def words_of(name: str) -> list[str]:
    """What the address of that name is made with."""
    [pattern] = [entry for _, entry in patterns(get_resolver()) if entry.name == name]
    return re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern))


# /v1 is the engine's API and /api ours: no pages, bearer keys, walked in tests/contract and tests/privacy.


def address(name: str, story: Story) -> str:
    """An address that names what is there; what only some of them name is made when it is needed."""
    known: dict[str, object] = {
        "subject_pk": story.subject.pk,
        "run_pk": story.failed.pk,
        "block_pk": story.human.pk,
        "number": 1,
        "document_pk": story.document.pk,
        "tidy_pk": story.tidy.pk,
        "list_export_pk": story.subject.pk,
        "uidb36": "1",
        "key": "set-password",
    }
    needed = words_of(name)
    if {"person_pk", "invitation_pk", "key_pk", "token", "test_pk"} & set(needed):
        known |= settings_words()
    if {"shared_block_pk", "distribution_pk"} & set(needed):
        known |= shared_words()
    return reverse(name, kwargs={word: known[word] if word in known else MADE[word]() for word in needed})


def a_rollout() -> object:
    """One that was counted and not begun."""
    version = Version.objects.filter(template__name="Care", number=1).first()
    return Rollout.objects.get_or_create(version=version, state="ready")[0].pk


def a_receipt() -> object:
    """The signed end of the erasure that the story has."""
    filed = Request.objects.get()
    erasure, _ = Erasure.objects.get_or_create(request=filed)
    return (filed.receipts.first() or issue(filed, erasure, Found(), [])).pk


def a_reappearance() -> object:
    """One that waits for a word."""
    entry, _ = LedgerEntry.objects.get_or_create(subject_hash="0" * 64)
    met, _ = Reappearance.objects.get_or_create(entry=entry, how="console", settled_at=None)
    return met.pk


MADE: dict[str, Callable[[], object]] = {
    "request_pk": lambda: Request.objects.get().pk,
    "batch_pk": lambda: Batch.objects.get().pk,
    "receipt_pk": a_receipt,
    "reappearance_pk": a_reappearance,
    "rule_pk": lambda: RetentionRule.objects.get_or_create(what="messages", days=9)[0].pk,
    "orphan_pk": lambda: Orphan.objects.get_or_create(kind="block", letta_id="block-1")[0].pk,
    "template_pk": lambda: Template.objects.get(name="Care").pk,
    "rollout_pk": a_rollout,
}


def shared_words() -> dict[str, object]:
    """What addresses of shared blocks name: one with a history, and an order to attach it."""
    shared = SharedBlock.objects.filter(label="policies").first() or written_shared()
    return {"shared_block_pk": shared.pk, "distribution_pk": written_order(shared).pk}


def settings_words() -> dict[str, object]:
    """What addresses of the settings name: a person, an invitation with its link, a key, a test."""
    admin, sue = person("Ida", Role.ADMIN), person("Sue", Role.SUPPORT)
    number = Invitation.objects.count()
    invitation, token = invite(f"new{number}@example.com", Role.SUPPORT, by=admin)
    key, _ = ApiKey.issue("portal", admin)
    test = LearningTest.objects.create(state=LearningTest.State.PASSED, removed_at=timezone.now())
    words = {"person_pk": sue.pk, "invitation_pk": invitation.pk, "token": token, "key_pk": key.pk, "test_pk": test.pk}
    return dict(words)
