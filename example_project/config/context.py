"""What every page of the site may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from django_stripe_payments import clock

from .demo import ACCOUNTS, CARDS


def site(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    context: dict[str, Any] = {
        "brand": settings.SITE_NAME,
        "demo": settings.DEMO,
        "sandbox": settings.SANDBOX,
    }
    if settings.DEMO:
        context |= {"demo_accounts": ACCOUNTS, "demo_cards": CARDS}
    if settings.DEMO_CLOCK:
        context |= {"demo_now": clock.now(), "demo_clock_moved": bool(clock.offset())}
    return context
