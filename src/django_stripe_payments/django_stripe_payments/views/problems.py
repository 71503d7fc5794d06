"""The refusal of a request by a script."""

from http import HTTPStatus

from django.conf import settings
from django.http import JsonResponse

from ..exceptions import PriceUnavailable
from ..problems import problem_of


def refusal(status: int, code: str, message: str) -> JsonResponse:
    """Return ``{"error": {"code", "message"}}``, the body of every refused JSON request."""
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


def refusal_for(error: Exception) -> JsonResponse:
    """Return the refusal of an error that is in PROBLEMS; with DEBUG it names the reason."""
    problem = problem_of(error)
    if problem is None:
        raise error
    status, code, message = problem
    if settings.DEBUG and status == HTTPStatus.BAD_GATEWAY:
        message = str(error)
    if cause := cause_of(error):
        message = f"{message} ({cause})"
    return refusal(status, code, message)


def cause_of(error: Exception) -> str:
    """Return a resolver's error behind a price that is unavailable; "" without DEBUG."""
    cause = error.__cause__
    if not settings.DEBUG or cause is None or not isinstance(error, PriceUnavailable):
        return ""
    return repr(cause)
