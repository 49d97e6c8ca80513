"""Inviting people, and the page on which they make their account."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods

from accounts import inviting
from accounts.access import StaffRequest, open_to_anyone, requires
from accounts.forms import AcceptForm, InvitationForm
from accounts.models import Invitation
from accounts.roles import Permission, duties
from memory_ui.keyset import cursor_of, keyset_page


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def invitation_list(request: StaffRequest) -> HttpResponse:
    """All invitations, the newest first."""
    rows = Invitation.objects.select_related("invited_by")
    page = keyset_page(rows, ("-created_at", "-id"), cursor_of(request.GET))
    context = {"page": page, "place": "people", "mail_is_set_up": settings.EMAIL_IS_SET_UP}
    return render(request, "accounts/invitation_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SETTINGS)
def invitation_create(request: StaffRequest) -> HttpResponse:
    """Invite somebody, by e-mail or by a link that is shown once."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = inviting.invite(given["email"], given["role"], is_approver=given["is_approver"], by=request.user)
        except inviting.CannotInvite as error:
            form.add_error("email", str(error))
        else:
            return _hand_over(request, *made, by_mail=given["way"] == "mail")
    context = {"form": form, "mail_is_set_up": settings.EMAIL_IS_SET_UP, "duties": duties(), "place": "people"}
    return render(request, "accounts/invitation_create.html", context, status=422 if form.errors else 200)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_SETTINGS)
def invitation_renew(request: StaffRequest, invitation_pk: UUID) -> HttpResponse:
    """A new link for an invitation that nobody has taken up, by e-mail or shown once."""
    try:
        made = inviting.renew(invitation_pk, request.user)
    except Invitation.DoesNotExist:
        messages.warning(request, "That invitation is over: it was accepted or withdrawn. Nothing was changed.")
        return redirect("invitation-list")
    return _hand_over(request, *made, by_mail=request.POST.get("way") == "mail")


@require_http_methods(["POST"])
@requires(Permission.MANAGE_SETTINGS)
def invitation_revoke(request: StaffRequest, invitation_pk: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    get_object_or_404(Invitation, pk=invitation_pk)
    inviting.revoke(invitation_pk, request.user)
    messages.success(request, "The invitation was withdrawn. Its link works no more.")
    return redirect("person-list")


@require_http_methods(["GET", "POST"])
@open_to_anyone
def invitation_accept(request: StaffRequest, token: str) -> HttpResponse:
    """Make the account that an invitation is for."""
    template = "accounts/invitation_accept.html"
    try:
        invitation = inviting.found(token)
        form = AcceptForm(request.POST or None, invitation=invitation)
        if request.method == "POST" and form.is_valid():
            inviting.accept(token, form.cleaned_data["name"], form.cleaned_data["password"])
            messages.success(request, "Your account is ready. Sign in with the address you were invited by.")
            return redirect(settings.LOGIN_URL)
    except inviting.BadLink as error:
        return render(request, template, {"trouble": str(error)}, status=410)
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, "invitation": invitation}, status=status)


def _hand_over(request: StaffRequest, invitation: Invitation, token: str, *, by_mail: bool) -> HttpResponse:
    """The link is e-mailed, or shown here and never again: it stands in no table, no log and no session."""
    path = reverse("invitation-accept", args=[token])
    link = f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
    trouble = ""
    if by_mail and settings.EMAIL_IS_SET_UP:
        trouble = inviting.send(invitation, link)
        if not trouble:
            messages.success(request, "The invitation was sent. Its link works once, for seven days.")
            return redirect("person-list")
    context = {"invitation": invitation, "link": link, "trouble": trouble, "place": "people"}
    response = render(request, "accounts/_invitation_link.html", context)
    patch_cache_control(response, no_store=True)
    return response
