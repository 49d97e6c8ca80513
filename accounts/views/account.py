"""The page about oneself."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission


@require_http_methods(["GET"])
@requires(Permission.READ_MEMORY)
def account_detail(request: StaffRequest) -> HttpResponse:
    """Who one is signed in as, and what one's role may do."""
    permissions = [(permission, request.user.may(permission)) for permission in Permission]
    return render(request, "account/account_detail.html", {"permissions": permissions})
