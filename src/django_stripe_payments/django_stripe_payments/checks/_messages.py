"""What the checks share: messages with an id of this app, and small tests of values."""

from collections.abc import Callable
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage

APP = "django_stripe_payments"


def error(code: str, text: str, hint: str) -> list[CheckMessage]:
    """Return one error, ready to be a check's result."""
    return [checks.Error(text, hint=hint, id=f"{APP}.{code}")]


def warning(code: str, text: str, hint: str) -> list[CheckMessage]:
    """Return one warning, ready to be a check's result."""
    return [checks.Warning(text, hint=hint, id=f"{APP}.{code}")]


def is_whole(value: Any, minimum: int) -> bool:
    """Return whether ``value`` is an int of at least ``minimum``; True and False are not."""
    return type(value) is int and value >= minimum


def problem_of(examine: Callable[..., Any], *arguments: Any) -> str:
    """Return the message of the error that ``examine`` raises, or an empty string."""
    try:
        examine(*arguments)
    except (ValueError, TypeError, AttributeError, ImportError) as raised:
        return str(raised) or type(raised).__name__
    return ""
