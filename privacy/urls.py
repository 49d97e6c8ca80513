"""Addresses of the privacy desk. They hold only our own opaque ids."""

from django.urls import URLPattern, URLResolver, path

from privacy.views import batches, decisions, exports, orphans, reappearances, requests

urlpatterns: list[URLPattern | URLResolver] = [
    path("", requests.request_list, name="request-list"),
    path("requests/new/", requests.request_create, name="request-create"),
    path("requests/<uuid:request_pk>/", requests.request_detail, name="request-detail"),
    path("requests/<uuid:request_pk>/confirm/", decisions.request_confirm, name="request-confirm"),
    path("requests/<uuid:request_pk>/approve/", decisions.request_approve, name="request-approve"),
    path("requests/<uuid:request_pk>/refuse/", decisions.request_refuse, name="request-refuse"),
    path("requests/<uuid:request_pk>/withdraw/", decisions.request_withdraw, name="request-withdraw"),
    path("requests/<uuid:request_pk>/hold/", decisions.request_hold, name="request-hold"),
    path("requests/<uuid:request_pk>/release/", decisions.request_release, name="request-release"),
    path("requests/<uuid:request_pk>/extend/", decisions.request_extend, name="request-extend"),
    path("requests/<uuid:request_pk>/assign/", decisions.request_assign, name="request-assign"),
    path("requests/<uuid:request_pk>/retry/", decisions.request_retry, name="request-retry"),
    path("requests/<uuid:request_pk>/lift/", decisions.request_lift, name="request-lift"),
    path("requests/<uuid:request_pk>/notes/", decisions.note_create, name="note-create"),
    path("requests/<uuid:request_pk>/archive/", exports.export_download, name="export-download"),
    path("reappeared/", reappearances.reappearance_list, name="reappearance-list"),
    path("reappeared/<uuid:reappearance_pk>/erase/", reappearances.reappearance_erase, name="reappearance-erase"),
    path("reappeared/<uuid:reappearance_pk>/let-in/", reappearances.reappearance_let_in, name="reappearance-let-in"),
    path("orphans/", orphans.orphan_list, name="orphan-list"),
    path("orphans/scan/", orphans.scan_create, name="scan-create"),
    path("orphans/decide/", orphans.orphan_decide, name="orphan-decide"),
    path("orphans/<uuid:orphan_pk>/", orphans.orphan_detail, name="orphan-detail"),
    path("lists/new/", batches.batch_create, name="batch-create"),
    path("lists/<uuid:batch_pk>/", batches.batch_detail, name="batch-detail"),
    path("lists/<uuid:batch_pk>/confirm/", batches.batch_confirm, name="batch-confirm"),
    path("lists/<uuid:batch_pk>/approve/", batches.batch_approve, name="batch-approve"),
    path("lists/<uuid:batch_pk>/withdraw/", batches.batch_withdraw, name="batch-withdraw"),
]
