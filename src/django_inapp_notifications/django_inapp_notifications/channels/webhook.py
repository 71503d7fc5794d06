"""A signed POST to the user's own address, for chat bridges and other programs.

The receiver checks ``Notification-Signature: t=<seconds>,v1=<hex>``, where v1 is the HMAC-SHA256
of ``<seconds>.<body>`` with NOTIFICATION_WEBHOOK_SECRET, and rejects what is minutes old.
``Notification-Key`` is the same at each attempt.
"""

import hashlib
import hmac
import json
import time
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from ..conf import settings
from ..content.rendering import for_recipient
from ..exceptions import ChannelDown
from .base import Channel, Outgoing
from .http import post, raise_for_status

__all__ = ["WebhookChannel", "sign"]


class WebhookChannel(Channel):
    """Add its path to NOTIFICATION_CHANNELS, and set NOTIFICATION_WEBHOOK_ADDRESS."""

    name = "webhook"
    label = _("Webhook")
    digests = True

    def can_reach(self, user: Any) -> bool:
        return bool(self.address(user))

    def address(self, user: Any) -> str:
        find = settings.NOTIFICATION_WEBHOOK_ADDRESS
        find = import_string(find) if isinstance(find, str) and find else find
        return str(find(user) or "") if find else ""

    def send(self, outgoing: Outgoing) -> None:
        secret = settings.NOTIFICATION_WEBHOOK_SECRET
        if not secret:
            raise ChannelDown(
                "NOTIFICATION_WEBHOOK_SECRET is not set, and unsigned requests are not sent."
            )
        body = json.dumps(payload(outgoing)).encode()
        headers = {
            "Content-Type": "application/json",
            "Notification-Key": outgoing.key,
            "Notification-Signature": sign(body, secret, int(time.time())),
        }
        raise_for_status(post(self.address(outgoing.user), body, headers))


def sign(body: bytes, secret: str, seconds: int) -> str:
    """The header that proves who sent the body and when."""
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def payload(outgoing: Outgoing) -> dict[str, Any]:
    with for_recipient(outgoing.user, outgoing.time_zone):
        titles = [message.shown_title for message in outgoing.messages]
    return {
        "key": outgoing.key,
        "is_digest": outgoing.is_digest,
        "title": outgoing.title,
        "text": outgoing.text,
        "link": outgoing.link,
        "notifications": [
            {"id": pk, "type": message.type, "title": title, "priority": message.priority}
            for pk, message, title in zip(
                outgoing.notification_ids, outgoing.messages, titles, strict=False
            )
        ],
    }
