"""What a frozen subject is: its memory stays stored, and nobody learns, corrects or syncs it."""

from subjects.models import Subject

SENTENCES = {
    Subject.FrozenFor.RESTRICTION: "This memory is frozen: a privacy request restricts its use. Nothing was changed.",
    Subject.FrozenFor.ERASURE: "This memory is frozen: it is being erased. Nothing was changed.",
}


class Frozen(ValueError):
    """The subject is frozen; nothing was changed. The message is a sentence for the person who tried."""


def is_frozen(subject: Subject) -> bool:
    """Whether the subject is frozen now, as the database has it."""
    return Subject.objects.filter(pk=subject.pk, frozen_at__isnull=False).exists()


def refuse_frozen(subject: Subject) -> None:
    """Refuse to change a frozen subject. Reads the database: what was loaded a moment ago may be old.

    In a transaction that holds the subject's row, nothing can freeze it before the end. Raises Frozen.
    """
    row = Subject.objects.filter(pk=subject.pk, frozen_at__isnull=False).values_list("frozen_for", flat=True)
    if (why := row.first()) is not None:
        raise Frozen(SENTENCES[Subject.FrozenFor(why)])
