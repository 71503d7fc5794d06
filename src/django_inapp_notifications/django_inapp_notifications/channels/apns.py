"""Push to Apple's devices, with a token that the site's key signs. Text only.

Needs the extra ``mobile``, NOTIFICATION_APNS_KEY, NOTIFICATION_APNS_KEY_ID,
NOTIFICATION_APNS_TEAM_ID and NOTIFICATION_APNS_TOPICS.
"""

import json
import threading
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..conf import settings
from ..exceptions import (
    ChannelDown,
    ConfigurationError,
    PermanentFailure,
    ProviderRefusal,
    TemporaryFailure,
)
from ..models import Device
from .base import Outgoing
from .mobile import DeviceChannel, Push, Verdict
from .mobile_http import Answer, import_mobile, post
from .push import priority_of, seconds_to_live, topic

__all__ = ["ApnsChannel"]

#: Reasons that concern the device: it is of another app, or of Apple's other environment.
NOT_OURS = ("BadDeviceToken", "DeviceTokenNotForTopic")
#: Apple refuses tokens older than an hour, and new ones more often than every 20 minutes.
TOKEN_SECONDS, TOKEN_MINIMUM = 40 * 60, 20 * 60
#: Bytes of a collapse id.
MAX_COLLAPSE_ID = 64

_lock = threading.Lock()
# (key, key id, team) → the token, and when it was made.
_tokens: dict[tuple[str, str, str], tuple[str, float]] = {}


class ApnsChannel(DeviceChannel):
    """Add its path to NOTIFICATION_CHANNELS."""

    name = "apns"
    label = _("iPhone and iPad app")

    def push(self, device: Device, push: Push, outgoing: Outgoing) -> Verdict:
        path = f"/3/device/{quote(device.address, safe='')}"
        content = json.dumps(payload(push, outgoing), ensure_ascii=False).encode()
        service = f"apns_{device.environment}"
        answer = post(service, path, headers_for(device, push, outgoing), content, http2=True)
        return verdict_of(answer, device)


def headers_for(device: Device, push: Push, outgoing: Outgoing) -> dict[str, str]:
    """Return what APNs is told besides the content. A repetition has the same collapse id."""
    seconds = seconds_to_live(outgoing)
    return {
        "authorization": f"bearer {provider_token()}",
        "apns-topic": device.app,
        "apns-push-type": "alert",
        "apns-priority": "5" if priority_of(outgoing) == "low" else "10",
        "apns-expiration": str(int(time.time()) + seconds) if seconds else "0",
        "apns-collapse-id": push.key if len(push.key) <= MAX_COLLAPSE_ID else topic(push.key),
    }


def payload(push: Push, outgoing: Outgoing) -> dict[str, Any]:
    """Return the content; what the app itself needs stands beside ``aps``."""
    aps: dict[str, Any] = {"alert": {"title": push.title, "body": push.text}}
    if push.badge is not None:
        aps["badge"] = push.badge
    if priority_of(outgoing) != "low":
        aps["sound"] = "default"
    return {"aps": aps, "url": push.link, "tag": push.key}


def verdict_of(answer: Answer, device: Device) -> Verdict:
    """Return what an answer says of the device, or raise what it says of the channel."""
    status, reason = answer.status, str(answer.data.get("reason") or "")
    text = f"APNs answered {status} {reason}".strip() + "."
    if status == 200:
        return Verdict.ACCEPTED
    if status == 410:
        if _is_newer(device, answer.data.get("timestamp")):
            raise PermanentFailure(text)
        return Verdict.GONE
    if status == 400 and reason in NOT_OURS:
        return Verdict.GONE
    if status == 413:
        raise PermanentFailure(text)
    if status in (401, 403):
        _forget_old_tokens()
    if status in (401, 403) or reason == "TooManyProviderTokenUpdates":
        raise ChannelDown(text)
    if status in (408, 429) or status >= 500:
        raise TemporaryFailure(text, retry_after=answer.retry_after)
    raise ProviderRefusal(text)


def _is_newer(device: Device, milliseconds: Any) -> bool:
    """Whether the device was registered after the moment at which its address was dead."""
    if not isinstance(milliseconds, int | float):
        return False
    dead = datetime.fromtimestamp(milliseconds / 1000, UTC)
    if not settings.USE_TZ:
        dead = timezone.make_naive(dead)
    return device.last_seen_at > dead


def provider_token() -> str:
    """Return the site's token: one for a process, and never one for a message.

    Raises ConfigurationError.
    """
    key = settings.NOTIFICATION_APNS_KEY
    key_id, team = settings.NOTIFICATION_APNS_KEY_ID, settings.NOTIFICATION_APNS_TEAM_ID
    if not (key and key_id and team):
        raise ConfigurationError(
            "Set NOTIFICATION_APNS_KEY to the content of Apple's .p8 file, and "
            "NOTIFICATION_APNS_KEY_ID and NOTIFICATION_APNS_TEAM_ID to its ids."
        )
    with _lock:
        token, made = _tokens.get((key, key_id, team), ("", 0.0))
        if not token or time.time() - made >= TOKEN_SECONDS:
            made = time.time()
            token = _signed(key, {"iss": team, "iat": int(made)}, key_id)
            _tokens[key, key_id, team] = (token, made)
        return token


def _signed(key: str, claims: dict[str, Any], key_id: str) -> str:
    _httpx, jwt = import_mobile()
    try:
        return str(jwt.encode(claims, key, algorithm="ES256", headers={"kid": key_id}))
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ConfigurationError("NOTIFICATION_APNS_KEY is no key of APNs.") from error


def _forget_old_tokens() -> None:
    """Make a new token for the next push, unless the refused one is too new to be replaced."""
    with _lock:
        for name, (_token, made) in list(_tokens.items()):
            if time.time() - made >= TOKEN_MINIMUM:
                del _tokens[name]
