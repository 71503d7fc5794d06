"""System checks of the settings of refunds; the others are in checks.py."""

from collections.abc import Mapping
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from ..conf import settings


def _error(code: str, text: str, hint: str) -> list[CheckMessage]:
    return [Error(text, hint=hint, id=f"django_stripe_payments.{code}")]


@register()
def check_refund_policy(**_context: Any) -> list[CheckMessage]:
    """E030: the policy can be imported and called."""
    hint = "Name a subclass of refund_policy.RefundPolicy, or a function (user, payment)."
    try:
        policy = import_string(settings.STRIPE_REFUND_POLICY)
    except ImportError as error:
        return _error("E030", f"STRIPE_REFUND_POLICY can't be imported: {error}", hint)
    if not callable(policy):
        return _error("E030", "STRIPE_REFUND_POLICY can't be called.", hint)
    return []


@register()
def check_refund_requests(**_context: Any) -> list[CheckMessage]:
    """E031: it is said who answers a request for a refund."""
    if settings.STRIPE_REFUND_REQUESTS not in ("review", "automatic"):
        hint = 'Set it to "review" or to "automatic".'
        return _error("E031", "STRIPE_REFUND_REQUESTS is neither of its values.", hint)
    return []


@register()
def check_refund_window(**_context: Any) -> list[CheckMessage]:
    """E032: a window is a number of days, or one for each payment type."""
    window = settings.STRIPE_REFUND_WINDOW_DAYS
    all_days = window.values() if isinstance(window, Mapping) else [window]
    if not all(days is None or (type(days) is int and days >= 0) for days in all_days):
        hint = 'Give whole days, None for no limit, or {"default": 30, "donation": 0}.'
        return _error("E032", "STRIPE_REFUND_WINDOW_DAYS is no number of days.", hint)
    return []
