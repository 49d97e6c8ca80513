"""The queries behind the pages of templates: none per row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Lower

from memory_ui.keyset import Cursor, Page, keyset_page
from schemas.models import BlockSchema, SharedBlock, Template, Version


@dataclass(slots=True)
class TemplateRow:
    """A template of the list. `version`: the last published; `has_draft`: something waits to be published."""

    template: Template
    version: Version | None = None
    has_draft: bool = False
    labels: list[str] = field(default_factory=list)


def templates_page(cursor: Cursor, *, archived: bool = False) -> tuple[Page[Template], list[TemplateRow]]:
    """Templates by name; those put away, the last first."""
    if archived:
        page = keyset_page(Template.objects.exclude(archived_at=None), ("-archived_at", "-id"), cursor)
    else:
        named = Template.objects.filter(archived_at=None).annotate(sorted_by=Lower("name"))
        page = keyset_page(named, ("sorted_by", "id"), cursor)
    return page, _dressed(page.rows)


def _dressed(templates: Iterable[Template], *, drafts: bool = True) -> list[TemplateRow]:
    rows = {template.pk: TemplateRow(template) for template in templates}
    newest = Version.objects.filter(template=OuterRef("template")).exclude(number=None).order_by("-number")
    wanted = Q(number=Subquery(newest.values("number")[:1])) | (Q(number=None) if drafts else Q())
    versions = Version.objects.filter(wanted, template__in=rows)
    shown: dict[object, TemplateRow] = {}
    for version in versions.order_by("number"):  # drafts last
        row = rows[version.template_id]
        if version.is_draft:
            row.has_draft = True
            if row.version is None:
                shown[version.pk] = row
        else:
            row.version = version
            shown[version.pk] = row
    for version_pk, label in BlockSchema.objects.filter(version__in=list(shown)).values_list("version", "label"):
        shown[version_pk].labels.append(label)
    return list(rows.values())


def startable_templates() -> list[TemplateRow]:
    """The templates that a new subject can start from, the default first, then by name; a hundred at most."""
    published = Version.objects.filter(template=OuterRef("pk")).exclude(number=None)
    live = Template.objects.filter(Exists(published), archived_at=None)
    return _dressed(live.order_by("-is_default", Lower("name"), "id")[:100], drafts=False)


def live_templates() -> list[TemplateRow]:
    """The templates that a file may be taken into, by name; a thousand at most. Told of each: whether it has a draft."""
    drafts = Version.objects.filter(template=OuterRef("pk"), number=None)
    live = Template.objects.filter(archived_at=None).annotate(has_draft=Exists(drafts)).order_by(Lower("name"), "id")
    return [TemplateRow(template, has_draft=template.has_draft) for template in live[:1000]]


def asks_for_a_name(rows: Sequence[TemplateRow]) -> bool:
    """Whether a starting value of these templates has a place for a display name."""
    versions = [row.version.pk for row in rows if row.version is not None]
    return BlockSchema.objects.filter(version__in=versions, value__contains="display_name").exists()


def versions_of(template: Template) -> list[Version]:
    """The draft, if any, and the last hundred versions, newest first, with the people who published them."""
    return list(template.versions.select_related("published_by", "changed_by")[:100])


def schemas_of_version(version: Version) -> list[BlockSchema]:
    """The schemas with the shared blocks they name, whose texts stand in place of their own."""
    schemas = list(version.schemas.select_related("shared_block"))
    for schema in schemas:
        if (shared := schema.shared_block) is not None:
            schema.description, schema.value = shared.description, shared.value
            schema.limit, schema.read_only = shared.limit, shared.read_only
    return schemas


def live_shared_blocks() -> list[SharedBlock]:
    """The shared blocks a template may hold, by label; a thousand at most."""
    return list(SharedBlock.objects.filter(archived_at=None).order_by("label", "created_at")[:1000])
