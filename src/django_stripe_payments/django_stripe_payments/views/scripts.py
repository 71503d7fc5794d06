"""What the pages give their scripts: keys, addresses and messages in the reader's language."""

from typing import Any

from django.conf import settings as site_settings
from django.utils.translation import gettext as _

from ..conf import settings
from ..models import declines
from ..stripe_api import local_sandbox


def script_config(**of_page: Any) -> dict[str, Any]:
    """Return the configuration that stripe_form.js expects, with what the page adds to it."""
    config = {
        "publicKey": settings.STRIPE_PUBLIC_KEY.strip(),
        "csrfHeader": csrf_header(),
        "messages": messages(),
        "declines": declines.messages(),
    }
    return {**config, **of_page}


def csrf_header() -> str:
    """Return the request header in which this site expects the CSRF token."""
    return site_settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")


def messages() -> dict[str, str]:
    """Return the messages that the scripts show."""
    return {
        "loading": _("Loading the payment form…"),
        "submitting": _("Processing your payment…"),
        "scriptFailed": _script_failed(),
        "network": _("The connection was lost. You won't be charged twice, so please try again."),
        "unknown": _("The payment did not go through. Please try again."),
    }


def _script_failed() -> str:
    if site_settings.DEBUG and local_sandbox.is_used():
        # Stripe.js is the sandbox's, too. This is for a developer.
        return f"{local_sandbox.START}: {settings.STRIPE_API_BASE} does not answer."
    return _("The payment form could not be loaded. Check your connection.")
