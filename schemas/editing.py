"""Making templates and changing their drafts, never overwriting what somebody else changed unseen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.recording import record
from schemas.checking import Schema, check, schemas_of
from schemas.models import BlockSchema, Template, Version

MAX_NAME = 100  # characters
TAKEN = "There is a template of this name already; choose another."


class BadTemplate(ValueError):
    """The template cannot be as asked; nothing was written. `field`: what to put right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Changed(Exception):
    """Somebody changed the template since it was looked at. `template`: as it is now; nothing was overwritten."""

    def __init__(self, template: Template) -> None:
        super().__init__("The template was changed in the meantime.")
        self.template = template


def create_template(name: str, purpose: str, schemas: Sequence[Schema], by: User | None = None) -> Template:
    """A new template, with `schemas` as its draft.

    Raises:
        BadTemplate: the name is empty, too long or taken.
        BadSchemas: something is wrong with the schemas.
    """
    check(schemas)
    with _naming(), transaction.atomic():
        template = Template.objects.create(name=_checked_name(name), purpose=purpose, created_by=by)
        _write_draft(template, schemas, by)
        record(Action.CREATED_TEMPLATE, by=by, detail={"template": template.pk, "blocks": len(schemas)})
    return template


def save_template(
    template: Template, name: str, purpose: str, schemas: Sequence[Schema], *, edition: int, by: User | None = None
) -> Template:
    """Name, purpose and draft as they should be from now on. `edition`: of the template that the person looked at.

    Schemas that are those of the last version make no draft, and end one that is there.

    Raises:
        Changed: somebody was quicker.
        BadTemplate, BadSchemas: as `create_template`.
    """
    check(schemas)
    with _naming(), next_edition(template, edition) as current:
        current.name, current.purpose = _checked_name(name), purpose
        current.save(update_fields=["name", "purpose"])
        if list(schemas) != shown_schemas(current):
            newest = newest_version(current)
            if newest is not None and list(schemas) == schemas_of(newest.schemas.all()):
                current.versions.filter(number=None).delete()
            else:
                _write_draft(current, schemas, by)
        record(Action.CHANGED_TEMPLATE, by=by, detail={"template": template.pk, "blocks": len(schemas)})
    return current


def discard_draft(template: Template, *, edition: int, by: User | None = None) -> Template:
    """Go back to the last published version.

    Raises:
        Changed: somebody changed it since.
        BadTemplate: nothing was published yet, so nothing would be left.
    """
    with next_edition(template, edition) as current:
        if newest_version(current) is None:
            raise BadTemplate("draft", "Nothing is published yet, so there is nothing to go back to.")
        current.versions.filter(number=None).delete()
        record(Action.CHANGED_TEMPLATE, by=by, detail={"template": template.pk, "discarded": True})
    return current


def duplicate_template(template: Template, name: str, by: User | None = None) -> Template:
    """A new template that starts where this one stands (its draft, else its last version). Raises BadTemplate."""
    return create_template(name, template.purpose, shown_schemas(template), by)


def check_name(name: str) -> None:
    """Whether a new template may be called so. Raises BadTemplate."""
    if Template.objects.filter(name__iexact=_checked_name(name), archived_at=None).exists():
        raise BadTemplate("name", TAKEN)


def free_name(name: str) -> str:
    """`name`, or with " (copy)", " (copy 2)" … behind it where that is taken."""
    for suffix in ("", " (copy)", *(f" (copy {number})" for number in range(2, 1000))):
        proposed = name[: MAX_NAME - len(suffix)] + suffix
        if not Template.objects.filter(name__iexact=proposed, archived_at=None).exists():
            return proposed
    return name


# what there is --------------------------------------------------------------------------------------------------------


def newest_version(template: Template) -> Version | None:
    """The last published version."""
    return template.versions.exclude(number=None).order_by("-number").first()


def shown_version(template: Template) -> Version | None:
    """What the editor starts from: the draft, else the last published version."""
    return template.versions.order_by("-number").filter(number=None).first() or newest_version(template)


def shown_schemas(template: Template) -> list[Schema]:
    """The schemas of `shown_version`."""
    version = shown_version(template)
    return [] if version is None else schemas_of(version.schemas.all())


# changing -------------------------------------------------------------------------------------------------------------


@contextmanager
def next_edition(template: Template, edition: int) -> Iterator[Template]:
    """One transaction that changes a template from the `edition` somebody looked at to the next.

    Raises:
        Changed: it has another edition by now.
    """
    with transaction.atomic():
        current = Template.objects.select_for_update().get(pk=template.pk)
        if current.edition != edition:
            raise Changed(current)
        current.edition += 1
        current.save(update_fields=["edition"])
        yield current


def _write_draft(template: Template, schemas: Sequence[Schema], by: User | None) -> None:
    draft, _ = Version.objects.update_or_create(
        template=template, number=None, defaults={"changed_at": timezone.now(), "changed_by": by}
    )
    draft.schemas.all().delete()
    BlockSchema.objects.bulk_create(
        BlockSchema(
            version=draft,
            position=position,
            label=schema.label,
            description=schema.description,
            value=schema.value,
            limit=schema.limit,
            read_only=schema.read_only,
            shared_block_id=schema.shared_block,
        )
        for position, schema in enumerate(schemas)
    )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise BadTemplate("name", "Give the template a name, for example Customer support.")
    if len(name) > MAX_NAME:
        raise BadTemplate("name", f"The name has {len(name)} characters; at most {MAX_NAME} fit.")
    return name


@contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if "schemas_template_name" not in str(error):
            raise
        raise BadTemplate("name", TAKEN) from error
