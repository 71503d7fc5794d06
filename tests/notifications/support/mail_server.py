"""A mail server that answers as it is scripted: a quota, a time of trouble, silence, a cut."""

import socket
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from email.policy import default


class MailServer:
    """An SMTP server on a port of its own. What it accepted is in `mails`."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        #: The answer to each recipient; 250 takes it.
        self.answer = "250 2.1.5 OK"
        #: How many more mails it takes before it answers that the quota is used up.
        self.quota: int | None = None
        self.is_silent = False
        #: After so many mails, the connection is cut with no answer to the next.
        self.cuts: set[int] = set()
        #: Called with the number of mails when one was taken, before it is answered.
        self.on_mail: Callable[[int], object] = lambda number: None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._listen()

    def go_down(self) -> None:
        """Refuse connections from now."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def come_back(self) -> None:
        """Listen on the same port again."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def addresses(self) -> list[str]:
        return sorted(mail["To"] for mail in self.mails)

    def ids(self) -> set[tuple[str, str]]:
        """Each recipient with each Message-ID that it got."""
        return {(mail["To"], mail["Message-ID"]) for mail in self.mails}

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # it went down
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            try:
                self._converse(connection, stream)
            except OSError:  # the client is gone
                return

    def _converse(self, connection: socket.socket, stream: object) -> None:
        lines, say = _reader(stream), _writer(stream)
        if self.is_silent:
            next(lines, b"")
            return
        say("220 ready")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"RCPT":
                say(self._answer_to_recipient())
            elif verb == b"DATA":
                say("354 go on")
                self.mails.append(message_from_bytes(_data(lines), policy=default))
                self.on_mail(len(self.mails))
                if len(self.mails) in self.cuts:
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                say("250 2.0.0 queued")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 OK")

    def _answer_to_recipient(self) -> str:
        if self.quota is None:
            return self.answer
        if self.quota == 0:
            return "550 5.4.5 Daily user sending quota exceeded."
        self.quota -= 1
        return self.answer


def _reader(stream):  # type: ignore[no-untyped-def]
    return iter(stream.readline, b"")


def _writer(stream):  # type: ignore[no-untyped-def]
    def say(text: str) -> None:
        stream.write(text.encode() + b"\r\n")
        stream.flush()

    return say


def _data(lines) -> bytes:  # type: ignore[no-untyped-def]
    found = []
    for line in lines:
        if line == b".\r\n":
            break
        found.append(line[1:] if line.startswith(b"..") else line)
    return b"".join(found)
