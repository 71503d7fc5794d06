"""The signing secrets of the endpoint, and when each was last of use.

A secret is known by a fingerprint: enough to tell two apart, and nothing that signs.
"""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from .. import clock
from ..conf import settings
from ..models import SigningSecret
from ..stripe_api.client import sdk_version, uses_sandbox

logger = logging.getLogger(__name__)

#: What the sandbox signs with by default. It is public.
SANDBOX_SECRET = "whsec_sandbox"  # noqa: S105

#: Seconds between two notes of one secret's use. A note is a write, and an event is many a second.
NOTE_EVERY = 60

#: Fingerprint and version → when this process noted it last, in monotonic seconds.
_noted: dict[tuple[str, str], float] = {}


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A configured secret: when it last verified a delivery, to a minute, if it ever did."""

    fingerprint: str
    last_seen_at: datetime | None
    api_version: str


def webhook_secrets() -> list[str]:
    """Return the configured signing secrets: several while they rotate."""
    configured: str | Sequence[str] = settings.STRIPE_WEBHOOK_SECRET or ()
    secrets = [configured] if isinstance(configured, str) else configured
    # A file or a variable often ends in a newline.
    return [secret.strip() for secret in secrets if secret.strip()]


def trusted_secrets() -> list[str]:
    """Return the secrets that may verify a delivery: the sandbox's only where one is in use.

    System checks do not run under a web server, so this holds at run time too.
    """
    secrets = webhook_secrets()
    if SANDBOX_SECRET in secrets and not uses_sandbox():
        return [secret for secret in secrets if secret != SANDBOX_SECRET]
    return secrets


def fingerprint(secret: str) -> str:
    """Return eight hexadecimal digits that stand for a secret."""
    # Secrets are 32 random letters: a hash of one can't be searched for backwards.
    return hashlib.sha256(b"stripe webhook secret:" + secret.encode()).hexdigest()[:8]


def note_use(secret: str, api_version: str = "") -> None:
    """Remember that ``secret`` verified a delivery, in the version in which it was rendered.

    Written once a minute by each process, and at once when the version changes; a version that
    is not the SDK's is warned of as often.
    """
    mark = fingerprint(secret)
    known = _noted.get((mark, api_version))
    if known is not None and time.monotonic() - known < NOTE_EVERY:
        return
    use = SigningSecret(fingerprint=mark, last_seen_at=clock.now(), api_version=api_version)
    # A thin event has no version, and leaves the one that is known.
    fields = ["last_seen_at", *(["api_version"] if api_version else [])]
    # MariaDB finds the row by any unique key, and takes no name of one.
    targeted = connection.features.supports_update_conflicts_with_target
    SigningSecret.objects.bulk_create(
        [use],
        update_conflicts=True,
        update_fields=fields,
        unique_fields=["fingerprint"] if targeted else None,
    )
    _noted[mark, api_version] = time.monotonic()
    if api_version and api_version != sdk_version():
        logger.warning(
            "Events come in API version %s and the SDK reads %s: fields may be missing. See "
            "manage.py stripe_webhook_endpoint --list.",
            api_version,
            sdk_version(),
            extra={"api_version": api_version, "sdk_api_version": sdk_version()},
        )


def uses() -> list[SecretUse]:
    """Return the configured secrets in their order, with their last uses. One query."""
    marks = [fingerprint(secret) for secret in webhook_secrets()]
    rows = {row.fingerprint: row for row in SigningSecret.objects.filter(fingerprint__in=marks)}
    return [
        SecretUse(mark, rows[mark].last_seen_at, rows[mark].api_version)
        if mark in rows
        else SecretUse(mark, None, "")
        for mark in marks
    ]
