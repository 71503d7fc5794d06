"""The sandbox over HTTP: the API, the stand-in for Stripe.js, and the control API."""

import contextlib
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ..browser import pages
from ..wire.calls import Response
from . import control

if TYPE_CHECKING:
    from ..sandbox import Sandbox

logger = logging.getLogger(__name__)

#: Bytes of a body; evidence files are the largest, and Stripe takes 10 MB of them.
MAX_BODY = 16 * 1024 * 1024

#: Seconds between looks at the timetable.
TICK = 0.2

#: Told of each API call: method, path, status, seconds.
Log = Callable[[str, str, int, float], None]


def answer(
    sandbox: "Sandbox", method: str, target: str, headers: dict[str, str], body: bytes
) -> Response:
    """Answer one request, whatever part of the sandbox it is for."""
    path = unquote(urlsplit(target).path)
    if path.startswith("/js/") and method == "GET":
        return pages.file(path.removeprefix("/js/"))
    if path == "/_sandbox/browser/authenticate" and method == "POST":
        return pages.authenticate(sandbox, body)
    if path.startswith("/_sandbox/browser/redirect/"):
        return pages.redirect(sandbox, method, target, body)
    if path.startswith("/_sandbox/receipts/"):
        return pages.receipt(sandbox, path.rsplit("/", 1)[-1])
    if path.startswith("/_sandbox/"):
        lower = {name.lower(): value for name, value in headers.items()}
        if not is_ours(lower.get("host", ""), sandbox.world.base_url):
            return Response(403, b"The control API answers on this machine's own names only.", {})
        return control.handle(sandbox, method, path.removeprefix("/_sandbox/"), lower, body)
    return sandbox.app.handle(method, target, headers, body)


def is_ours(host: str, base_url: str) -> bool:
    """Whether a Host header names this machine, or what the sandbox was told to listen on.

    A website can let its own name point to your machine (DNS rebinding), and then command the
    sandbox as if it were of the same origin; but it can't choose the name.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    if name == urlsplit(base_url).hostname:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Handler(BaseHTTPRequestHandler):
    """Reads a request, writes the answer."""

    protocol_version = "HTTP/1.1"
    server_version = "StripeSandbox"
    sys_version = ""
    # Answers in one packet without waiting for acknowledgements: 1 ms a call instead of 44.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "HTTPServer"

    def _handle(self) -> None:
        started = time.monotonic()
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        if len(body) < length:  # who sent it died on the way: it is not what they meant
            self._cut()
            return
        headers = dict(self.headers.items())
        response = answer(self.server.sandbox, self.command, self.path, headers, body)
        path = urlsplit(self.path).path
        if self.server.log:
            self.server.log(self.command, path, response.status, time.monotonic() - started)
        if response.cut:
            self._cut()
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def _cut(self) -> None:
        """Break the connection, as a cable does."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_DELETE = do_OPTIONS = _handle  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silence: the server has a log of its own."""


class HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    # Bursts of connections, as a test with many threads makes them.
    request_queue_size = 128

    def __init__(self, sandbox: "Sandbox", address: tuple[str, int]) -> None:
        self.sandbox = sandbox
        self.log: Log | None = None
        super().__init__(address, Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of ours."""


class Server:
    """A running HTTP server with its threads; also a context manager."""

    def __init__(self, sandbox: "Sandbox", host: str, port: int) -> None:
        self._http = HTTPServer(sandbox, (host, port))
        self.sandbox = sandbox
        self._stopping = threading.Event()
        self.host, self.port = host, int(self._http.server_address[1])
        self.url = f"http://{host}:{self.port}"
        sandbox.world.base_url = self.url
        self._threads = [
            threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True),
            threading.Thread(target=self._tick, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def log(self) -> Log | None:
        return self._http.log

    @log.setter
    def log(self, log: Log | None) -> None:
        self._http.log = log

    def _tick(self) -> None:
        while not self._stopping.wait(TICK):
            try:
                self.sandbox.run_due()
            except Exception:
                # What is due later must still be done; and a thread that ends says nothing.
                logger.exception("The sandbox could not do what was due")

    def close(self) -> None:
        """Stop serving. The sandbox and its objects stay."""
        self._stopping.set()
        self.sandbox.faults.clear()
        self._http.shutdown()
        for thread in self._threads:
            thread.join()
        self._http.server_close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
