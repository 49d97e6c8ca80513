"""Blocks that other programs changed become revisions, with the run that changed them where there is no doubt."""

import pytest

from memory_sdk import NewBlock
from memory_sdk.agents import Agents
from memory_ui.locks import exclusively
from subjects import outside
from subjects.models import Block, Revision, Run, Subject
from tests.subjects.sync.conftest import OtherProgram, pass_over, subject_named

pytestmark = pytest.mark.django_db(transaction=True)


def last_of(subject: Subject, label: str) -> Revision:
    return Revision.objects.filter(block__subject=subject, block__label=label).latest("number")


def test_a_block_edited_over_rest_is_noticed_although_no_activity_moved(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo", NewBlock("human", "", "City: Split\nLikes: tea"))
    pass_over()
    before = other.letta.get_agent(agent_id).last_activity
    other.rewrite(agent_id, "human", "City: Zadar\nLikes: tea")
    assert other.letta.get_agent(agent_id).last_activity == before
    state = pass_over(whole=True)
    ivo = subject_named("user_ivo")
    human = ivo.blocks.get(label="human")
    revision = last_of(ivo, "human")
    assert human.value == revision.value == "City: Zadar\nLikes: tea"
    assert (revision.number, revision.source, revision.run, revision.editor) == (2, Revision.Source.OUTSIDE, None, None)
    assert human.line_revisions == [2, 1]
    assert state.changes_found == 1


def test_what_a_run_of_others_changed_names_the_run(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    pass_over()
    other.teach(agent_id, "My name is Ivo Babic.")
    pass_over()
    ivo = subject_named("user_ivo")
    revision = last_of(ivo, "human")
    assert "Ivo" in revision.value
    assert revision.source == Revision.Source.OUTSIDE
    assert revision.run == ivo.runs.get()


def test_where_two_runs_had_the_block_in_hand_none_is_named(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    pass_over()
    other.teach(agent_id, "My name is Ivo Babic.")
    other.teach(agent_id, "My e-mail is ivo@example.com.")
    pass_over()
    revision = last_of(subject_named("user_ivo"), "human")
    assert "Ivo" in revision.value
    assert "ivo@example.com" in revision.value
    assert (revision.number, revision.run) == (2, None)


def test_a_block_as_first_seen_is_put_down_to_nobody(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    other.teach(agent_id, "My name is Ivo Babic.")
    pass_over()
    revision = last_of(subject_named("user_ivo"), "human")
    assert (revision.number, revision.run) == (1, None)


def test_a_new_block_and_one_that_was_taken_off(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo", NewBlock("human", "", "Name: Ivo"), NewBlock("notes", "", "old"))
    pass_over()
    other.letta.add_block(agent_id, NewBlock("likes", "What they like.", "tea"))
    other.remove(agent_id, "notes")
    state = pass_over(whole=True)
    ivo = subject_named("user_ivo")
    assert set(ivo.blocks.filter(removed_at=None).values_list("label", flat=True)) == {"human", "likes"}
    notes = last_of(ivo, "notes")
    assert (notes.number, notes.source, notes.value) == (2, Revision.Source.REMOVED, "")
    assert Block.objects.get(label="notes").value == "old", "what it said can still be read"
    assert state.changes_found == 2
    assert pass_over(whole=True).changes_found == 2


def test_a_block_that_comes_back_is_a_block_again(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo", NewBlock("human", ""), NewBlock("notes", "", "old"))
    pass_over()
    other.remove(agent_id, "notes")
    pass_over(whole=True)
    other.letta.add_block(agent_id, NewBlock("notes", "", "new"))
    pass_over(whole=True)
    assert subject_named("user_ivo").blocks.get(label="notes", removed_at=None).value == "new"


def test_an_unchanged_subject_is_known_to_be_fresh_for_one_request_a_page(other: OtherProgram) -> None:
    other.create_user("user_ivo")
    pass_over()
    before = subject_named("user_ivo").mirrored_at
    pass_over(whole=True)
    after = subject_named("user_ivo").mirrored_at
    assert before is not None
    assert after is not None
    assert after > before


def test_a_page_that_is_older_than_what_we_know_changes_nothing(
    other: OtherProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = other.create_user("user_ivo", NewBlock("human", "", "City: Split"))
    pass_over()
    ivo = subject_named("user_ivo")
    (stale,) = other.letta.iter_agents(with_blocks=True)
    other.rewrite(agent_id, "human", "City: Zadar")
    outside.read_blocks(ivo)
    monkeypatch.setattr(Agents, "iter_agents", lambda self, **kwargs: iter([stale]))
    pass_over(whole=True)
    assert list(Revision.objects.filter(block__label="human").order_by("number").values_list("value", flat=True)) == [
        "City: Split",
        "City: Zadar",
    ]


def test_a_subject_somebody_works_on_is_left_for_later(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo")
    pass_over()
    other.rewrite(agent_id, "human", "City: Zadar")
    ivo = subject_named("user_ivo")
    done = []

    def elsewhere() -> None:
        from django.db import connection

        pass_over(whole=True)
        done.append(last_of(ivo, "human").number)
        connection.close()

    import threading

    with exclusively(f"subject:{ivo.pk}") as mine:
        assert mine
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert done == [1]
    pass_over(whole=True)
    assert last_of(ivo, "human").number == 2


def test_two_blocks_of_one_label_do_not_flip_for_ever(other: OtherProgram) -> None:
    agent_id = other.create_user("user_ivo", NewBlock("human", "", "first"))
    pass_over()
    ivo = subject_named("user_ivo")
    (block,) = other.letta.list_blocks(agent_id)
    twin = type(block)(
        id="block-00000000-0000-4000-8000-000000000009", label="human", description="", value="second", limit=9
    )
    assert [one.value for one in outside.one_of_each_label([block, twin])] == ["first"]
    assert ivo.blocks.get().value == "first"
    assert not Run.objects.exists()
