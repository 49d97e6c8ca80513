"""Addresses of rollouts."""

from django.urls import path

from schemas.views import results, rollouts

urlpatterns = [
    path("", rollouts.rollout_list, name="rollout-list"),
    path("new/", rollouts.rollout_create, name="rollout-create"),
    path("<uuid:rollout_pk>/", rollouts.rollout_detail, name="rollout-detail"),
    path("<uuid:rollout_pk>/begin/", rollouts.rollout_begin, name="rollout-begin"),
    path("<uuid:rollout_pk>/pace/", rollouts.rollout_pace, name="rollout-pace"),
    path("<uuid:rollout_pk>/pause/", rollouts.rollout_pause, name="rollout-pause"),
    path("<uuid:rollout_pk>/resume/", rollouts.rollout_resume, name="rollout-resume"),
    path("<uuid:rollout_pk>/cancel/", rollouts.rollout_cancel, name="rollout-cancel"),
    path("<uuid:rollout_pk>/retry/", rollouts.rollout_retry, name="rollout-retry"),
    path("<uuid:rollout_pk>/undo/", rollouts.rollout_undo, name="rollout-undo"),
    path("<uuid:rollout_pk>/subjects/", results.rollout_item_list, name="rollout-item-list"),
    path("<uuid:rollout_pk>/download/", results.rollout_download, name="rollout-download"),
]
