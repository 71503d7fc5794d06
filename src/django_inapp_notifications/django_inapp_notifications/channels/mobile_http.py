"""Requests to Google's and Apple's push services: their hosts only, HTTP/2, one client a process.

Needs the extra ``mobile``.
"""

import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..conf import settings
from ..exceptions import ConfigurationError, TemporaryFailure

#: Where the push services are. Nothing that a user names is called.
ADDRESSES = {
    "apns_production": "https://api.push.apple.com",
    "apns_sandbox": "https://api.sandbox.push.apple.com",
    "fcm": "https://fcm.googleapis.com",
    "fcm_token": "https://oauth2.googleapis.com",
}

#: Seconds for each step of a request.
TIMEOUT = 10

#: Bytes of an answer that are read: all services answer in a few hundred.
MAX_ANSWER = 64 * 1024

_lock = threading.Lock()
_clients: dict[tuple[int, bool, bool], Any] = {}


@dataclass(frozen=True)
class Answer:
    """The status, the JSON object, and the seconds that the service asks to wait."""

    status: int
    data: Mapping[str, Any]
    retry_after: int = 0


def import_mobile() -> tuple[Any, Any]:
    """Return the modules httpx and jwt. Raises ConfigurationError without the extra."""
    try:
        import h2  # noqa: F401
        import httpx
        import jwt
    except ImportError as error:
        raise ConfigurationError(
            "Mobile push needs an extra: pip install 'django-inapp-notifications[mobile]'."
        ) from error
    return httpx, jwt


def address_of(service: str) -> str:
    """Return where a push service is. Another place must be one of NOTIFICATION_PRIVATE_HOSTS.

    Raises ConfigurationError for any other.
    """
    own = settings.NOTIFICATION_MOBILE_PUSH_ADDRESSES.get(service)
    if own is None:
        return ADDRESSES[service]
    if urlsplit(own).hostname not in settings.NOTIFICATION_PRIVATE_HOSTS:
        raise ConfigurationError(
            f"NOTIFICATION_MOBILE_PUSH_ADDRESSES names {own!r} for {service!r}: only hosts in "
            "NOTIFICATION_PRIVATE_HOSTS may take the place of a push service."
        )
    return str(own)


def post(
    service: str, path: str, headers: Mapping[str, str], content: bytes, *, http2: bool = False
) -> Answer:
    """Send it and return the answer.

    Raises TemporaryFailure if there is none: also if a server closes a connection that others
    share (GOAWAY). A repetition has the same collapse id, so it replaces what may have arrived.
    """
    httpx, _jwt = import_mobile()
    address = address_of(service)
    client = _client(http2, is_private=address != ADDRESSES[service])
    try:
        with client.stream("POST", address + path, headers=headers, content=content) as response:
            body = b""
            for part in response.iter_raw():
                body += part
                if len(body) > MAX_ANSWER:
                    break
    except (httpx.HTTPError, OSError) as error:
        raise TemporaryFailure(
            f"The push service cannot be reached: {type(error).__name__}."
        ) from error
    return Answer(response.status_code, _object(body), _seconds(response.headers))


def _client(http2: bool, *, is_private: bool) -> Any:
    # A connection must not be shared with the process that this one was forked from.
    key = (os.getpid(), http2, is_private)
    with _lock:
        if key not in _clients:
            httpx, _jwt = import_mobile()
            _keep_addresses_out_of_logs()
            _clients[key] = httpx.Client(
                http1=not http2, http2=http2, timeout=TIMEOUT, trust_env=not is_private
            )
        return _clients[key]


def close_clients() -> None:
    """Close all connections, for example at the end of a test."""
    with _lock:
        while _clients:
            _clients.popitem()[1].close()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _seconds(headers: Mapping[str, str]) -> int:
    text = headers.get("retry-after", "")
    # HTTP also allows a date, which neither service documents.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


class _NoDevices(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return "/3/device/" not in record.getMessage()


def _keep_addresses_out_of_logs() -> None:
    """APNs has the device's address in the path, which httpx logs at INFO and hpack at DEBUG."""
    logging.getLogger("httpx").addFilter(_NoDevices())
    logging.getLogger("hpack").setLevel(logging.INFO)
