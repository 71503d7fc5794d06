"""One POST to an address that a user named: no redirects, no private peers, one total deadline."""

import base64
import contextlib
import http.client
import socket
import threading
import urllib.request
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from ..conf import settings
from ..exceptions import PermanentFailure, TemporaryFailure
from .addresses import check_address, is_public

# Seconds for each step, and for all of the answer. A slow receiver must not hold up the others,
# and a socket's own timeout restarts with each byte.
TIMEOUT = 10
ANSWER_WITHIN = 20


def post(
    address: str, body: bytes, headers: dict[str, str], answer_within: float = ANSWER_WITHIN
) -> int:
    """Send it and return the status of the response, within the given number of seconds.

    PermanentFailure for an address that must not be called, TemporaryFailure if there is no answer.
    """
    parts = urlsplit(check_address(address))
    host = parts.hostname or ""
    is_inside = host in settings.NOTIFICATION_PRIVATE_HOSTS
    proxy = "" if is_inside else _proxy_for(host)
    connection = _connection(parts, proxy)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
        peer = connection.sock.getpeername()[0]
        # A name can stand for another address than when it was checked. A proxy is the peer
        # itself, and whom it calls is its operator's business.
        if not (is_inside or proxy or is_public(peer)):
            raise OSError(f"{host!r} led to {peer}, which is not a public address.")
        with _deadline(connection.sock, answer_within):
            connection.request("POST", target, body, headers)
            return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise TemporaryFailure(f"The receiver cannot be reached: {error}") from error
    finally:
        connection.close()


def raise_for_status(status: int) -> None:
    """Return for a 2xx. 408, 429 and 5xx are TemporaryFailure, all else is PermanentFailure."""
    if 200 <= status < 300:
        return
    later = status in (408, 429) or status >= 500
    failure = TemporaryFailure if later else PermanentFailure
    raise failure(f"The receiver answered {status}.")


def _proxy_for(host: str) -> str:
    """The proxy that the environment names for https, or ""."""
    proxy = urllib.request.getproxies().get("https", "")
    return "" if not proxy or urllib.request.proxy_bypass(host) else proxy


def _connection(parts: SplitResult, proxy: str) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT)
    via, headers = urlsplit(proxy if "//" in proxy else f"//{proxy}"), {}
    if via.username:
        login = f"{unquote(via.username)}:{unquote(via.password or '')}".encode()
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    connection = http.client.HTTPSConnection(via.hostname or "", via.port, timeout=TIMEOUT)
    connection.set_tunnel(host, port or 443, headers)
    return connection


@contextlib.contextmanager
def _deadline(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up when the time is over, whatever the other side is doing then."""
    alarm = threading.Timer(seconds, _hang_up, [connected])
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _hang_up(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
