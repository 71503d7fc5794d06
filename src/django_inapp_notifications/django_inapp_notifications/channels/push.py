"""Web push to the browsers in which a user turned it on. Text only.

Needs the extra ``push`` and a VAPID key (manage.py notifications_vapid_key).
"""

import base64
import hashlib
import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..conf import settings
from ..content.text import shorten
from ..database.primary import on_primary
from ..exceptions import (
    ChannelDown,
    NotificationError,
    PermanentFailure,
    ProviderRefusal,
    TemporaryFailure,
)
from ..models import PushSubscription
from .base import Channel, Outgoing
from .http import post, raise_for_status
from .push_keys import encrypt, vapid_headers

__all__ = ["PushChannel"]

GONE = (404, 410)
# Of the site's key, or of a subscription that another key made; a run of them tells which.
KEY_REFUSED = (401, 403)
# Push services take 4,096 bytes, of which encryption needs some; four bytes a character at worst.
TITLE_LENGTH, TEXT_LENGTH = 120, 400
URGENCY = {"low": "low", "high": "high", "urgent": "high"}


class PushChannel(Channel):
    """Add its path to NOTIFICATION_CHANNELS."""

    name = "push"
    label = _("Browser")
    digests = True

    def can_reach(self, user: Any) -> bool:
        return _browsers(user).exists()

    def send(self, outgoing: Outgoing) -> None:
        """Send to each browser of the user. One success is enough; dead subscriptions go."""
        failures: list[NotificationError] = []
        reached = 0
        for subscription in _browsers(outgoing.user):
            try:
                reached += push(subscription, outgoing)
            except (PermanentFailure, TemporaryFailure) as error:
                failures.append(error)
            except ImproperlyConfigured as error:
                raise ChannelDown(str(error)) from error
        if reached:
            return
        # One temporary failure is reason enough to try again.
        failures.sort(key=lambda each: not isinstance(each, TemporaryFailure))
        raise failures[0] if failures else PermanentFailure("No browser is subscribed anymore.")


def _browsers(user: Any) -> "models.QuerySet[PushSubscription]":
    return on_primary(PushSubscription).filter(user=user)


def push(subscription: PushSubscription, outgoing: Outgoing) -> bool:
    """Return True if the push service accepted it; delete a dead subscription and return False."""
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(seconds_to_live(outgoing)),
        "Urgency": URGENCY.get(priority_of(outgoing), "normal"),
        "Topic": topic(outgoing.key),
        **vapid_headers(subscription.endpoint),
    }
    body = encrypt(subscription, json.dumps(payload(outgoing), ensure_ascii=False).encode())
    status = post(subscription.endpoint, body, headers)
    if status in GONE:
        subscription.delete()
        return False
    if status in KEY_REFUSED:
        raise ProviderRefusal(f"The push service answered {status}: the key is not accepted.")
    raise_for_status(status)
    return True


def payload(outgoing: Outgoing) -> dict[str, str]:
    """Text only. It appears on lock screens, so a site may leave out all but the title."""
    text = outgoing.text if settings.NOTIFICATION_PUSH_SHOWS_TEXT else ""
    return {
        "title": shorten(outgoing.title, TITLE_LENGTH),
        "text": shorten(text, TEXT_LENGTH),
        "url": outgoing.link,
        "tag": outgoing.key,
    }


def seconds_to_live(outgoing: Outgoing) -> int:
    """How long a push service keeps it for a browser that is not running."""
    longest: int = settings.NOTIFICATION_PUSH_TTL
    ends = [message.expires_at for message in outgoing.messages if message.expires_at]
    if outgoing.is_digest or not ends:
        return longest
    return max(0, min(longest, int((min(ends) - clock.now()).total_seconds())))


def priority_of(outgoing: Outgoing) -> str:
    return "normal" if outgoing.is_digest else outgoing.messages[0].priority


def topic(key: str) -> str:
    """32 characters, the same at each attempt, so that a repeat replaces what still waits."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:24]).decode()
