"""The client of Stripe's SDK, and its errors: no other module builds or catches one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..conf import settings
from ..database.transactions import require_outside_participant
from ..exceptions import (
    CardDeclined,
    ConfigurationError,
    NotAccessible,
    OutcomeUnknown,
    ReplayedFailure,
    StripeBusy,
    StripeCallFailed,
    StripePaymentsError,
)
from ..logs.redaction import SecretsFilter, redact_text
from . import local_sandbox

if TYPE_CHECKING:
    import stripe

#: Stripe's error code for an object that does not exist.
MISSING = "resource_missing"

#: Statuses of an object that does not exist, and of one that a restricted key may not access.
INACCESSIBLE = (403, 404)

_secrets_filter = SecretsFilter()

# Tests use this to call a sandbox in the same process instead of over a socket.
_http_client: Any = None


def get_client() -> stripe.StripeClient:
    """Return a client for the configured key, built once per key and address.

    Raises:
        ConfigurationError: STRIPE_SECRET_KEY is empty, or is a live key with STRIPE_API_BASE set.
        TransactionInProgress: a participant asks for it.
    """
    require_outside_participant()
    if not settings.STRIPE_SECRET_KEY:
        msg = "STRIPE_SECRET_KEY is empty: set it to your secret key (sk_… or rk_…)."
        raise ConfigurationError(msg)
    if settings.STRIPE_API_BASE and is_live():
        msg = "STRIPE_API_BASE would send a live key to another server: remove one of the two."
        raise ConfigurationError(msg)
    return _build_client(
        # A file or a variable often ends in a newline, which no header may have.
        settings.STRIPE_SECRET_KEY.strip(),
        settings.STRIPE_API_BASE,
        settings.STRIPE_API_TIMEOUT,
        settings.STRIPE_API_MAX_RETRIES,
        _http_client,
    )


@contextmanager
def use_http_client(http_client: stripe.HTTPClient) -> Iterator[None]:
    """Make every client of this process use ``http_client`` inside the block."""
    global _http_client
    before, _http_client = _http_client, http_client
    try:
        yield
    finally:
        _http_client = before


@lru_cache(maxsize=16)
def _build_client(
    key: str, base: str, timeout: float, retries: int, http_client: Any
) -> stripe.StripeClient:
    # Importing the SDK takes a third of a second and 34 MB, so not at every start of the site.
    import stripe

    # At DEBUG the SDK logs what it sends and receives, client secrets included.
    logging.getLogger("stripe").addFilter(_secrets_filter)
    stripe.set_app_info("django-stripe-payments-kit", version=__version__)
    addresses = dict.fromkeys(("api", "files", "connect", "meter_events"), base) if base else {}
    return stripe.StripeClient(
        key,
        base_addresses=addresses,  # type: ignore[arg-type]
        max_network_retries=retries,
        http_client=http_client or stripe.RequestsClient(timeout=timeout),
    )


def is_live() -> bool:
    """Return whether STRIPE_SECRET_KEY is a live key, which moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY


def uses_sandbox() -> bool:
    """Return whether a sandbox of this machine or of this process plays Stripe."""
    return not is_live() and (_http_client is not None or local_sandbox.is_used())


def sdk_version() -> str:
    """Return the API version of the installed SDK."""
    import stripe

    return str(stripe.api_version)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise our errors instead of the SDK's, so that callers need not import the SDK."""
    import stripe

    try:
        yield
    except stripe.StripeError as error:
        raise translate(error) from error


def translate(error: stripe.StripeError) -> StripePaymentsError:
    """Return our error for one of the SDK's.

    OutcomeUnknown means that Stripe may have executed the call: the connection was lost, Stripe
    answered with a 5xx, or the same call is still running. Every other error means it did not.
    """
    import stripe

    message = redact_text(error.user_message or str(error))
    details = {
        "code": error.code or "",
        "decline_code": getattr(error.error, "decline_code", None) or "",
    }
    if isinstance(error, stripe.CardError):
        return CardDeclined(message, **details)
    if isinstance(error, stripe.RateLimitError):
        return StripeBusy(message, retry_after=_retry_after(error))
    if (error.http_status or 0) >= 500 and _is_replayed(error):
        return ReplayedFailure(message)
    if isinstance(error, stripe.APIConnectionError):
        return OutcomeUnknown(_no_answer(error))
    if (error.http_status or 0) >= 500:
        return OutcomeUnknown(message)
    if error.http_status == 409 or error.code == "idempotency_key_in_use":
        return OutcomeUnknown(message)
    if isinstance(error, stripe.AuthenticationError):
        return ConfigurationError(f"Stripe refused STRIPE_SECRET_KEY: {message}")
    if error.http_status in INACCESSIBLE:
        return NotAccessible(message, **details)
    return StripeCallFailed(message, **details)


def _no_answer(error: stripe.APIConnectionError) -> str:
    """Replace the SDK's long text, with its support address, by one line."""
    if local_sandbox.is_used():
        return f"{local_sandbox.START}: {settings.STRIPE_API_BASE} does not answer."
    where = f" at {settings.STRIPE_API_BASE}" if settings.STRIPE_API_BASE else ""
    # ConnectTimeout, SSLError, ProxyError…: the reason in a word; the traceback has the rest.
    reason = f" ({type(error.__cause__).__name__})" if error.__cause__ else ""
    return f"Stripe does not answer{where}{reason}."


def _is_replayed(error: stripe.StripeError) -> bool:
    return _header(error, "idempotent-replayed") == "true"


def _retry_after(error: stripe.StripeError) -> int:
    seconds = _header(error, "retry-after")
    # HTTP also allows a date, which Stripe does not send.
    return int(seconds) if seconds.isascii() and seconds.isdigit() else 0


def _header(error: stripe.StripeError, name: str) -> str:
    headers = {given.lower(): value for given, value in (error.headers or {}).items()}
    return str(headers.get(name, ""))
