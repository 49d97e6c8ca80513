"""The one door to letta_client: it runs plans over HTTP and turns every failure into one of our errors.

Only letta_client's transport is used (address, key, time limits, retries of reads, errors), not its resource classes:
their answer models cost time and memory on every call, and we read a few fields only.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from memory_sdk.calls import Call
from memory_sdk.errors import LettaError, NotFound, Refused, Unauthorized, Unavailable
from memory_sdk.plans import Pause, Plan

if TYPE_CHECKING:  # both cost 35 MB and 0.25 s together: paid at the first call, not at import
    import httpx
    from letta_client import AsyncLetta, Letta
    from letta_client._types import RequestOptions

T = TypeVar("T")

READ_TIMEOUT = 10.0  # seconds
WRITE_TIMEOUT = 30.0  # seconds; creating an agent or embedding passages takes its time
LONGEST_WAIT = 3600.0  # seconds; who asks for more has a clock that is wrong
UNDO_SECONDS = 1.5  # that a call which takes something back gets at least
READ_RETRIES = 1  # enough for a kept connection that the server has just closed

_TEMPORARY = frozenset({408, 425, 429})
_OPAQUE_ID = re.compile(r"/([a-z]+)-[0-9a-f-]{36}(?=/|$)")
_PLACES = re.compile(r"'loc': \(([^()]*)\)")


def _options(call: Call, timeout: float | None, read_retries: int) -> RequestOptions:
    default = WRITE_TIMEOUT if call.is_write else READ_TIMEOUT
    return {
        "params": dict(call.query),
        "headers": {**call.headers, **({} if call.file is None else {"Content-Type": "multipart/form-data"})},
        "timeout": default if timeout is None else timeout,
        "max_retries": read_retries if call.retry and not call.is_write else 0,
    }


def _files(call: Call) -> list[tuple[str, tuple[str, bytes, str]]] | None:
    return None if call.file is None else [("file", ("agent.af", call.file, "application/json"))]


def _route(call: Call) -> str:
    """The call for an error message: ids shortened to their kind, the label or id of nothing else is in a path."""
    route = _OPAQUE_ID.sub(r"/{\1}", call.path)
    return f"{call.method} {route}"


def _silence(call: Call, error: Exception) -> LettaError:
    """No answer, or none that can be read."""
    import letta_client

    if isinstance(error, letta_client.APITimeoutError):
        return Unavailable(f"Letta did not answer in time: {_route(call)}.")
    if isinstance(error, letta_client.APIConnectionError):
        return Unavailable(f"Letta cannot be reached: {_route(call)}.")
    return Unavailable(f"Letta's answer could not be read: {_route(call)}.")


def _status_error(call: Call, status: int, body: object, headers: Mapping[str, str]) -> LettaError:
    # What Letta wrote is not repeated: it quotes the input it refuses.
    if status == 404:
        return NotFound(f"Letta has no such thing: {_route(call)} (404).", status=status)
    if status in {401, 403}:
        return Unauthorized(f"Letta refused the API key: {_route(call)} ({status}).", status=status)
    if status in _TEMPORARY or (status >= 500 and status != 501):
        message = f"Letta could not do it now: {_route(call)} ({status})."
        return Unavailable(message, status=status, retry_after=_seconds(headers.get("Retry-After", "")))
    return Refused(f"Letta refused {_route(call)} ({status}){_refused_fields(body)}.", status=status)


def _seconds(header: str) -> float | None:
    """What `Retry-After` asks for (RFC 9110: seconds or a date); None when it asks for nothing that can be read."""
    if header.strip().isdecimal():
        return min(float(header), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((aware - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)


def _refused_fields(body: object) -> str:
    """Which fields Letta found wrong (FastAPI's `loc`s, without the values), or nothing."""
    detail = body.get("detail") if isinstance(body, Mapping) else None
    places: list[str] = []
    if isinstance(detail, list):
        found = [item.get("loc") for item in detail if isinstance(item, Mapping)]
        places = [".".join(str(part) for part in loc) for loc in found if isinstance(loc, list)]
    elif isinstance(detail, str):
        places = [".".join(part.strip(" '") for part in loc.split(",") if part) for loc in _PLACES.findall(detail)]
    return f": {', '.join(places[:5])}" if places else ""


class Connection:
    """Runs plans with blocking calls.

    `timeout`: seconds for every call; None: 10 for reads, 30 for writes. `transport`: any httpx transport, for answers
    in process. `time_left`: asked before every call for the seconds that are left for all of them; None: no limit.
    Usable from several threads.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | None = None,
        read_retries: int = READ_RETRIES,
        transport: httpx.BaseTransport | None = None,
        time_left: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._read_retries = read_retries
        self._transport = transport
        self._time_left = time_left
        self._letta: Letta | None = None
        self._opening = threading.Lock()

    def run(self, plan: Plan[T]) -> T:
        """The plan's result, or the LettaError or ValueError it ends with."""
        answer: object = None
        error: LettaError | None = None
        while True:
            try:
                step = plan.send(answer) if error is None else plan.throw(error)
            except StopIteration as stop:
                result: T = stop.value
                return result
            answer, error = None, None
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                continue
            try:
                answer = self._send(step)
            except LettaError as failure:
                error = failure

    def _send(self, call: Call) -> object:
        left = self._time_left()
        options = _options(call, self._timeout, self._read_retries)
        if left is None:
            return self._ask(call, options)
        if call.undoing:
            left = max(left, UNDO_SECONDS)
        if left <= 0:
            raise Unavailable(f"Letta did not answer in time: {_route(call)} was not asked any more.")
        # letta_client would give each of its retries the whole time again.
        limit = min(left, float(options["timeout"] or left))  # type: ignore[arg-type]
        options |= {"timeout": limit, "max_retries": 0}
        try:
            return self._ask(call, options)
        except Unavailable as error:
            left = self._time_left() or 0
            if call.is_write or not call.retry or error.status is not None or left <= limit / 2:
                raise
            return self._ask(call, options | {"timeout": left})  # a kept connection that the server had just closed

    def _ask(self, call: Call, options: RequestOptions) -> object:
        import letta_client

        client = self._client()
        try:
            match call.method:
                case "GET":
                    return client.get(call.path, cast_to=object, options=options)
                case "POST":
                    return client.post(call.path, cast_to=object, body=call.body, files=_files(call), options=options)
                case "PATCH":
                    return client.patch(call.path, cast_to=object, body=call.body, options=options)
                case "DELETE":
                    return client.delete(call.path, cast_to=type(None), options=options)
        except letta_client.APIStatusError as error:
            # Its text holds Letta's whole answer.
            raise _status_error(call, error.status_code, error.body, error.response.headers) from None
        except (letta_client.LettaError, JSONDecodeError, UnicodeDecodeError) as error:
            raise _silence(call, error) from error

    def _client(self) -> Letta:
        with self._opening:
            if self._letta is None:
                import httpx
                from letta_client import Letta

                given: dict[str, Any] = {} if self._base_url is None else {"base_url": self._base_url}
                if self._transport is not None:  # trust_env: a proxy in the environment would be asked instead of it
                    given["http_client"] = httpx.Client(transport=self._transport, trust_env=False)
                self._letta = Letta(api_key=self._api_key, **given)
            return self._letta

    def close(self) -> None:
        """Close the connections to the server. The next call opens new ones."""
        if self._letta is not None:
            self._letta.close()
            self._letta = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncConnection:
    """Runs plans with awaited calls; the arguments are `Connection`'s."""

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | None = None,
        read_retries: int = READ_RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._read_retries = read_retries
        self._transport = transport
        self._letta: AsyncLetta | None = None

    async def run(self, plan: Plan[T]) -> T:
        """The plan's result, or the LettaError or ValueError it ends with."""
        answer: object = None
        error: LettaError | None = None
        while True:
            try:
                step = plan.send(answer) if error is None else plan.throw(error)
            except StopIteration as stop:
                result: T = stop.value
                return result
            answer, error = None, None
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                continue
            try:
                answer = await self._send(step)
            except LettaError as failure:
                error = failure

    async def _send(self, call: Call) -> object:
        import letta_client

        client = self._client()
        options = _options(call, self._timeout, self._read_retries)
        try:
            match call.method:
                case "GET":
                    return await client.get(call.path, cast_to=object, options=options)
                case "POST":
                    return await client.post(call.path, cast_to=object, body=call.body, files=_files(call), options=options)
                case "PATCH":
                    return await client.patch(call.path, cast_to=object, body=call.body, options=options)
                case "DELETE":
                    return await client.delete(call.path, cast_to=type(None), options=options)
        except letta_client.APIStatusError as error:
            # Its text holds Letta's whole answer.
            raise _status_error(call, error.status_code, error.body, error.response.headers) from None
        except (letta_client.LettaError, JSONDecodeError, UnicodeDecodeError) as error:
            raise _silence(call, error) from error

    def _client(self) -> AsyncLetta:
        if self._letta is None:
            import httpx
            from letta_client import AsyncLetta

            given: dict[str, Any] = {} if self._base_url is None else {"base_url": self._base_url}
            if self._transport is not None:
                given["http_client"] = httpx.AsyncClient(transport=self._transport, trust_env=False)
            self._letta = AsyncLetta(api_key=self._api_key, **given)
        return self._letta

    async def close(self) -> None:
        """Close the connections to the server. The next call opens new ones."""
        if self._letta is not None:
            await self._letta.close()
            self._letta = None
