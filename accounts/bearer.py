"""API keys in requests of programs: `Authorization: Bearer mui-…`, and what is said to a key that may not."""

from django.http import HttpRequest

from accounts.models import ApiKey, Scope


def bearer_of(request: HttpRequest) -> str:
    """What the Authorization header carries after "Bearer"; empty when there is nothing or it is of another kind."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" else ""


def key_of(request: HttpRequest) -> ApiKey | None:
    """The live key that the request carries, noting that it was used; None without one, and for one that is unknown
    or revoked. One query, two at most once a minute."""
    key = bearer_of(request)
    # Postgres takes no NUL, and no key has one.
    return ApiKey.verify(key) if key and "\x00" not in key else None


def lacking(scope: Scope) -> str:
    """The sentence for a key that is known but has not `scope`. The answer to it is 403."""
    return f"This API key lacks the scope {scope.value} ({scope.label}). An admin can make one that has it."
