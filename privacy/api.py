"""/api/privacy-requests: how a company's own request portal files requests and follows them. Described in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query, Status
from pydantic import BaseModel, ConfigDict, Field, field_validator

from accounts.bearer import key_of, lacking
from accounts.models import ApiKey, Scope
from audit.actions import Action
from audit.recording import record
from memory_sdk.names import MAX_SUBJECT_ID
from memory_ui.keyset import Cursor, keyset_page
from privacy import requesting
from privacy.hashing import keyed_hash
from privacy.models import Request
from privacy.noting import NamesThePerson, check_text
from privacy.problems import HANDLERS, Problem, problem

REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"
MOST = 100  # requests of one list


class Asked(BaseModel):
    """What a person asks for."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[Request.Kind, Field(description="access, portability, erasure or restriction")]
    subject_id: Annotated[
        str, Field(min_length=1, max_length=MAX_SUBJECT_ID, description="The id that your assistant uses for the person.")
    ]
    reference: Annotated[
        str,
        Field(
            pattern=REFERENCE,
            description="Your own name for this request, without personal data. The same reference is the same request, "
            "however often it is sent.",
        ),
    ]

    @field_validator("subject_id")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable() or value != value.strip():
            raise ValueError("An id has no spaces at its ends and no signs that cannot be printed.")
        return value


class Filed(BaseModel):
    """A request that was filed, and where it stands."""

    id: UUID
    reference: str
    kind: Request.Kind
    state: Annotated[
        Request.State,
        Field(
            description="received, waiting (for the second person), approved and working are on their way; "
            "done, partial (something could not be reached), refused and withdrawn are ends."
        ),
    ]
    is_open: Annotated[bool, Field(description="Whether it still has to be answered.")]
    on_hold: Annotated[bool, Field(description="Whether a legal hold keeps the subject from being erased.")]
    refusal: Annotated[str, Field(description="Why it was refused, as a code; else empty.")]
    outcome: Annotated[str, Field(description="What is to be said of it besides, in a sentence; mostly empty.")]
    filed_at: datetime
    due_at: Annotated[datetime, Field(description="By when it is to be answered.")]
    extended: Annotated[bool, Field(description="Whether 60 days were added.")]
    ended_at: datetime | None


class Listed(BaseModel):
    """Requests, newest first."""

    items: list[Filed]
    next: Annotated[str | None, Field(description="Give it as `after` for the next ones; null: these were the last.")]


class Wrong(BaseModel):
    """Problem details (RFC 9457), as application/problem+json."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="What is wrong, in a sentence.")]
    errors: Annotated[list[dict[str, str]], Field(description="`field` and `message` of each field that is wrong.")] = []


def _key(request: HttpRequest) -> ApiKey | None:
    key = key_of(request)
    if key is not None and not key.may(Scope.PRIVACY):
        raise Problem(403, lacking(Scope.PRIVACY))
    return key


class _Bearer:
    """Says in the description that a key is needed, and looks at it."""

    openapi_type = "http"
    openapi_security_schema = {"type": "http", "scheme": "bearer", "description": "An API key of the scope privacy."}

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        return _key(request)


api = NinjaAPI(
    title="memory_ui",
    version="1",
    description="Requests about personal data, filed by other programs.",
    auth=_Bearer(),
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)
for _kind, _handler in HANDLERS.items():
    api.add_exception_handler(_kind, _handler)

ERRORS: dict[int, Any] = {401: Wrong, 403: Wrong}


@api.post(
    "privacy-requests",
    response={201: Filed, 200: Filed, 400: Wrong, 409: Wrong, 422: Wrong, **ERRORS},
    operation_id="file_privacy_request",
    summary="File a request",
)
def file_request(request: HttpRequest, asked: Asked) -> Status[Filed]:
    """201: filed. 200: it was filed before under this reference, with the same content. 409: this reference stands for
    another request, or the same is open for this person already."""
    key = _caller(request)
    known = Request.objects.filter(reference=asked.reference).first()
    if known is None:
        try:
            return Status(201, _filed(_file(asked, key)))
        except requesting.AlreadyOpen as error:
            if error.request.reference != asked.reference:
                raise Problem(409, str(error)) from None
            known = error.request
        except IntegrityError:  # the same reference a moment ago
            known = Request.objects.get(reference=asked.reference)
    if (known.kind, known.subject_hash) != (asked.kind, keyed_hash(asked.subject_id)):
        sentence = "This reference stands for a request of other content. Use a new one for each request."
        raise Problem(409, sentence, {"reference": sentence})
    return Status(200, _filed(known))


@api.get(
    "privacy-requests/{request_id}",
    response={200: Filed, 404: Wrong, 422: Wrong, **ERRORS},
    operation_id="get_privacy_request",
    summary="Where a request stands",
)
def get_request(request: HttpRequest, request_id: UUID) -> Filed:
    """Requests that were filed over HTTP, with this key or another."""
    filed = Request.objects.filter(pk=request_id, filed_key__isnull=False).first()
    if filed is None:
        raise Problem(404, "No request of this id was filed over HTTP.")
    record(Action.LOOKED_AT_REQUEST, by=_caller(request), subject=filed.subject, privacy_request=filed.pk)
    return _filed(filed)


@api.get(
    "privacy-requests",
    response={200: Listed, 422: Wrong, **ERRORS},
    operation_id="list_privacy_requests",
    summary="Requests, by reference or state",
)
def list_requests(
    request: HttpRequest,
    reference: Annotated[str | None, Query(description="The one of this reference.", pattern=REFERENCE)] = None,
    state: Annotated[Request.State | None, Query()] = None,
    after: Annotated[UUID | None, Query(description="`next` of the list before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Listed:
    """Newest first."""
    found = Request.objects.filter(filed_key__isnull=False)
    if reference:
        found = found.filter(reference=reference)
    if state:
        found = found.filter(state=state)
    page = keyset_page(found, ("-filed_at", "-id"), Cursor(str(after) if after else None), limit, Request.objects.all())
    return Listed(items=[_filed(row) for row in page.rows], next=page.after)


def _caller(request: HttpRequest) -> ApiKey:
    key = request.auth  # type: ignore[attr-defined]
    assert isinstance(key, ApiKey)
    return key


def _file(asked: Asked, key: ApiKey) -> Request:
    try:
        about = Request(subject_id=asked.subject_id, subject_hash=keyed_hash(asked.subject_id))
        check_text(asked.reference, about)
    except NamesThePerson:
        sentence = "The reference names the person, and would outlive their data. Use a ticket number or a random one."
        raise Problem(422, sentence, {"reference": sentence}) from None
    # The caller's own form asked for it: that is the confirmation. A second person approves it all the same.
    return requesting.file(
        asked.kind, asked.subject_id, requesting.Filer.of_key(key), reference=asked.reference, confirmed=True
    )


def _filed(row: Request) -> Filed:
    return Filed(
        id=row.pk,
        reference=row.reference,
        kind=Request.Kind(row.kind),
        state=Request.State(row.state),
        is_open=row.is_open,
        on_hold=row.held_at is not None,
        refusal=row.refusal,
        outcome=row.failure,
        filed_at=row.filed_at,
        due_at=row.due_at,
        extended=row.extended_at is not None,
        ended_at=row.ended_at,
    )


@csrf_exempt
def _nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    return problem(404, "There is nothing at this address. /api/openapi.json describes what there is.")


def _entry(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @csrf_exempt  # keys, not cookies
    def entry(request: HttpRequest, **rest: Any) -> HttpResponse:
        response = view(request, **rest)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = problem(405, f"This address knows {allowed} only.")
            response["Allow"] = allowed
        return response

    return entry


_routes, _app, _namespace = api.urls
_known = [
    URLPattern(route.pattern, _entry(route.callback), None, route.name) for route in _routes if isinstance(route, URLPattern)
]
urlpatterns = [path("", (_known, _app, _namespace)), re_path("^(?P<rest>.*)$", _nothing_here)]
