"""Publishing a draft as the next version, archiving templates, and the one that new subjects start from."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from schemas.checking import check, schemas_of
from schemas.editing import BadTemplate, newest_version, next_edition
from schemas.models import Template, Version


def publish(template: Template, note: str, *, edition: int, by: User | None = None) -> Version:
    """Make the draft the next version, for good. `note`: what changed and why.

    Raises:
        Changed: the template is not what the person looked at.
        BadTemplate: there is no draft, it has no blocks, or it is the last version over again; or no note was given.
        BadSchemas: something is wrong with the draft.
    """
    if not note.strip():
        raise BadTemplate("note", "Say what changes and why; those who roll it out read it.")
    with next_edition(template, edition) as current:
        draft = current.versions.filter(number=None).first()
        if draft is None:
            raise BadTemplate("draft", "Nothing changed since the last version, so there is nothing to publish.")
        if current.archived_at is not None:
            raise BadTemplate("draft", "The template is archived; take it out of the archive first.")
        schemas = schemas_of(draft.schemas.all())
        if not schemas:
            raise BadTemplate("draft", "The draft has no blocks, so nothing would be remembered. Add one first.")
        check(schemas)
        newest = newest_version(current)
        if newest is not None and schemas == schemas_of(newest.schemas.all()):
            raise BadTemplate("draft", f"The draft is the same as version {newest.number}; there is nothing to publish.")
        draft.number = 1 if newest is None or newest.number is None else newest.number + 1
        draft.note, draft.published_at, draft.published_by = note.strip(), timezone.now(), by
        draft.save(update_fields=["number", "note", "published_at", "published_by"])
        record(Action.PUBLISHED_TEMPLATE, by=by, detail={"template": template.pk, "version": draft.number})
    return draft


def archive(template: Template, by: User | None = None) -> None:
    """Put a template aside: nobody can start from it. Subjects that are on it stay on it.

    Raises:
        BadTemplate: it is the default.
    """
    with transaction.atomic():
        current = Template.objects.select_for_update().get(pk=template.pk)
        if current.is_default:
            raise BadTemplate("archive", "New subjects start from this template. Make another one the default first.")
        current.archived_at = current.archived_at or timezone.now()
        current.edition += 1
        current.save(update_fields=["archived_at", "edition"])
        record(Action.ARCHIVED_TEMPLATE, by=by, detail={"template": template.pk, "archived": True})


def unarchive(template: Template, by: User | None = None) -> None:
    """Take a template out of the archive.

    Raises:
        BadTemplate: its name was given to another one meanwhile.
    """
    try:
        with transaction.atomic():
            current = Template.objects.select_for_update().get(pk=template.pk)
            current.archived_at = None
            current.edition += 1
            current.save(update_fields=["archived_at", "edition"])
            record(Action.ARCHIVED_TEMPLATE, by=by, detail={"template": template.pk, "archived": False})
    except IntegrityError as error:
        raise BadTemplate(
            "archive", "Another template has this name by now. Rename that one first, or duplicate this one."
        ) from error


@transaction.atomic
def make_default(template: Template, *, applies_outside: bool = False, by: User | None = None) -> None:
    """Let new subjects start from `template`, and put those from outside on it; any other default ends.

    `applies_outside`: whether those are also given the blocks they lack.

    Raises:
        BadTemplate: nothing is published, or it is archived.
    """
    # All of them, always in one order, so that two people choosing at the same time wait for each other.
    rows = list(Template.objects.select_for_update().filter(archived_at=None).order_by("pk"))
    if not any(row.pk == template.pk for row in rows):
        raise BadTemplate("default", "The template is archived; take it out of the archive first.")
    if newest_version(template) is None:
        raise BadTemplate("default", "Publish a version first; subjects cannot start from a draft.")
    Template.objects.filter(is_default=True).update(is_default=False, applies_outside=False)
    Template.objects.filter(pk=template.pk).update(is_default=True, applies_outside=applies_outside)
    record(Action.CHANGED_SETTINGS, by=by, detail={"default_template": template.pk, "applies_outside": applies_outside})


@transaction.atomic
def end_default(by: User | None = None) -> None:
    """Have no default: new subjects start from what is chosen for them, those from outside are on no template."""
    if Template.objects.filter(is_default=True).update(is_default=False, applies_outside=False):
        record(Action.CHANGED_SETTINGS, by=by, detail={"default_template": False})


def default_version() -> Version | None:
    """The version that new subjects start from: the last published one of the default."""
    default = Template.objects.filter(is_default=True).first()
    return None if default is None else newest_version(default)
