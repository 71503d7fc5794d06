"""Whether customers reach the site's code: its URLs, its payment types and its receivers."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import global_settings, settings
from django.urls import NoReverseMatch, is_valid_path, reverse
from django.utils.translation import get_language

from .. import payment_types
from ..models import Payment
from ..signals import payment_succeeded

MOUNT = 'Add path("payments/", include("django_stripe_payments.urls")) to the site\'s URLs.'
IMPORT = (
    "Nothing can be bought, and nothing happens when money arrives. Import the modules with "
    "register_payment_type() and @receiver(payment_succeeded) in ready() of their AppConfig."
)


def findings() -> Iterator[tuple[str, str, str]]:
    """Yield the subject, the result and the advice, which is empty if there is no problem."""
    yield from _addresses()
    types = payment_types.registered()
    receivers = payment_succeeded.live_receivers(Payment)
    advice = "" if types or receivers else IMPORT
    yield "code", f"Registered payment types: {', '.join(types) or 'none'}.", ""
    yield "code", f"Receivers of payment_succeeded: {', '.join(receivers) or 'none'}.", advice


def _addresses() -> Iterator[tuple[str, str, str]]:
    try:
        reverse("django_stripe_payments:checkout")
    except NoReverseMatch:
        yield "addresses", "The app's URLs are not mounted.", MOUNT
        return
    # An address that is not Django's default was chosen on purpose: a proxy may serve it.
    login = global_settings.LOGIN_URL
    if login == settings.LOGIN_URL and not _is_served(login):
        advice = "Set LOGIN_URL to your log-in page: customers are sent there before they pay."
        yield "addresses", f"LOGIN_URL is {login}, but the site has no page there.", advice


def _is_served(path: str) -> bool:
    # LocaleMiddleware redirects an address without a language to the one with a language.
    return any(map(is_valid_path, (path, f"/{get_language()}{path}")))
