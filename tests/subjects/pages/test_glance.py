"""A subject at a glance: the prompt an assistant gets, whether our copy is fresh, and what is wrong said on top."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from memory_sdk import Memory, NewBlock
from subjects import delivery
from subjects.creation import USER_BLOCKS, create_subject
from subjects.freshness import mark_of
from subjects.letta import agents
from subjects.models import Block, Revision, Run, Subject
from subjects.snapshots import mirror
from tests.faulty_proxy import Fault, FaultyProxy
from tests.subjects.pages.conftest import HTMX, Story, make_block, make_run, make_subject

letta = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]


@pytest.fixture
def ida(proxy: FaultyProxy) -> Subject:
    """A user in Letta with something remembered."""
    subject = create_subject("user_ida", Subject.Kind.USER, USER_BLOCKS)
    delivery.advance(str(subject.pk))
    subject.refresh_from_db()
    for block in subject.blocks.all():
        assert block.block_id is not None
        agents().update_block(block.block_id, value=f"Ida & her <{block.label}> </human>")
    assert subject.agent_id is not None
    mirror(subject, agents().list_blocks(subject.agent_id), Revision.Source.OUTSIDE)
    return subject


class TestPrompt:
    pytestmark = letta

    def test_it_is_what_the_sdk_gives_to_an_assistant(self, ida: Subject, support: Client, proxy: FaultyProxy) -> None:
        prompt = support.get(f"/subjects/{ida.pk}/prompt/").context["prompt"]
        memory = Memory(api_key="test-engine-key", base_url=proxy.url)
        parts = [
            memory.get_user_memory("user_ida", prompt_formatted=True),
            memory.get_summary("user_ida", prompt_formatted=True),
        ]
        assert prompt.text == "\n\n".join(str(part) for part in parts)

    def test_each_block_of_a_subject_is_named_with_its_call(self, support: Client, proxy: FaultyProxy) -> None:
        subject = create_subject("team_oslo", Subject.Kind.SUBJECT, [NewBlock("summary", "So far.", "Quiet", 100)])
        delivery.advance(str(subject.pk))
        page = support.get(f"/subjects/{subject.pk}/prompt/")
        memory = Memory(api_key="test-engine-key", base_url=proxy.url, subject_id="team_oslo")
        assert page.context["prompt"].text == memory.get_memory("summary", prompt_formatted=True)
        assert "get_memory(&#34;summary&#34;, prompt_formatted=True, subject_id=&#34;team_oslo&#34;)" in page.text


def test_the_prompt_is_counted_and_escaped(support: Client) -> None:
    subject = make_subject("user_ada")
    make_block(subject, "human", "<b>x</b>")
    page = support.get(f"/subjects/{subject.pk}/prompt/")
    assert page.context["prompt"].characters == len('<human description="About human.">\n<b>x</b>\n</human>')
    assert "52 characters" in page.text
    assert "13 tokens</b> (estimated" in page.text
    assert "&lt;b&gt;x&lt;/b&gt;" in page.text


def test_without_blocks_there_is_no_prompt(support: Client) -> None:
    assert "an assistant gets nothing" in support.get(f"/subjects/{make_subject('user_ada').pk}/prompt/").text


class TestFreshness:
    pytestmark = letta

    def test_the_page_asks_after_it_is_shown_and_is_in_step(self, ida: Subject, support: Client, proxy: FaultyProxy) -> None:
        before = len(proxy.seen)
        page = support.get(f"/subjects/{ida.pk}/").text
        assert len(proxy.seen) == before, "the page itself asks nobody"
        assert f'hx-get="/subjects/{ida.pk}/freshness/"' in page
        found = support.get(f"/subjects/{ida.pk}/freshness/", headers=HTMX)
        assert '<span role="status">In step with Letta.</span>' in found.text
        assert "Checked <time" in found.text
        assert "HX-Trigger-After-Settle" not in found.headers
        assert len(proxy.seen) == before + 1

    def test_what_others_changed_is_recorded_and_shown(self, ida: Subject, support: Client) -> None:
        human = ida.blocks.get(label="human")
        assert human.block_id is not None
        agents().update_block(human.block_id, value="Written by another program")
        found = support.get(f"/subjects/{ida.pk}/freshness/", headers=HTMX)
        assert "Letta had changed 1 block since" in found.text
        assert "memory-changed" in found.headers["HX-Trigger-After-Settle"]
        assert human.revisions.order_by("-number")[0].source == "outside"
        assert "Written by another program" in support.get(f"/subjects/{ida.pk}/").text

    def test_without_javascript_a_link_asks_and_comes_back(self, ida: Subject, support: Client) -> None:
        response = support.get(f"/subjects/{ida.pk}/freshness/", follow=True)
        assert response.redirect_chain[-1][0] == f"/subjects/{ida.pk}/"
        assert "In step with Letta. Checked just now." in response.text

    @pytest.mark.parametrize("trouble", ["refuse", "error_500", "unauthorized_401"])
    def test_letta_down_is_a_sentence_with_the_last_time(
        self, trouble: str, ida: Subject, support: Client, proxy: FaultyProxy
    ) -> None:
        proxy.faults.append(Fault("GET", "/v1/agents", trouble, 5))  # type: ignore[arg-type]
        found = support.get(f"/subjects/{ida.pk}/freshness/", headers=HTMX)
        assert found.status_code == 200
        assert "What is shown is our copy." in found.text
        assert re.search(r"Asked <time.*>just now</time>; last read from Letta <time", found.text)
        assert proxy.count("GET", "/core-memory/blocks") >= 1
        assert support.get(f"/subjects/{ida.pk}/").status_code == 200

    def test_it_asks_once_only(self, ida: Subject, support: Client, proxy: FaultyProxy) -> None:
        before = len(proxy.seen)
        proxy.faults.append(Fault("GET", "/v1/agents", "error_500", 5))
        support.get(f"/subjects/{ida.pk}/freshness/", headers=HTMX)
        assert len(proxy.seen) == before + 1

    def test_an_agent_that_is_gone_is_said_and_nothing_lost(self, ida: Subject, support: Client) -> None:
        assert ida.agent_id is not None
        agents().delete_agent(ida.agent_id)
        found = support.get(f"/subjects/{ida.pk}/freshness/", headers=HTMX).text
        assert "Letta no longer has this subject’s agent." in found
        page = support.get(f"/subjects/{ida.pk}/").text
        assert "nothing of it was deleted" in page
        assert "her &lt;human&gt;" in page

    def test_a_run_under_way_keeps_what_is_its_own(self, ida: Subject, support: Client) -> None:
        make_run(ida, Run.State.LEARNING, ("user", "x"))
        human = ida.blocks.get(label="human")
        assert human.block_id is not None
        agents().update_block(human.block_id, value="Half of what the run learns")
        assert "A run is under way" in support.get(f"/subjects/{ida.pk}/freshness/", headers=HTMX).text
        assert Block.objects.get(pk=human.pk).value != "Half of what the run learns"

    def test_when_the_run_is_over_it_is_asked_again(self, ida: Subject, support: Client) -> None:
        run = make_run(ida, Run.State.LEARNING, ("user", "x"))
        url = f"/subjects/{ida.pk}/freshness/"
        mark = f"{mark_of(ida)}-under-way"
        assert f"mark={mark}" in support.get(url, headers=HTMX).text
        assert support.get(url, {"mark": mark}, headers=HTMX).status_code == 204
        Run.objects.filter(pk=run.pk).update(state=Run.State.COMPLETED)
        later = support.get(url, {"mark": mark}, headers=HTMX).text
        assert "In step with Letta." in later
        assert "under-way" not in later


def test_a_subject_without_an_agent_asks_nobody(support: Client) -> None:
    subject = make_subject("user_ada", agent_id=None)
    assert "nothing in Letta to compare" in support.get(f"/subjects/{subject.pk}/freshness/", headers=HTMX).text
    assert 'id="freshness"' not in support.get(f"/subjects/{subject.pk}/").text


def test_a_failed_last_run_stands_on_top_until_one_succeeds(support: Client, story: Story) -> None:
    Run.objects.filter(pk=story.learning.pk).delete()
    url = f"/subjects/{story.subject.pk}/"
    for headers in ({}, HTMX):
        page = support.get(url, headers=headers).text
        assert "The last run failed" in page
        assert f'<a href="/runs/{story.failed.pk}/">See the run</a>' in page
    make_run(story.subject, Run.State.COMPLETED, ("user", "x"))
    assert "The last run failed" not in support.get(url).text


def test_the_agent_is_linked_where_letta_has_pages(support: Client, story: Story, settings: Settings) -> None:
    url, agent_id = f"/subjects/{story.subject.pk}/", story.subject.agent_id
    assert "app.letta.com" not in support.get(url).text
    settings.LETTA_AGENT_URL = "https://app.letta.com/agents/{id}"
    assert f'<a href="https://app.letta.com/agents/{agent_id}" rel="noreferrer"' in support.get(url).text


def test_doubled_and_lost_agents_are_said(support: Client) -> None:
    doubled = make_subject("user_two", duplicate_agent_ids=["agent-2"])
    page = support.get(f"/subjects/{doubled.pk}/").text
    assert "further agents with this subject id." in page
    assert 'data-copy="agent-2" aria-label="Copy the agent id agent-2"' in page
    lost = make_subject("user_lost", gone_at=timezone.now())
    assert "Letta no longer has this subject’s agent" in support.get(f"/subjects/{lost.pk}/").text
