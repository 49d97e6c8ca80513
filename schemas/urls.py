"""Addresses of block templates, shared blocks and rollouts."""

from django.urls import path

from schemas.views import drafts, files, new_subjects, templates, versions

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
]
