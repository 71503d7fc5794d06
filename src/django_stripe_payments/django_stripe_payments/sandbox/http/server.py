"""A small HTTP server: reads requests, has them answered, and looks at the clock."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from ..wire.calls import Response

logger = logging.getLogger(__name__)

#: Bytes of a body; evidence files are the largest, and Stripe takes 10 MB of them.
MAX_BODY = 16 * 1024 * 1024

#: Seconds between looks at the timetable.
TICK = 0.2

#: Takes method, target (path with query string), headers and body.
Answer = Callable[[str, str, dict[str, str], bytes], Response]

#: Called after each request with method, path, status, seconds.
Log = Callable[[str, str, int, float], None]


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
        if len(body) < length:  # the sender died on the way: a part is not what it meant
            self._cut()
            return
        headers = dict(self.headers.items())
        response = self.server.answer(self.command, self.path, headers, body)
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

    def __init__(self, answer: Answer, address: tuple[str, int]) -> None:
        self.answer = answer
        self.log: Log | None = None
        super().__init__(address, Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is not an error of ours."""


class Server:
    """An HTTP server with its threads; also a context manager.

    ``tick`` is called several times a second while the server runs.
    """

    def __init__(self, answer: Answer, tick: Callable[[], object], host: str, port: int) -> None:
        self._http = HTTPServer(answer, (host, port))
        self._tick = tick
        self._stopping = threading.Event()
        self.host, self.port = host, int(self._http.server_address[1])
        self.url = f"http://{host}:{self.port}"
        self._threads = [
            threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True),
            threading.Thread(target=self._keep_time, daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def log(self) -> Log | None:
        return self._http.log

    @log.setter
    def log(self, log: Log | None) -> None:
        self._http.log = log

    def _keep_time(self) -> None:
        while not self._stopping.wait(TICK):
            try:
                self._tick()
            except Exception:
                # What is due later must still be done; and a thread that ends says nothing.
                logger.exception("The sandbox could not do what was due")

    def close(self) -> None:
        """Stop serving."""
        self._stopping.set()
        self._http.shutdown()
        for thread in self._threads:
            thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
