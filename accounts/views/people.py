"""Settings: the people who sign in, and what each may do."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import people
from accounts.access import StaffRequest, requires
from accounts.forms import PersonForm
from accounts.models import ApiKey, Invitation, User
from accounts.roles import Permission, duties
from memory_ui.keyset import cursor_of, keyset_page

WAITING_SHOWN = 10


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def settings_detail(request: StaffRequest) -> HttpResponse:
    """The settings begin with the people."""
    return redirect("person-list")


@require_http_methods(["GET"])
@requires(Permission.MANAGE_SETTINGS)
def person_list(request: StaffRequest) -> HttpResponse:
    """Everybody who signs in or did, by address; above them the invitations that nobody has taken up yet."""
    page = keyset_page(User.objects.all(), ("email", "id"), cursor_of(request.GET))
    waiting = (
        Invitation.objects.select_related("invited_by")
        .filter(accepted_at=None, revoked_at=None)
        .order_by("-created_at", "-id")
    )
    context = {
        "page": page,
        "waiting": waiting[:WAITING_SHOWN],
        "place": "people",
        "mail_is_set_up": settings.EMAIL_IS_SET_UP,
    }
    return render(request, "accounts/person_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SETTINGS)
def person_detail(request: StaffRequest, person_pk: UUID) -> HttpResponse:
    """One person: role and the mark of an approver, to look at and to change."""
    person = get_object_or_404(User, pk=person_pk)
    now = {"role": person.role, "is_approver": person.is_approver}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=now)
    if form.is_valid():
        given = form.cleaned_data
        try:
            people.change_person(person.pk, role=given["role"], is_approver=given["is_approver"], by=request.user)
        except people.Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. It holds from the next click of this person on.")
            # Whoever gave away their own role may not see this page any more.
            return redirect("account-detail" if person.pk == request.user.pk else "person-list")
    context = {"person": person, "form": form, "duties": duties(), "place": "people"}
    return render(request, "accounts/person_detail.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SETTINGS)
def person_deactivate(request: StaffRequest, person_pk: UUID) -> HttpResponse:
    """Ask, then let a person sign in no more."""
    person = get_object_or_404(User, pk=person_pk)
    trouble = ""
    if request.method == "POST":
        try:
            people.deactivate(person.pk, request.user)
        except people.Refused as error:
            trouble = str(error)
        else:
            messages.success(request, "Deactivated. Their sessions have ended.")
            return redirect("person-list")
    keys = ApiKey.objects.filter(created_by=person, revoked_at=None).count()
    context = {"person": person, "keys": keys, "trouble": trouble, "place": "people"}
    return render(request, "accounts/person_deactivate.html", context, status=422 if trouble else 200)


@require_http_methods(["POST"])
@requires(Permission.MANAGE_SETTINGS)
def person_reactivate(request: StaffRequest, person_pk: UUID) -> HttpResponse:
    """Let a person sign in again."""
    get_object_or_404(User, pk=person_pk)
    try:
        people.reactivate(person_pk, request.user)
    except people.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Reactivated, with the role and the password from before.")
    return redirect("person-detail", person_pk)
