"""What every page of the site may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from .demo import ACCOUNTS, CARDS


def site(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    context: dict[str, Any] = {
        "brand": settings.SITE_NAME,
        "demo": settings.DEMO,
        "sandbox": settings.SANDBOX,
    }
    if settings.DEMO:
        context |= {"demo_accounts": ACCOUNTS, "demo_cards": CARDS}
    return context
