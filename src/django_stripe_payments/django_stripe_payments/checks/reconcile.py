"""System checks of the settings of the reconciliation."""

from typing import Any

from django.core.checks import CheckMessage, register

from ..conf import settings
from ._messages import error, is_whole, warning


@register()
def check_sync_window(**_context: Any) -> list[CheckMessage]:
    """E070: the window is a number of days."""
    if not is_whole(settings.STRIPE_SYNC_WINDOW_DAYS, 1):
        hint = "Set whole days, for example 30."
        return error("E070", "STRIPE_SYNC_WINDOW_DAYS is not a number of days.", hint)
    return []


@register()
def check_sync_abandoned(**_context: Any) -> list[CheckMessage]:
    """E071: payments count as abandoned after a number of seconds, or never."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    if after is not None and not is_whole(after, 3600):
        hint = (
            "Set seconds, at least 3600, because a customer may be authenticating at the bank; "
            "or None to cancel nothing."
        )
        text = "STRIPE_SYNC_ABANDONED_AFTER would cancel payments that customers are making."
        return error("E071", text, hint)
    return []


@register()
def check_sync_guests(**_context: Any) -> list[CheckMessage]:
    """W070: a guest's link does not outlive its payment."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    age = settings.STRIPE_GUEST_LINK_MAX_AGE
    if type(after) is int and isinstance(age, int) and age > after:
        hint = "Set STRIPE_SYNC_ABANDONED_AFTER to at least STRIPE_GUEST_LINK_MAX_AGE, or to None."
        text = "Payments of guests are canceled while their links are still valid."
        return warning("W070", text, hint)
    return []


@register()
def check_sync_pages(**_context: Any) -> list[CheckMessage]:
    """E072: a page holds 1 to 100 objects, and the pause between pages is not negative."""
    size, pause = settings.STRIPE_SYNC_PAGE_SIZE, settings.STRIPE_SYNC_PAUSE
    if not is_whole(size, 1) or size > 100:
        hint = "Set a whole number from 1 to 100: Stripe lists at most 100 objects at a time."
        return error("E072", "STRIPE_SYNC_PAGE_SIZE is not a page size.", hint)
    if not isinstance(pause, int | float) or pause < 0:
        return error("E072", "STRIPE_SYNC_PAUSE is not a number of seconds.", "Set 0 or more.")
    return []
