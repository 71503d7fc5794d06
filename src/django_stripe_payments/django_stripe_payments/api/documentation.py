"""Where drf-spectacular is installed, it reads what a route takes and answers; else nothing does.

``@extend_schema`` on a method takes the site's DEFAULT_SCHEMA_CLASS as its base when the module is
imported, which fails on a site that has not set it. ``document`` names the base first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from rest_framework.schemas.openapi import AutoSchema as PlainSchema

Method = TypeVar("Method", bound=Callable[..., Any])

AutoSchema: Any = PlainSchema
extend_schema: Any = None
with suppress(ImportError):
    from drf_spectacular import openapi, utils

    AutoSchema, extend_schema = openapi.AutoSchema, utils.extend_schema

#: What any route may answer in addition to what it is asked for.
PROBLEMS = {
    401: "No valid credentials (403 if the first authentication class is the session's).",
    403: "No credentials, or a session without a CSRF token.",
    406: "The Accept header allows no JSON.",
    429: "Too many requests; Retry-After says for how many seconds to wait.",
}
WITH_BODY = {
    400: "The body is not JSON, or has invalid fields.",
    413: "The body is larger than the site allows.",
    415: "The body's media type is not application/json.",
}
WITH_ID = {404: "There is no such object, or it is another user's."}


def document(
    operation_id: str,
    *,
    answers: Any = None,
    body: Any = None,
    query: dict[str, Any] | None = None,
    problems: dict[int, str] | None = None,
    status: int = 200,
    has_id: bool = False,
    unchanged: bool = False,
    is_idempotent: bool = False,
) -> Callable[[Method], Method]:
    """Describe a method of a route for the schema.

    Args:
        operation_id: the name that generated clients give it.
        answers: the serializer of the answer; None for none.
        body: the serializer of the request's body.
        query: query parameter → schema with ``description``.
        problems: status → description, in addition to those that any route may answer.
        status: of a successful answer.
        has_id: whether the address has an id.
        unchanged: whether it answers 304 to a known ETag.
        is_idempotent: whether it wants an Idempotency-Key.
    """

    def decorate(method: Method) -> Method:
        if extend_schema is None:
            return method
        refusals = {**PROBLEMS, **(WITH_BODY if body else {}), **(WITH_ID if has_id else {})}
        if query:
            refusals[400] = "A query parameter has an invalid value."
        responses: dict[Any, Any] = {status: answers}
        if unchanged:
            responses[304] = utils.OpenApiResponse(
                description="Nothing has changed since that ETag."
            )
        method.schema = AutoSchema  # type: ignore[attr-defined]
        described: Method = extend_schema(
            operation_id=operation_id,
            request=body,
            responses={**responses, **_problems({**refusals, **(problems or {})})},
            parameters=_parameters(query or {}, is_idempotent),
            tags=["payments"],
        )(method)
        return described

    return decorate


def _problems(described: dict[int, str]) -> dict[Any, Any]:
    """Return the responses for refusals, status → description."""
    from .serializers import ProblemSerializer

    return {
        (code, "application/problem+json"): utils.OpenApiResponse(
            ProblemSerializer, description=text
        )
        for code, text in sorted(described.items())
    }


def _parameters(query: dict[str, Any], is_idempotent: bool) -> list[Any]:
    parameters = [
        utils.OpenApiParameter(name, schema, description=schema.pop("description", ""))
        for name, schema in query.items()
    ]
    if is_idempotent:
        parameters.append(
            utils.OpenApiParameter(
                "Idempotency-Key",
                {"type": "string", "minLength": 1, "maxLength": 255},
                location=utils.OpenApiParameter.HEADER,
                required=True,
                description="The same key repeats the same request: a UUID for each.",
            )
        )
    return parameters
