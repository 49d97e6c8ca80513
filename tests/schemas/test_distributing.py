"""Attaching and detaching in bulk: everybody once, each obstacle told per subject, whole after trouble and crashes."""

from collections import Counter

import psycopg
import pytest
from django.utils import timezone

from accounts.models import User
from memory_sdk import NewBlock
from memory_ui.locks import number
from schemas import distributing
from schemas.distributing import Whom, start
from schemas.distribution_work import _choose, advance
from schemas.models import Distribution, Share, SharedBlock, Standing
from subjects.letta import agents
from subjects.models import Revision, Subject
from subjects.outside import read_blocks
from subjects.wanted import Wanted
from tests.conftest import test_database_url
from tests.faulty_proxy import Fault, FaultyProxy
from tests.schemas.conftest import MakeTemplate
from tests.schemas.letta import mirrors, policies, prompt_of, subject

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def shared(proxy: FaultyProxy, adam: User) -> SharedBlock:
    return policies(adam)


def run(distribution: Distribution) -> Distribution:
    advance(str(distribution.pk))
    distribution.refresh_from_db()
    return distribution


def results(distribution: Distribution) -> dict[str, str]:
    rows = distribution.shares.values_list("subject__subject_id", "state", "reason")
    return {subject_id: f"{state} {reason}".strip() for subject_id, state, reason in rows}


def attached(proxy: FaultyProxy) -> Counter[str]:
    """How often each agent was asked to attach."""
    return Counter(call.split("/agents/")[1].split("/")[0] for call in proxy.seen if "/attach/" in call)


def test_everybody_gets_it_once_with_a_recompiled_prompt(shared: SharedBlock, proxy: FaultyProxy, adam: User) -> None:
    made = [subject(name) for name in ("ann", "bob", "cem", "dov", "eva")]
    proxy.seen.clear()
    done = run(start(shared, Whom(), by=adam))

    assert (done.state, done.total, done.changed, done.refused) == ("done", 5, 5, 0)
    assert set(attached(proxy).values()) == {1}
    assert sum("recompile" in call for call in proxy.seen) == 5
    for one in made:
        assert "Never promise dates." in prompt_of(one)
    for mirror in mirrors(shared):
        first = mirror.revisions.get()
        assert (first.number, first.source, first.editor) == (1, "edit", adam)
        assert first.reason == "The shared block was attached."


def test_a_second_time_nothing_is_asked_of_letta(shared: SharedBlock, proxy: FaultyProxy, adam: User) -> None:
    subject("ann")
    run(start(shared, Whom(), by=adam))
    proxy.seen.clear()
    again = run(start(shared, Whom(), by=adam))
    assert (again.state, again.same, again.changed) == ("done", 1, 0)
    assert not proxy.seen
    assert Revision.objects.filter(block__in=mirrors(shared)).count() == 1


def test_each_obstacle_is_told_of_its_subject(shared: SharedBlock, proxy: FaultyProxy, adam: User) -> None:
    subject("ann")
    subject("bob", NewBlock("policies", "His own.", "Mine.", 100))
    frozen, gone = subject("cem"), subject("dov")
    Subject.objects.filter(pk=frozen.pk).update(frozen_at=timezone.now(), frozen_for="restriction")
    Subject.objects.filter(pk=gone.pk).update(gone_at=timezone.now())
    Subject.objects.create(subject_id="user_eva")
    fay = subject("fay")
    agents().add_block(fay.agent_id or "", NewBlock("policies", "Of another program.", "Theirs.", 100))

    done = run(start(shared, Whom(), by=adam))
    assert results(done) == {
        "user_ann": "changed",
        "user_bob": "refused taken",
        "user_cem": "refused frozen",
        "user_dov": "refused gone",
        "user_eva": "refused no-agent",
        "user_fay": "refused taken",
    }
    assert (done.state, done.changed, done.refused) == ("done", 1, 5)
    assert "Mine." in prompt_of(Subject.objects.get(subject_id="user_bob"))


def test_those_refused_are_tried_again_when_asked(shared: SharedBlock, adam: User) -> None:
    ann = subject("ann")
    Subject.objects.filter(pk=ann.pk).update(frozen_at=timezone.now(), frozen_for="restriction")
    done = run(start(shared, Whom(), by=adam))
    assert results(done) == {"user_ann": "refused frozen"}
    Subject.objects.filter(pk=ann.pk).update(frozen_at=None, frozen_for="")
    assert distributing.retry(done, adam) == 1
    assert results(run(done)) == {"user_ann": "changed"}
    assert (done.state, done.changed, done.refused) == ("done", 1, 0)


def test_taking_it_off_keeps_it_in_letta_for_the_others(shared: SharedBlock, adam: User) -> None:
    ann, bob = subject("ann"), subject("bob")
    run(start(shared, Whom(), by=adam))
    done = run(start(shared, Whom(subject_pks=[ann.pk]), by=adam, detach=True))

    assert (done.changed, done.total) == (1, 1)
    assert "Be kind." not in prompt_of(ann)
    assert "Be kind." in prompt_of(bob)
    [gone] = ann.blocks.filter(label="policies")
    assert gone.removed_at is not None
    last = gone.revisions.order_by("-number")[0]
    assert (last.source, last.editor, last.reason) == ("removed", adam, "The shared block was detached.")
    run(start(shared, Whom(), by=adam, detach=True))
    assert agents().get_block(shared.block_id or "").value == shared.value, "the last one leaves it in Letta, too"


@pytest.mark.parametrize("detach", [False, True])
def test_cut_off_between_two_requests_it_is_finished(
    shared: SharedBlock, proxy: FaultyProxy, adam: User, detach: bool
) -> None:
    """The block was attached, the prompt not recompiled, and sync has seen it: the mirror alone would say all is done."""
    ann = subject("ann")
    if detach:
        run(start(shared, Whom(), by=adam))
    order = start(shared, Whom(subject_pks=[ann.pk]), by=adam, detach=detach)
    proxy.faults.append(Fault("POST", "/recompile", "error_500"))
    assert run(order).state == "running"
    assert order.trouble
    read_blocks(ann)
    proxy.seen.clear()
    advance(str(order.pk))
    assert sum("recompile" in call for call in proxy.seen) == 1
    order.refresh_from_db()
    assert (order.state, order.changed, order.trouble) == ("done", 1, "")
    assert bool(mirrors(shared)) is not detach
    if not detach:
        assert mirrors(shared)[0].revisions.get().editor == adam, "although sync was quicker"


@pytest.mark.parametrize("trouble", ["busy_429", "error_500", "lose_answer", "unauthorized_401"])
def test_trouble_slows_it_down_and_loses_nothing(shared: SharedBlock, proxy: FaultyProxy, adam: User, trouble: str) -> None:
    for name in ("ann", "bob", "cem"):
        subject(name)
    order = start(shared, Whom(), by=adam)
    proxy.faults.append(Fault("PATCH", "/attach/", trouble, times=2))  # type: ignore[arg-type]
    for _ in range(10):
        if run(order).state == "done":
            break
    assert (order.state, order.changed, order.refused) == ("done", 3, 0)
    assert len(mirrors(shared)) == 3
    assert Revision.objects.filter(block__in=mirrors(shared)).count() == 3


def test_pause_resume_and_cancel(shared: SharedBlock, proxy: FaultyProxy, adam: User) -> None:
    for name in ("ann", "bob"):
        subject(name)
    order = start(shared, Whom(), by=adam, rate=1)
    run(order)
    assert order.changed == 1
    assert distributing.pause(order, adam)
    assert run(order).state == "paused"
    assert not distributing.pause(order, adam)
    assert distributing.resume(order, adam)
    Distribution.objects.filter(pk=order.pk).update(next_at=None)
    assert run(order).changed == 2
    other = start(shared, Whom(), by=adam, detach=True)
    assert distributing.cancel(other, adam)
    assert run(other).state == "cancelled"
    assert len(mirrors(shared)) == 2


def test_the_rate_is_kept(shared: SharedBlock, adam: User) -> None:
    for name in ("ann", "bob", "cem"):
        subject(name)
    order = start(shared, Whom(), by=adam, rate=1)
    pause = advance(str(order.pk))
    order.refresh_from_db()
    assert order.changed == 1
    assert pause is not None
    assert 0.3 < pause <= 1
    assert advance(str(order.pk)) is not None, "woken too early, it waits"
    order.refresh_from_db()
    assert order.changed == 1


def test_whom_by_filter_by_id_and_by_version(shared: SharedBlock, adam: User, make_template: MakeTemplate) -> None:
    ann, bob, _ = subject("ann"), subject("bob"), subject("cem")
    version = make_template("Care", [{"label": "human"}]).versions.get(number=1)
    Standing.objects.create(subject=bob, version=version)
    assert set(results(run(start(shared, Whom(wanted=Wanted(q="user_a")), by=adam)))) == {"user_ann"}
    assert set(results(run(start(shared, Whom(version=version), by=adam)))) == {"user_bob"}
    done = run(start(shared, Whom(subject_pks=[ann.pk, bob.pk], unknown=3), by=adam))
    assert results(done) == {"user_ann": "same", "user_bob": "same"}
    assert done.unknown_count == 3


def test_a_subject_that_is_busy_is_taken_later(shared: SharedBlock, adam: User) -> None:
    ann = subject("ann")
    order = start(shared, Whom(), by=adam)
    with psycopg.connect(test_database_url(), autocommit=True) as somebody:
        somebody.execute("select pg_advisory_lock(%s)", [number(f"subject:{ann.pk}")])
        assert run(order).state == "running"
        assert results(order) == {"user_ann": "waiting"}
    assert run(order).changed == 1


def test_one_who_is_erased_meanwhile_leaves_no_share(shared: SharedBlock, adam: User) -> None:
    ann = subject("ann")
    subject("bob")
    order = start(shared, Whom(), by=adam)
    _choose(order)
    ann.delete()
    done = run(order)
    assert (done.state, done.total, done.changed) == ("done", 1, 1)
    assert Share.objects.count() == 1
