"""Read the messages that the backend kept."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from .backend import folder

#: A page shows so many of the newest.
SHOWN = 50

#: The headers that a page shows.
HEADERS = ("From", "To", "Date", "List-Unsubscribe")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that the site sent."""

    name: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def recipient(self) -> str:
        return str(self.message["To"] or "")

    @property
    def sent_at(self) -> datetime | None:
        date = self.message["Date"]
        return date.datetime if date is not None else None

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(self.message[name])) for name in HEADERS if self.message[name]]

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


def newest() -> list[Letter]:
    """Return the newest messages, the last one first."""
    names = sorted((path.stem for path in folder().glob("*.eml")), reverse=True)
    letters = (read(name) for name in names[:SHOWN])
    return [letter for letter in letters if letter is not None]


def read(name: str) -> Letter | None:
    """Return the message of this name, or None if there is none."""
    path = Path(folder() / f"{name}.eml")
    if not path.exists():
        return None
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Letter(name, message)  # type: ignore[arg-type]
