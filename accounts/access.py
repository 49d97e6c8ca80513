"""The decorator that every view carries: signed in, allowed, and by which methods."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from accounts.roles import Permission, who_may


class StaffRequest(HttpRequest):
    """A request of a person who is signed in and allowed."""

    user: User
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]


def requires(permission: Permission) -> Callable[[View], View]:
    """Let a view be used only by people who hold `permission`.

    Others are sent to sign in, or get a 403 page that says which roles can. The view carries the permission as
    `view.permission`, so that a test can walk every URL.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            user = request.user
            if not user.may(permission):
                context = {"permission": permission, "who_may": who_may(permission)}
                return render(request, "403.html", context, status=403)
            response = view(request, *args, **kwargs)
            patch_cache_control(response, private=True)
            # A fragment and its page have one address: without this, Back may show the fragment alone.
            patch_vary_headers(response, ["HX-Request"])
            return response

        wrapped.permission = permission  # type: ignore[attr-defined]
        return wrapped

    return decorate


def open_to_anyone(view: View) -> View:
    """Let a view be used by people who are not signed in: what it shows is proven by its address."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    wrapped.permission = None  # type: ignore[attr-defined]
    return wrapped


def _to_sign_in(request: Any) -> HttpResponse:
    if request.htmx:
        # A fragment swapped for a sign-in form would put a page inside a card: send the whole page there instead.
        query = urlencode({"next": request.htmx.current_url_abs_path or "/"})
        return HttpResponseClientRedirect(f"{settings.LOGIN_URL}?{query}")
    return redirect_to_login(request.get_full_path())
