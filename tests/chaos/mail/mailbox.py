"""Mail that goes into a folder: a file for each, there as a whole or not at all."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

#: A mail whose text is this kills whoever sends it, each time.
POISON = "poison"


class FolderBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if POISON in message.body:
                (Path(settings.MAIL_FOLDER) / f"{uuid4()}.death").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            path = Path(settings.MAIL_FOLDER) / f"{uuid4()}.part"
            path.write_bytes(_bytes(message.message()))
            path.rename(path.with_suffix(".eml"))
        return len(email_messages)


def _bytes(message: Any) -> bytes:
    return bytes(message.as_bytes())
