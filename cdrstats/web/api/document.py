"""The OpenAPI document, made of the operations that are served."""

from collections.abc import Iterable
from typing import Any

from cdrstats import __version__
from cdrstats.web.api.operations import Operation, Parameter

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}},
}
REFUSALS = {
    "400": "A parameter makes no sense; the sentence says which.",
    "401": "No token, or one that is not known, has ended or was revoked.",
    "403": "One may not see this, or not use the interface.",
    "503": "The database does not answer; try again soon.",
}


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CDR-Stats",
            "version": __version__,
            "description": "Calls and figures, as whoever the token is of may see them.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {each.path: {"get": _operation(each)} for each in operations},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    refusals = {
        status: {"description": about, "content": _json(ERROR)}
        for status, about in REFUSALS.items()
    }
    if operation.in_path:
        refusals["404"] = {
            "description": "There is none of that name.",
            "content": _json(ERROR),
        }
    return {
        "operationId": operation.name,
        "summary": operation.about,
        "parameters": [
            *(_parameter(each, "path") for each in operation.in_path),
            *(_parameter(each, "query") for each in operation.parameters),
        ],
        "responses": {
            "200": {"description": "The answer.", "content": _json(operation.schema)},
            **refusals,
        },
    }


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    schema = parameter.schema
    if parameter.several:
        schema = {"type": "array", "items": schema}
    told = {"name": parameter.name, "in": place, "schema": schema, "required": place == "path"}
    return told | ({"description": parameter.about} if parameter.about else {})
