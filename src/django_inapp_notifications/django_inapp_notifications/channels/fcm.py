"""Push to devices by Firebase Cloud Messaging, HTTP v1. Text only.

Needs the extra ``mobile`` and NOTIFICATION_FCM_SERVICE_ACCOUNT.
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

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

__all__ = ["FcmChannel"]

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: What the claim is for: Google's address, whatever the key's file says.
AUDIENCE = "https://oauth2.googleapis.com/token"
#: Seconds that a claim is valid, and how long before its end a token is replaced.
LIFETIME, MARGIN = 3600, 300

_lock = threading.Lock()
# (client_email, private_key) → the token, and until when it is used.
_tokens: dict[tuple[str, str], tuple[str, float]] = {}


class FcmChannel(DeviceChannel):
    """Add its path to NOTIFICATION_CHANNELS."""

    name = "fcm"
    label = _("Android app")

    def push(self, device: Device, push: Push, outgoing: Outgoing) -> Verdict:
        account = service_account()
        headers = {
            "Authorization": f"Bearer {access_token(account)}",
            "Content-Type": "application/json",
        }
        content = json.dumps(payload(device, push, outgoing), ensure_ascii=False).encode()
        path = f"/v1/projects/{quote(account['project_id'], safe='')}/messages:send"
        return verdict_of(post("fcm", path, headers, content))


def payload(device: Device, push: Push, outgoing: Outgoing) -> dict[str, Any]:
    """Return the message. A repetition has the same tag, and replaces what is shown."""
    seconds = seconds_to_live(outgoing)
    is_urgent = priority_of(outgoing) in ("high", "urgent")
    shown: dict[str, Any] = {"tag": push.key}
    aps: dict[str, Any] = {}
    if push.badge is not None:
        shown["notification_count"], aps["badge"] = push.badge, push.badge
    expires = str(int(time.time()) + seconds) if seconds else "0"
    return {
        "message": {
            "token": device.address,
            "notification": {"title": push.title, "body": push.text},
            "data": {"url": push.link, "tag": push.key},
            "android": {
                # While the device is off, one that repeats another replaces it.
                "collapse_key": topic(push.key),
                "ttl": f"{seconds}s",
                "priority": "high" if is_urgent else "normal",
                "notification": shown,
            },
            # Of an app on Apple's devices that uses Firebase.
            "apns": {
                "headers": {"apns-collapse-id": topic(push.key), "apns-expiration": expires},
                "payload": {"aps": aps},
            },
        }
    }


def verdict_of(answer: Answer) -> Verdict:
    """Return what an answer says of the device, or raise what it says of the channel."""
    status, code = answer.status, error_code(answer)
    if status == 200:
        return Verdict.ACCEPTED
    if status == 404 or (status == 403 and code == "SENDER_ID_MISMATCH"):
        return Verdict.GONE
    if status == 400:
        return Verdict.DOUBTFUL
    text = f"FCM answered {status} {code}".strip() + "."
    if status == 401:
        forget_tokens()
    if status in (401, 403):
        raise ChannelDown(text)
    if status in (408, 429) or status >= 500:
        raise TemporaryFailure(text, retry_after=answer.retry_after)
    raise ProviderRefusal(text)


def error_code(answer: Answer) -> str:
    """Return FCM's own code for an error, else Google's general one."""
    error = answer.data.get("error")
    if not isinstance(error, Mapping):
        return ""
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, Mapping) and detail.get("errorCode"):
            return str(detail["errorCode"])
    return str(error.get("status") or "")


def service_account() -> Mapping[str, str]:
    """Return the key that identifies the site. Raises ConfigurationError."""
    account = settings.NOTIFICATION_FCM_SERVICE_ACCOUNT
    try:
        account = json.loads(account) if isinstance(account, str) else account
        missing = {"project_id", "client_email", "private_key"} - set(account)
    except (TypeError, ValueError):
        missing = {"a JSON object"}
    if missing:
        raise ConfigurationError(
            f"NOTIFICATION_FCM_SERVICE_ACCOUNT lacks {', '.join(sorted(missing))}: set it to the "
            "content of the service account's JSON file."
        )
    return dict(account)


def access_token(account: Mapping[str, str]) -> str:
    """Return a token for FCM, made once an hour and process. Raises ChannelDown."""
    key = (account["client_email"], account["private_key"])
    with _lock:
        token, until = _tokens.get(key, ("", 0.0))
        if time.time() >= until:
            token, seconds = _new_token(account)
            _tokens[key] = (token, time.time() + max(0, seconds - MARGIN))
        return token


def forget_tokens() -> None:
    """Make new ones for the next push."""
    with _lock:
        _tokens.clear()


def _new_token(account: Mapping[str, str]) -> tuple[str, int]:
    form = urlencode({"grant_type": GRANT, "assertion": _claim(account)}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = post("fcm_token", "/token", headers, form)
    except (PermanentFailure, TemporaryFailure) as error:
        raise ChannelDown(str(error)) from error
    token = answer.data.get("access_token")
    if answer.status != 200 or not isinstance(token, str):
        raise ChannelDown(f"Google answered {answer.status} to the service account.")
    return token, int(answer.data.get("expires_in") or LIFETIME)


def _claim(account: Mapping[str, str]) -> str:
    _httpx, jwt = import_mobile()
    now = int(time.time())
    claims = {
        "iss": account["client_email"],
        "scope": SCOPE,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + LIFETIME,
    }
    try:
        return str(jwt.encode(claims, account["private_key"], algorithm="RS256"))
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ConfigurationError(
            "NOTIFICATION_FCM_SERVICE_ACCOUNT has no valid private_key."
        ) from error
