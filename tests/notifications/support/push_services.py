"""Stand-ins for FCM (HTTP/1.1) and APNs (HTTP/2 alone), which answer by the device's address."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded


@dataclass
class Said:
    """How a service answers; ``cut`` hangs up instead, ``hang`` waits until the test is over."""

    status: int = 200
    data: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hang: bool = False


@dataclass
class Heard:
    """One request of a push."""

    address: str
    headers: dict[str, str]
    data: dict[str, Any]


class Service:
    """What both stand-ins know: how to answer, and what they heard."""

    def __init__(self) -> None:
        self.answers: dict[str, Said] = {}
        self.heard: list[Heard] = []
        #: Called with each push before it is answered.
        self.on_push: Callable[[Heard], object] = lambda heard: None
        self.is_over = threading.Event()
        self.url = ""

    def answer(self, heard: Heard) -> Said:
        self.heard.append(heard)
        self.on_push(heard)
        said = self.answers.get(heard.address, Said())
        if said.hang:
            self.is_over.wait()
        return said


class Google(Service):
    """FCM, and where its tokens come from."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[str] = []
        self.token_answer = Said(200, {"access_token": "ya29.token", "expires_in": 3599})


@contextmanager
def google() -> Iterator[Google]:
    service = Google()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/token":
                service.claims.append(parse_qs(body.decode())["assertion"][0])
                said = service.token_answer
            else:
                data = json.loads(body)
                headers = {name.lower(): value for name, value in self.headers.items()}
                headers[":path"] = self.path
                said = service.answer(Heard(data["message"]["token"], headers, data["message"]))
            if said.cut or said.hang:
                self.close_connection = True
                return
            answer = json.dumps(said.data).encode()
            self.send_response(said.status)
            for name, value in {**said.headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield service
    finally:
        service.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Apple(Service):
    """APNs, which speaks HTTP/2 and nothing else."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__()
        self.listener = listener
        self.connections = 0
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connected, _address = self.listener.accept()
                self.connections += 1
                self.threads.append(threading.Thread(target=self._serve, args=(connected,)))
                self.threads[-1].start()

    def _serve(self, connected: socket.socket) -> None:
        protocol = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        protocol.initiate_connection()
        requests: dict[int, tuple[dict[str, str], bytes]] = {}
        with connected, suppress(OSError):
            connected.sendall(protocol.data_to_send())
            while received := connected.recv(65536):
                for event in protocol.receive_data(received):
                    if isinstance(event, RequestReceived):
                        requests[event.stream_id] = (dict(event.headers), b"")
                    elif isinstance(event, DataReceived):
                        headers, body = requests[event.stream_id]
                        requests[event.stream_id] = (headers, body + event.data)
                    elif isinstance(event, StreamEnded) and not self._respond(
                        protocol, event.stream_id, requests
                    ):
                        return
                connected.sendall(protocol.data_to_send())

    def _respond(self, protocol: H2Connection, stream: int, requests: Any) -> bool:
        headers, body = requests.pop(stream)
        address = unquote(headers[":path"].removeprefix("/3/device/"))
        said = self.answer(Heard(address, headers, json.loads(body)))
        if said.cut or said.hang:
            return False
        answer = json.dumps(said.data).encode() if said.data else b""
        head = [(":status", str(said.status)), *said.headers.items()]
        protocol.send_headers(stream, head, end_stream=not answer)
        if answer:
            protocol.send_data(stream, answer, end_stream=True)
        return True


@contextmanager
def apple() -> Iterator[Apple]:
    listener = socket.create_server(("127.0.0.1", 0))
    service = Apple(listener)
    try:
        yield service
    finally:
        service.is_over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in service.threads:
            thread.join()
