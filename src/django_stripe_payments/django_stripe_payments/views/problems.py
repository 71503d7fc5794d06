"""The refusal of a request by a script."""

from django.http import JsonResponse

from ..problems import MESSAGES, PROBLEMS, problem_of

__all__ = ["MESSAGES", "PROBLEMS", "refusal", "refusal_for"]


def refusal(status: int, code: str, message: str) -> JsonResponse:
    """Return ``{"error": {"code", "message"}}``, the body of every refused JSON request."""
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


def refusal_for(error: Exception) -> JsonResponse:
    """Return the refusal of an error that is in PROBLEMS."""
    problem = problem_of(error)
    if problem is None:
        raise error
    return refusal(*problem)
