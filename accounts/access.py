"""The decorator that every view carries: signed in, allowed, and by which methods; and what those are told who are not."""

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
from memory_ui.unsent import Step, not_taken


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


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What is posted from a page that was opened before its reader signed in anew: shown again, to be sent under that name.

    Only from pages of ours, as the browser says who is asked for nothing but this: another site must not be able to put a
    form before somebody that one press sends.
    """
    match = request.resolver_match
    if not _comes_from_here(request) or match is None or getattr(match.func, "permission", None) is None:
        return render(request, "403_csrf.html", status=403)
    if not request.user.is_authenticated:
        return _to_sign_in(request)
    sentence = f"You have signed in since this page was opened, as {request.user}. Sent again, it is done under this name."
    return not_taken(request, sentence, 403)


def _comes_from_here(request: HttpRequest) -> bool:
    here = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in (here, *settings.CSRF_TRUSTED_ORIGINS)


def _to_sign_in(request: Any) -> HttpResponse:
    if request.method == "POST":
        sentence = "You are signed out. Sign in in another tab, then send this again."
        return not_taken(request, sentence, 401, Step("Sign in", settings.LOGIN_URL))
    if request.htmx:
        # A fragment swapped for a sign-in form would put a page inside a card: send the whole page there instead.
        query = urlencode({"next": request.htmx.current_url_abs_path or "/"})
        return HttpResponseClientRedirect(f"{settings.LOGIN_URL}?{query}")
    return redirect_to_login(request.get_full_path())
