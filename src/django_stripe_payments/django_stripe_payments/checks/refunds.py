"""System checks of the settings of refunds."""

from collections.abc import Mapping
from typing import Any

from django.core.checks import CheckMessage, register
from django.utils.module_loading import import_string

from ..conf import settings
from ._messages import error, is_whole


@register()
def check_refund_policy(**_context: Any) -> list[CheckMessage]:
    """E030: the refund policy can be imported and called."""
    hint = "Name a subclass of refunds.policy.RefundPolicy, or a function (user, payment)."
    try:
        policy = import_string(settings.STRIPE_REFUND_POLICY)
    except ImportError as failed:
        return error("E030", f"STRIPE_REFUND_POLICY can't be imported: {failed}", hint)
    if not callable(policy):
        return error("E030", "STRIPE_REFUND_POLICY can't be called.", hint)
    return []


@register()
def check_refund_requests(**_context: Any) -> list[CheckMessage]:
    """E031: refund requests are either reviewed or automatic."""
    if settings.STRIPE_REFUND_REQUESTS not in ("review", "automatic"):
        hint = 'Set it to "review" or "automatic".'
        return error("E031", "STRIPE_REFUND_REQUESTS has an unknown value.", hint)
    return []


@register()
def check_refund_window(**_context: Any) -> list[CheckMessage]:
    """E032: the refund window is a number of days, or one for each payment type."""
    window = settings.STRIPE_REFUND_WINDOW_DAYS
    all_days = window.values() if isinstance(window, Mapping) else [window]
    if not all(days is None or is_whole(days, 0) for days in all_days):
        hint = 'Set whole days, None for no limit, or {"default": 30, "donation": 0}.'
        return error("E032", "STRIPE_REFUND_WINDOW_DAYS is not a number of days.", hint)
    return []
