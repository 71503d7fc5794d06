"""What an error page with DEBUG on may show of this app: no secret among the local variables.

Django's ``sensitive_variables`` hides nothing there. A site may use this filter for all of its
pages::

    DEFAULT_EXCEPTION_REPORTER_FILTER = (
        "django_stripe_payments.logs.reporting.RedactingExceptionReporterFilter"
    )
"""

from __future__ import annotations

from pprint import pformat
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

from .redaction import redact_text


class Shown:
    """A value as it is shown instead of itself."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class RedactingExceptionReporterFilter(SafeExceptionReporterFilter):
    """Remove secrets and card numbers from the variables that an error page shows."""

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        shown = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, redacted(value)) for name, value in shown]


def redacted(value: Any) -> Any:
    """Return ``value``, or what is shown instead if its text holds a secret."""
    try:
        text = pformat(value)
    except Exception:
        return value  # Django says why it can't be shown
    # An API key or a signing secret is known by its beginning, wherever it stands.
    clean = redact_text(text)
    return value if clean == text else Shown(clean)


def hide_secrets(request: HttpRequest) -> None:
    """Let an error page about this request hide them, unless the site chose a filter for it."""
    if not hasattr(request, "exception_reporter_filter"):
        request.exception_reporter_filter = RedactingExceptionReporterFilter()
