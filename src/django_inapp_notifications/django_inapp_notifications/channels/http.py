"""One POST to an address that a user named: no redirects, no private peers, and not for long."""

import contextlib
import http.client
import socket
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from ..conf import settings
from ..exceptions import PermanentFailure, TemporaryFailure
from .addresses import check_address, is_public

# Seconds for each step, and for all of the answer: a slow receiver must not hold up the others, not
# even one that sends a letter now and then.
TIMEOUT = 10
ANSWER_WITHIN = 20


def post(address: str, body: bytes, headers: dict[str, str]) -> int:
    """Send it and return the status that was answered.

    PermanentFailure for an address that must not be called, TemporaryFailure if nobody answers.
    """
    check_address(address)
    is_private = (urlsplit(address).hostname or "") in settings.NOTIFICATION_PRIVATE_HOSTS
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    handlers += [_Inside(), _InsideByTls()] if is_private else [_PublicOnly()]
    opener = urllib.request.build_opener(*handlers)
    request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310, checked
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except (OSError, http.client.HTTPException) as error:
        raise TemporaryFailure(f"The receiver cannot be reached: {error}") from error


def raise_for_status(status: int) -> None:
    """Nothing for a yes; 408, 429 and the server's own trouble are temporary, the rest is not."""
    if 200 <= status < 300:
        return
    later = status in (408, 429) or status >= 500
    failure = TemporaryFailure if later else PermanentFailure
    raise failure(f"The receiver answered {status}.")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The address that was checked is the one that is asked."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class _Impatient(http.client.HTTPConnection):
    """Hangs up on whoever takes too long; the timeout of a socket begins anew with each byte."""

    def getresponse(self) -> http.client.HTTPResponse:
        alarm = threading.Timer(ANSWER_WITHIN, _hang_up, [self.sock])
        alarm.start()
        try:
            return super().getresponse()
        finally:
            alarm.cancel()


class _ImpatientByTls(_Impatient, http.client.HTTPSConnection):
    pass


class _CheckedConnection(_ImpatientByTls):
    """Looks at whom it reached: a name can stand for another address than when it was checked."""

    def connect(self) -> None:
        super().connect()
        peer = self.sock.getpeername()[0]
        if not self._tunnel_or_public(peer):
            self.close()
            raise OSError(f"{self.host!r} led to {peer}, which is not a public address.")

    def _tunnel_or_public(self, peer: str) -> bool:
        # Through a proxy, the peer is the proxy, and whom that calls is its operator's business.
        return getattr(self, "_tunnel_host", None) is not None or is_public(peer)


class _Inside(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Impatient, req)


class _InsideByTls(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_ImpatientByTls, req)


class _PublicOnly(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_CheckedConnection, req)


def _hang_up(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
