"""What can be asked of the interface: handlers and the OpenAPI document read this alone.

An operation answers in a thread, in a snapshot that has the rights of who asks; what it raises
becomes a sentence.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from anyio import to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response

from cdrstats.accounts import Viewer
from cdrstats.choices import Params
from cdrstats.errors import BadRequest, CdrStatsError, NotFound
from cdrstats.filters import storable
from cdrstats.readers.answering import answer

Schema = Mapping[str, Any]
"""JSON Schema."""

SILENT = "The database does not answer; try again soon."


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of the query string."""

    name: str
    about: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    several: bool = False
    """It may be given several times."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and what: parameters with all their values, those of the path among them."""

    viewer: Viewer
    params: Params
    default_zone: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Operation:
    """A GET, its parameters, what answers it, and what the answer looks like."""

    path: str
    name: str
    about: str
    answer: Callable[[Connection, Asked], Any]
    schema: Schema
    parameters: Sequence[Parameter] = ()
    in_path: Sequence[Parameter] = ()


def endpoint(
    operation: Operation, engine: Callable[[], Engine], default_zone: Callable[[], str]
) -> Callable[[Request], Awaitable[Response]]:
    """The route of an operation, over the engine of this process."""

    def answered(viewer: Viewer, params: Params) -> Any:
        asked = Asked(viewer, params, default_zone(), datetime.now(UTC))
        return answer(engine(), viewer.scope, operation.answer, asked)

    async def asked(request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        try:
            params = _params(operation, request)
            if not viewer.may("api"):
                return refused("You may not use the programming interface.", 403)
            found = await to_thread.run_sync(answered, viewer, params)
        except NotFound as exc:
            return refused(str(exc), 404)
        except BadRequest as exc:
            return refused(str(exc), 400)
        except CdrStatsError as exc:
            return refused(str(exc), 503)
        except DBAPIError:
            return refused(SILENT, 503)
        return written(found)

    return asked


def written(value: Any, status: int = 200) -> Response:
    """A value as JSON: amounts as texts, which keep their digits, and moments in UTC."""
    body = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)
    return Response(body, status, {"cache-control": "no-store"}, "application/json")


def refused(sentence: str, status: int) -> Response:
    """Why something is not answered."""
    return written({"error": sentence}, status)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


def _params(operation: Operation, request: Request) -> Params:
    """The parameters. Raises BadRequest for one that the operation does not have."""
    known = {each.name: each for each in operation.parameters}
    query = request.query_params
    for name in query:
        if name not in known:
            has = ", ".join(sorted(known)) or "none"
            raise BadRequest(f"There is no parameter {name!r} here; there are: {has}.")
        values = query.getlist(name)
        if len(values) > 1 and not known[name].several:
            raise BadRequest(f"{name} is given once at most.")
        choices = known[name].schema.get("enum")
        for value in values:
            if not storable(value):
                raise BadRequest(f"{name} holds what is no text.")
            if choices and value not in choices:
                raise BadRequest(f"{name} is one of {', '.join(choices)}, not {value!r}.")
    given = {name: query.getlist(name) for name in query}
    return {**given, **{name: [str(value)] for name, value in request.path_params.items()}}


def whole(asked: Asked, name: str, default: int, least: int, most: int) -> int:
    """The whole number of a parameter. Raises BadRequest."""
    given = next(iter(asked.params.get(name, ())), None)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise BadRequest(f"{name} is a whole number, not {given!r}.")
    if not least <= int(given) <= most:
        raise BadRequest(f"{name} lies from {least} to {most}.")
    return int(given)
