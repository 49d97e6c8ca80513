"""Settings: the API keys of programs."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods

from accounts import keys
from accounts.access import StaffRequest, requires
from accounts.forms import KeyForm
from accounts.models import ApiKey, Scope
from accounts.roles import Permission
from memory_ui.keyset import cursor_of, keyset_page


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def key_list(request: StaffRequest) -> HttpResponse:
    """The keys, the newest first: what each is for, who made it, when it was last used."""
    page = keyset_page(ApiKey.objects.select_related("created_by"), ("-created_at", "-id"), cursor_of(request.GET))
    return render(request, "accounts/key_list.html", {"page": page, "scopes": Scope, "place": "keys"})


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SETTINGS)
def key_create(request: StaffRequest) -> HttpResponse:
    """Make a key. The answer shows it, and nothing ever does again."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row, key = keys.make_key(form.cleaned_data["name"], form.cleaned_data["scopes"], request.user)
        except keys.NameTaken:
            form.add_error("name", "A key that works has this name already. Was this page sent twice?")
        else:
            response = render(request, "accounts/_key_made.html", {"row": row, "key": key, "place": "keys"})
            patch_cache_control(response, no_store=True)
            return response
    context = {"form": form, "scopes": Scope, "place": "keys"}
    return render(request, "accounts/key_create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SETTINGS)
def key_revoke(request: StaffRequest, key_pk: UUID) -> HttpResponse:
    """Ask, then refuse the key from now on."""
    key = get_object_or_404(ApiKey.objects.select_related("created_by"), pk=key_pk)
    if request.method == "POST":
        keys.revoke_key(key.pk, request.user)
        messages.success(request, "The key was revoked. Programs that use it are answered 401 from now on.")
        return redirect("key-list")
    return render(request, "accounts/key_revoke.html", {"key": key, "place": "keys"})
