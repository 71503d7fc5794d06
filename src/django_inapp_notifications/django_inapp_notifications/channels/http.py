"""One POST to an address that a user named: no redirects, no private peers, one total deadline."""

import base64
import contextlib
import http.client
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from ..conf import settings
from ..exceptions import PermanentFailure, TemporaryFailure
from .addresses import look_up

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
    checked, parts = look_up(address), urlsplit(address)
    host = parts.hostname or ""
    is_inside = host in settings.NOTIFICATION_PRIVATE_HOSTS
    proxy = "" if is_inside else _proxy_for(host)
    connection = _connection(parts, proxy, checked)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
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


class _ToChecked(http.client.HTTPSConnection):
    """Connects to the addresses that were checked, whatever the name stands for by now.

    So nothing is sent to a host inside the network, not even the start of a handshake.
    """

    def __init__(self, host: str, port: int | None, checked: list[str]) -> None:
        self.checked, self.tls = checked, ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT, context=self.tls)

    def connect(self) -> None:
        self.sock = self.tls.wrap_socket(self._reach(), server_hostname=self.host)

    def _reach(self) -> socket.socket:
        *others, last = self.checked
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), TIMEOUT)
        return socket.create_connection((last, self.port), TIMEOUT)


def _connection(parts: SplitResult, proxy: str, checked: list[str]) -> http.client.HTTPConnection:
    """To the addresses that were checked; but whom a proxy calls is its operator's business."""
    host, port = parts.hostname or "", parts.port
    if parts.scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    if not proxy:
        return _ToChecked(host, port, checked)
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
