"""A changed description or limit can be read wherever a change is shown, word by word, as the value is."""

import pytest
from django.test import Client

from accounts.models import User
from subjects.models import Block, Revision, Run
from tests.subjects.pages.conftest import make_block, make_run, make_subject

OLD, NEW = "What Ada likes & owns.", "What Ada likes & wants."
INLINE = 'What Ada likes &amp; <del>owns</del><ins class="instead">wants</ins>.'


@pytest.fixture
def block(db: None, adam: User) -> Block:
    """Described anew by a run, and then by a person who also gave it less room and another value."""
    subject = make_subject("user_ada")
    run = make_run(subject, Run.State.COMPLETED, ("user", "I want a boat"))
    block = make_block(subject, "human", "Likes tea", limit=2000)
    Revision.objects.filter(block=block).update(description=OLD)
    for number, value, description, limit, run_or_none in (
        (2, "Likes tea", NEW, 2000, run),
        (3, "Likes coffee", OLD, 500, None),
    ):
        Revision.objects.create(
            block=block, number=number, value=value, description=description, limit=limit, run=run_or_none,
            source="run" if run_or_none else "edit", editor=None if run_or_none else adam,
        )  # fmt: skip
    Block.objects.filter(pk=block.pk).update(value="Likes coffee", description=OLD, limit=500, block_id="block-1")
    return block


@pytest.mark.parametrize("where", ["history/", "", "compare/?older=1&newer=2"])
def test_the_words_of_a_description_are_compared(where: str, support: Client, block: Block) -> None:
    page = support.get(f"/blocks/{block.pk}/{where}").text
    assert f'<span class="l">Description</span>{INLINE}' in page
    assert "The value stayed the same." not in page


@pytest.mark.parametrize("where", ["timeline/", "runs/"])
def test_so_they_are_in_a_stream(where: str, support: Client, block: Block) -> None:
    page = support.get(f"/subjects/{block.subject_id}/{where}").text
    assert f'<span class="l">Description</span>{INLINE}' in page


def test_value_description_and_limit_are_told_apart(support: Client, block: Block) -> None:
    page = support.get(f"/blocks/{block.pk}/compare/").text
    said = page[page.index('<div class="diff">') :]
    assert said.startswith(
        '<div class="diff"><span class="note-line">Limit changed from 2,000 to 500 characters.</span>'
        '<span class="l">Description</span>What Ada likes &amp; <del>wants</del><ins class="instead">owns</ins>.'
        '<span class="l">Value</span>Likes <del>tea</del><ins class="instead">coffee</ins></div>'
    )


def test_beside_each_other_too(support: Client, block: Block) -> None:
    page = support.get(f"/blocks/{block.pk}/compare/?view=side").text
    assert "Limit changed from 2,000 to 500 characters." in page
    described, value = page.index(">Description</th>"), page.index(">Value</th>")
    assert described < page.index("<td>What Ada likes &amp; <del>wants</del>.</td>") < value
    assert described < page.index("<td>What Ada likes &amp; <ins>owns</ins>.</td>") < value
    assert value < page.index("<td>Likes <del>tea</del></td>")
    same = support.get(f"/blocks/{block.pk}/compare/?view=side&older=1&newer=3").text
    assert ">Description</th>" not in same, "only where it changed"


def test_a_restore_shows_which_description_it_brings_back(support: Client, block: Block) -> None:
    page = support.get(f"/blocks/{block.pk}/restore/2/").text
    assert f'<span class="l">Description</span>{INLINE}' in page
    assert "Limit changed from 500 to 2,000 characters." in page


def test_what_a_long_description_kept_is_left_out_of_a_stream(support: Client, block: Block) -> None:
    filler = " ".join(["word"] * 200)
    for revision in block.revisions.all():
        block.revisions.filter(pk=revision.pk).update(description=f"{revision.description} {filler}")
    page = support.get(f"/subjects/{block.subject_id}/timeline/").text
    assert INLINE.removesuffix(".") in page
    assert filler not in page
    assert filler in support.get(f"/blocks/{block.pk}/history/").text
