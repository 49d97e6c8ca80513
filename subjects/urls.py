"""The addresses of subjects. They hold only our own opaque ids: a subject's outside id may be personal."""

from django.urls import path

from subjects.views import (
    blocks,
    conversations,
    corrections,
    glance,
    messages,
    overview,
    passages,
    revisions,
    runs,
    subjects,
)

urlpatterns = [
    path("", subjects.subject_list, name="subject-list"),
    path("subjects/new/", subjects.subject_create, name="subject-create"),
    path("subjects/<uuid:subject_pk>/", subjects.subject_detail, name="subject-detail"),
    path("subjects/<uuid:subject_pk>/retry/", subjects.subject_retry, name="subject-retry"),
    path("subjects/<uuid:subject_pk>/runs/", runs.run_list, name="run-list"),
    path("subjects/<uuid:subject_pk>/messages/", messages.message_list, name="message-list"),
    path("subjects/<uuid:subject_pk>/learn/", conversations.conversation_create, name="conversation-create"),
    path("subjects/<uuid:subject_pk>/learn/preview/", conversations.conversation_preview, name="conversation-preview"),
    path("subjects/<uuid:subject_pk>/learn/confirm/", conversations.conversation_learn, name="conversation-learn"),
    path("subjects/<uuid:subject_pk>/timeline/", glance.timeline_detail, name="timeline-detail"),
    path("subjects/<uuid:subject_pk>/prompt/", glance.prompt_detail, name="prompt-detail"),
    path("subjects/<uuid:subject_pk>/freshness/", glance.freshness_detail, name="freshness-detail"),
    path("subjects/<uuid:subject_pk>/archive/", passages.passage_list, name="passage-list"),
    path("subjects/<uuid:subject_pk>/archive/add/", passages.passage_create, name="passage-create"),
    path("subjects/<uuid:subject_pk>/archive/delete/", passages.passage_delete, name="passage-delete"),
    path("subjects/<uuid:subject_pk>/blocks/new/", blocks.block_create, name="block-create"),
    path("blocks/<uuid:block_pk>/", blocks.block_detail, name="block-detail"),
    path("blocks/<uuid:block_pk>/edit/", corrections.block_edit, name="block-edit"),
    path("blocks/<uuid:block_pk>/delete/", blocks.block_delete, name="block-delete"),
    path("blocks/<uuid:block_pk>/restore/<int:number>/", corrections.block_restore, name="block-restore"),
    path("blocks/<uuid:block_pk>/flag/", blocks.line_flag, name="line-flag"),
    path("blocks/<uuid:block_pk>/unflag/", blocks.line_unflag, name="line-unflag"),
    path("blocks/<uuid:block_pk>/history/", revisions.revision_list, name="revision-list"),
    path("blocks/<uuid:block_pk>/compare/", revisions.revision_compare, name="revision-compare"),
    path("overview/", overview.overview_detail, name="overview-detail"),
    path("overview/connection/", overview.connection_detail, name="connection-detail"),
    path("runs/", overview.run_browse, name="run-browse"),
    path("runs/<uuid:run_pk>/", runs.run_detail, name="run-detail"),
    path("runs/<uuid:run_pk>/retry/", runs.run_retry, name="run-retry"),
    path("runs/<uuid:run_pk>/cancel/", runs.run_cancel, name="run-cancel"),
]
