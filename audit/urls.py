"""Addresses of the audit log."""

from django.urls import URLPattern, URLResolver, path

from audit.views import entries, verifications, why

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entries.entry_list, name="entry-list"),
    path("export/", entries.entry_export, name="entry-export"),
    path("verify/", verifications.verification_detail, name="verification-detail"),
    path("verify/now/", verifications.verification_create, name="verification-create"),
    path("why/", why.why_search, name="why-search"),
    path("why/<uuid:subject_pk>/", why.why_detail, name="why-detail"),
]
