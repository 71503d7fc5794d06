"""An e-mail backend that keeps each message as a file, for everybody who tries the demo."""

import time
import uuid
from collections.abc import Sequence
from email.message import Message
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class LetterboxBackend(BaseEmailBackend):
    """Writes messages to ``LETTERBOX_DIR``."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _write(message.message())
        return len(email_messages)


def folder() -> Path:
    """Return where the messages are, made if it is missing."""
    path = Path(settings.LETTERBOX_DIR)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _write(message: Message) -> None:
    # In the order of their arrival by name; the rest of the name keeps two of one moment apart.
    name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
    unfinished = folder() / f"{name}.part"
    unfinished.write_bytes(message.as_bytes())
    unfinished.rename(unfinished.with_suffix(".eml"))
