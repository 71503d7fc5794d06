"""Errors as problem details (RFC 9457), each with a stable ``code`` for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

MEDIA_TYPE = "application/problem+json"

#: Where REST framework (the site names it) and Django put what is wrong with the whole.
NO_FIELD = (api_settings.NON_FIELD_ERRORS_KEY, "__all__")


class NotFound(exceptions.NotFound):
    """There is no such object, or it belongs to another user: the answer is the same."""


class InvalidParameter(exceptions.APIException):
    """A query parameter has a value that is not accepted."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_parameter"

    def __init__(self, name: str, detail: Any) -> None:
        super().__init__(detail)
        self.name = name


class PreconditionFailed(exceptions.APIException):
    """The object has changed since the client read it (If-Match)."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = _("This has changed since you read it. Read it again, then repeat the change.")


class TooLarge(exceptions.APIException):
    """The body has more bytes than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = _("The request is too large.")


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:  # noqa: ARG001
    """Return the problem that an error is; None for an error of this app.

    It takes the place of the site's EXCEPTION_HANDLER.
    """
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if not isinstance(error, exceptions.APIException):
        return None
    return Response(
        body(error),
        status=error.status_code,
        headers=_headers(error),
        content_type=MEDIA_TYPE,
    )


def body(error: exceptions.APIException) -> dict[str, Any]:
    """Return the members of the problem: ``type, title, status, detail, code, errors``."""
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": "",
        "code": error.default_code,
    }
    if isinstance(error, exceptions.ValidationError):
        problem["detail"] = str(_("The request has invalid fields."))
        problem["code"] = "invalid"
        problem["errors"] = list(_pointers(error.get_full_details()))
        return problem
    problem["detail"] = str(error.detail)
    if isinstance(error.detail, exceptions.ErrorDetail) and error.detail.code:
        problem["code"] = error.detail.code
    if isinstance(error, InvalidParameter):
        problem["errors"] = [{"parameter": error.name, "detail": str(error.detail)}]
    return problem


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait))
    return headers


def _pointers(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Yield each message with a JSON pointer (RFC 6901) to the field that it is about."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield {"pointer": path, "detail": str(details["message"]), "code": str(details["code"])}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            step = "" if name in NO_FIELD else f"/{name}"
            yield from _pointers(inner, path + step)
    else:
        for index, inner in enumerate(details):
            is_message = set(inner) == {"message", "code"}
            yield from _pointers(inner, path if is_message else f"{path}/{index}")
