"""Addresses of block templates, shared blocks and rollouts."""

from django.urls import path

from schemas.views import (
    distributions,
    drafts,
    drift,
    files,
    new_subjects,
    shared_blocks,
    shared_edits,
    templates,
    versions,
)

urlpatterns = [
    path("subjects/new/", new_subjects.subject_create, name="subject-create"),
    path("templates/", templates.template_list, name="template-list"),
    path("templates/new/", templates.template_create, name="template-create"),
    path("templates/import/", files.template_import, name="template-import"),
    path("templates/format/", files.template_format, name="template-format"),
    path("templates/<uuid:template_pk>/", templates.template_detail, name="template-detail"),
    path("templates/<uuid:template_pk>/edit/", drafts.template_edit, name="template-edit"),
    path("templates/<uuid:template_pk>/publish/", drafts.template_publish, name="template-publish"),
    path("templates/<uuid:template_pk>/discard/", drafts.draft_discard, name="draft-discard"),
    path("templates/<uuid:template_pk>/duplicate/", templates.template_duplicate, name="template-duplicate"),
    path("templates/<uuid:template_pk>/archive/", templates.template_archive, name="template-archive"),
    path("templates/<uuid:template_pk>/default/", templates.template_default, name="template-default"),
    path("templates/<uuid:template_pk>/compare/", versions.version_compare, name="version-compare"),
    path("templates/<uuid:template_pk>/export/", versions.version_export, name="version-export"),
    path("templates/<uuid:template_pk>/versions/<int:number>/", versions.version_detail, name="version-detail"),
    path("templates/<uuid:template_pk>/drift/", drift.drift_detail, name="drift-detail"),
    path("templates/<uuid:template_pk>/versions/<int:number>/subjects/", drift.standing_list, name="standing-list"),
    path("templates/shared/", shared_blocks.shared_block_list, name="shared-block-list"),
    path("templates/shared/new/", shared_blocks.shared_block_create, name="shared-block-create"),
    path("templates/shared/adopt/", shared_blocks.shared_block_adopt, name="shared-block-adopt"),
    path("templates/shared/<uuid:shared_block_pk>/", shared_blocks.shared_block_detail, name="shared-block-detail"),
    path("templates/shared/<uuid:shared_block_pk>/subjects/", shared_blocks.holder_list, name="holder-list"),
    path("templates/shared/<uuid:shared_block_pk>/edit/", shared_edits.shared_block_edit, name="shared-block-edit"),
    path(
        "templates/shared/<uuid:shared_block_pk>/restore/<int:number>/",
        shared_edits.shared_block_restore,
        name="shared-block-restore",
    ),
    path(
        "templates/shared/<uuid:shared_block_pk>/archive/", shared_blocks.shared_block_archive, name="shared-block-archive"
    ),
    path(
        "templates/shared/<uuid:shared_block_pk>/distribute/", distributions.distribution_create, name="distribution-create"
    ),
    path("templates/distributions/<uuid:distribution_pk>/", distributions.distribution_detail, name="distribution-detail"),
    path(
        "templates/distributions/<uuid:distribution_pk>/steer/", distributions.distribution_steer, name="distribution-steer"
    ),
]
