"""A signed POST to an address of the user's, for chat bridges and other programs.

The receiver checks ``Notification-Signature: t=<seconds>,v1=<hex>``, where v1 is the HMAC-SHA256
of ``<seconds>.<body>`` with NOTIFICATION_WEBHOOK_SECRET, and refuses what is older than minutes.
``Notification-Key`` is the same at each try.
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from ..conf import settings
from ..exceptions import ChannelDown, PermanentFailure, TemporaryFailure
from ..outside_addresses import check_address
from .base import Channel, Outgoing

__all__ = ["WebhookChannel", "sign"]

TIMEOUT = 10  # seconds; a slow receiver must not hold up the others


class WebhookChannel(Channel):
    """Add its path to NOTIFICATION_CHANNELS, and say in NOTIFICATION_WEBHOOK_ADDRESS where to."""

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
            raise ChannelDown("NOTIFICATION_WEBHOOK_SECRET is not set: nothing is sent unsigned.")
        address = check_address(self.address(outgoing.user))
        body = json.dumps(payload(outgoing)).encode()
        headers = {
            "Content-Type": "application/json",
            "Notification-Key": outgoing.key,
            "Notification-Signature": sign(body, secret, int(time.time())),
        }
        request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310, checked
        post(request)


def sign(body: bytes, secret: str, seconds: int) -> str:
    """The header that proves who sent a body, and when."""
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def payload(outgoing: Outgoing) -> dict[str, Any]:
    return {
        "key": outgoing.key,
        "is_digest": outgoing.is_digest,
        "title": outgoing.title,
        "text": outgoing.text,
        "link": outgoing.link,
        "notifications": [
            {"id": pk, "type": message.type, "title": message.title, "priority": message.priority}
            for pk, message in zip(outgoing.notification_ids, outgoing.messages, strict=False)
        ],
    }


def post(request: urllib.request.Request) -> None:
    """Send it, following no redirect: the address that was checked is the one that is asked."""
    opener = urllib.request.build_opener(_NoRedirect())
    try:
        with opener.open(request, timeout=TIMEOUT):
            return
    except urllib.error.HTTPError as error:
        error.close()
        # 408 and 429 ask for patience, and so does any trouble of the server's own.
        later = error.code in (408, 429) or error.code >= 500
        failure = TemporaryFailure if later else PermanentFailure
        raise failure(f"The receiver answered {error.code}.") from error
    except OSError as error:
        raise TemporaryFailure(f"The receiver cannot be reached: {error}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None
