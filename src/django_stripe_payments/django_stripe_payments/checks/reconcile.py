"""System checks of the settings of reconciliation; the others are in checks.py."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, register

from ..conf import settings


def _error(code: str, text: str, hint: str) -> list[CheckMessage]:
    return [Error(text, hint=hint, id=f"django_stripe_payments.{code}")]


@register()
def check_sync_window(**_context: Any) -> list[CheckMessage]:
    """E070: the window is a number of days."""
    days = settings.STRIPE_SYNC_WINDOW_DAYS
    if type(days) is not int or days < 1:
        hint = "Give whole days, for example 30."
        return _error("E070", "STRIPE_SYNC_WINDOW_DAYS is no number of days.", hint)
    return []


@register()
def check_sync_abandoned(**_context: Any) -> list[CheckMessage]:
    """E071: the time after which nobody pays any more is a number of seconds, or None."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    if after is not None and (type(after) is not int or after < 3600):
        hint = "Give seconds, at least 3600: a customer may be at the bank. None cancels nothing."
        return _error("E071", "STRIPE_SYNC_ABANDONED_AFTER would cancel what is being paid.", hint)
    return []


@register()
def check_sync_guests(**_context: Any) -> list[CheckMessage]:
    """W070: a guest's link is not good for longer than its payment."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    age = settings.STRIPE_GUEST_LINK_MAX_AGE
    if type(after) is int and isinstance(age, int) and age > after:
        hint = "Set STRIPE_SYNC_ABANDONED_AFTER to STRIPE_GUEST_LINK_MAX_AGE or more, or to None."
        text = "Payments are canceled while the link to them is still good."
        return [checks.Warning(text, hint=hint, id="django_stripe_payments.W070")]
    return []


@register()
def check_sync_pages(**_context: Any) -> list[CheckMessage]:
    """E072: Stripe lists 1 to 100 objects at a time, and a pause is not negative."""
    size, pause = settings.STRIPE_SYNC_PAGE_SIZE, settings.STRIPE_SYNC_PAUSE
    if type(size) is not int or not 1 <= size <= 100:
        hint = "Give a number from 1 to 100."
        return _error("E072", "STRIPE_SYNC_PAGE_SIZE is no size of a page.", hint)
    if not isinstance(pause, int | float) or pause < 0:
        return _error("E072", "STRIPE_SYNC_PAUSE is no number of seconds.", "Give 0 or more.")
    return []
