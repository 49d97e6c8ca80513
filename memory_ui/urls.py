"""Every address of the console."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def _up(request: HttpRequest) -> HttpResponse:
    # For load balancers and `make run`: pages answer and the database is reachable.
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("up", _up, name="up"),
    path("accounts/", include("accounts.urls")),
    path("settings/", include("accounts.settings_urls")),
    path("v1/", include("engine.urls")),
    path("api/", include("privacy.api")),
    path("audit/", include("audit.urls")),
    path("", include("schemas.urls")),
    path("rollouts/", include("schemas.rollout_urls")),
    path("privacy/", include("privacy.urls")),
    path("", include("subjects.urls")),
]
