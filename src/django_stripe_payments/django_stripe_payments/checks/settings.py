"""System checks of keys, secrets and addresses: one stable id per rule, and a fix in each hint."""

import re
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.db import DEFAULT_DB_ALIAS, router
from django.utils.module_loading import import_string

from .. import money
from ..conf import settings
from ..dispatch import SHORT_NAMES
from ..exceptions import InvalidAmount
from ..models import Payment
from ..stripe_api import local_sandbox
from ..webhooks.secrets import SANDBOX_SECRET
from ._messages import error, warning

#: How Stripe's keys begin.
SECRET_KEYS = ("sk_test_", "sk_live_", "rk_test_", "rk_live_", "sk_org_test_", "sk_org_live_")
PUBLIC_KEYS = ("pk_test_", "pk_live_")
SIGNING_SECRETS = ("whsec_",)


#: What is left of a key once white space around it is removed, as it is where a key is used.
_KEY = re.compile(r"[A-Za-z0-9_./+=-]+")


def _starts(value: Any, prefixes: Sequence[str]) -> bool:
    """Return whether ``value`` has one of the prefixes, and is a key from there to its end."""
    if not isinstance(value, str) or not value.strip().startswith(tuple(prefixes)):
        return False
    return _KEY.fullmatch(value.strip()) is not None


@register(Tags.security)
def check_secret_key(**_context: Any) -> list[CheckMessage]:
    """W001, E001: the secret key is set and is a secret key."""
    key = settings.STRIPE_SECRET_KEY
    if not key:
        hint = "Set it to your secret key (sk_… or rk_…); a sandbox accepts any sk_test_…"
        return warning("W001", "STRIPE_SECRET_KEY is empty, so nothing can be charged.", hint)
    if not _starts(key, SECRET_KEYS):
        hint = (
            f"Secret keys begin with {', '.join(SECRET_KEYS)}. A publishable key (pk_…) can't "
            "charge."
        )
        return error("E001", "STRIPE_SECRET_KEY is not a secret key.", hint)
    return []


@register(Tags.security)
def check_public_key(**_context: Any) -> list[CheckMessage]:
    """W002, E002: the publishable key is set, and is not a secret key."""
    key = settings.STRIPE_PUBLIC_KEY
    if not key:
        hint = "Set it to your publishable key (pk_…): the checkout page needs it."
        return warning("W002", "STRIPE_PUBLIC_KEY is empty.", hint)
    if not _starts(key, PUBLIC_KEYS):
        hint = (
            "It is sent to every browser, so set a publishable key, which begins with "
            f"{' or '.join(PUBLIC_KEYS)}."
        )
        return error("E002", "STRIPE_PUBLIC_KEY is not a publishable key.", hint)
    return []


@register(Tags.security)
def check_key_modes(**_context: Any) -> list[CheckMessage]:
    """E003: both keys belong to the same mode."""
    modes = {
        "_live_" in key
        for key in (settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLIC_KEY)
        if isinstance(key, str) and key
    }
    if len(modes) > 1:
        hint = "Copy both keys from the same page of the dashboard: both test or both live."
        text = "STRIPE_SECRET_KEY and STRIPE_PUBLIC_KEY belong to different modes."
        return error("E003", text, hint)
    return []


@register(Tags.security)
def check_webhook_secret(**_context: Any) -> list[CheckMessage]:
    """W003, E004: the signing secret is set and looks like one."""
    configured = settings.STRIPE_WEBHOOK_SECRET
    secrets = [configured] if isinstance(configured, str) else list(configured or ())
    if not any(secrets):
        hint = "Set it to the signing secret (whsec_…) of the endpoint in Stripe's dashboard."
        text = "STRIPE_WEBHOOK_SECRET is empty, so the webhook endpoint refuses every event."
        return warning("W003", text, hint)
    if not all(_starts(secret, SIGNING_SECRETS) for secret in secrets):
        hint = "Set the endpoint's signing secret, which begins with whsec_; it is not an API key."
        return error("E004", "STRIPE_WEBHOOK_SECRET is not a signing secret.", hint)
    return []


@register(Tags.security)
def check_live_key_in_debug(**_context: Any) -> list[CheckMessage]:
    """W004: DEBUG is off in live mode."""
    if settings.DEBUG and "_live_" in str(settings.STRIPE_SECRET_KEY):
        hint = "Use test keys while DEBUG is on."
        return warning("W004", "DEBUG is on with a live STRIPE_SECRET_KEY.", hint)
    return []


@register(Tags.security)
def check_api_base(**_context: Any) -> list[CheckMessage]:
    """E005: a live key is sent only to Stripe."""
    if settings.STRIPE_API_BASE and "_live_" in str(settings.STRIPE_SECRET_KEY):
        hint = "Remove STRIPE_API_BASE, or use test keys with a sandbox."
        text = "STRIPE_API_BASE would send a live key to an address that is not Stripe's."
        return error("E005", text, hint)
    return []


@register(Tags.security, deploy=True)
def check_sandbox_in_production(**_context: Any) -> list[CheckMessage]:
    """W005: a deployed site uses Stripe, not a sandbox."""
    if settings.STRIPE_API_BASE or local_sandbox.is_local(settings.STRIPE_JS_URL):
        hint = "Remove STRIPE_API_BASE and STRIPE_JS_URL from the production settings."
        return warning("W005", "The site uses a sandbox instead of Stripe.", hint)
    return []


@register(Tags.security, deploy=True)
def check_return_addresses(**_context: Any) -> list[CheckMessage]:
    """W007: banks redirect customers back to an https address."""
    knows_https = settings.SECURE_SSL_REDIRECT or settings.SECURE_PROXY_SSL_HEADER
    if "_live_" in str(settings.STRIPE_SECRET_KEY) and not knows_https:
        hint = (
            "Set SECURE_PROXY_SSL_HEADER to the header of your proxy. If your server itself takes "
            "the scheme from the proxy, silence this check."
        )
        text = "Return addresses may begin with http://, which Stripe refuses in live mode."
        return warning("W007", text, hint)
    return []


@register()
def check_default_currency(**_context: Any) -> list[CheckMessage]:
    """E006: the default currency is a currency code."""
    try:
        money.normalize_currency(settings.STRIPE_DEFAULT_CURRENCY)
    except InvalidAmount as failed:
        hint = "Set it to a three-letter ISO 4217 code such as 'usd'."
        return error("E006", f"STRIPE_DEFAULT_CURRENCY: {failed}", hint)
    return []


@register()
def check_dotted_paths(**_context: Any) -> list[CheckMessage]:
    """E007: the classes that the settings name can be imported."""
    named = {
        "STRIPE_DISPATCHER": SHORT_NAMES.get(
            settings.STRIPE_DISPATCHER, settings.STRIPE_DISPATCHER
        ),
        "STRIPE_WEBHOOK_HANDLER": settings.STRIPE_WEBHOOK_HANDLER,
    }
    return [message for name, path in named.items() for message in _check_import(name, path)]


def _check_import(name: str, path: str) -> list[CheckMessage]:
    try:
        import_string(path)
    except ImportError as failed:
        hint = "Set a short name from the settings reference, or the dotted path of a class."
        return error("E007", f"{name} can't be imported: {failed}", hint)
    return []


@register()
def check_retry_delays(**_context: Any) -> list[CheckMessage]:
    """E008: there is at least one retry delay, and each is a positive number of seconds."""
    delays = settings.STRIPE_RETRY_DELAYS
    if not delays or not all(isinstance(delay, int | float) and delay > 0 for delay in delays):
        hint = "Set seconds, for example (60, 300, 1800)."
        return error("E008", "STRIPE_RETRY_DELAYS is not a list of delays.", hint)
    return []


@register(Tags.security)
def check_tolerance(**_context: Any) -> list[CheckMessage]:
    """E009: signatures expire. Zero would switch the check off."""
    tolerance = settings.STRIPE_WEBHOOK_TOLERANCE
    if not isinstance(tolerance, int) or tolerance <= 0:
        hint = "Set a positive number of seconds; Stripe's libraries use 300."
        text = "STRIPE_WEBHOOK_TOLERANCE lets a recorded request be replayed forever."
        return error("E009", text, hint)
    return []


@register(Tags.security)
def check_guest_links(**_context: Any) -> list[CheckMessage]:
    """E010: links of guests expire."""
    age = settings.STRIPE_GUEST_LINK_MAX_AGE
    if not isinstance(age, int) or age <= 0:
        hint = "Set a positive number of seconds; the default is a week."
        return error("E010", "STRIPE_GUEST_LINK_MAX_AGE is not a number of seconds.", hint)
    return []


@register(Tags.security)
def check_sandbox_secret(**_context: Any) -> list[CheckMessage]:
    """E042: the sandbox's signing secret, which is public, is not used in live mode."""
    configured = settings.STRIPE_WEBHOOK_SECRET
    secrets = [configured] if isinstance(configured, str) else list(configured or ())
    if SANDBOX_SECRET in secrets and "_live_" in str(settings.STRIPE_SECRET_KEY):
        hint = "Set it to the signing secret of your endpoint in Stripe's dashboard."
        text = "STRIPE_WEBHOOK_SECRET is the sandbox's, which is public: anyone can sign events."
        return error("E042", text, hint)
    return []


@register()
def check_database(**_context: Any) -> list[CheckMessage]:
    """E043: the app's tables are in the default database, whose transactions it uses."""
    alias = router.db_for_write(Payment)
    if alias != DEFAULT_DB_ALIAS:
        hint = "Let your database router keep this app in the default database."
        text = f"Payments are written to {alias!r}, but they need the default database."
        return error("E043", text, hint)
    return []
