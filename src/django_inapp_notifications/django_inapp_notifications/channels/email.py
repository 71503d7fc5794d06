"""E-mail through Django's mail backend, with one-click unsubscribing (RFC 8058)."""

import re
import smtplib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.policy import EmailPolicy, Policy
from typing import Any

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext_lazy as _

from .. import types
from ..conf import settings
from ..content.links import absolute_link, site_host
from ..content.rendering import for_recipient
from ..exceptions import ChannelDown, PermanentFailure, ProviderRefusal, TemporaryFailure
from .base import Channel, Outcome, Outgoing
from .mail import render_mail
from .unsubscribe_links import unsubscribe_path

__all__ = ["EmailChannel"]

SERVER_TROUBLE = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
)
TOO_BIG, SERVICE_CLOSING = 552, 421
# Enhanced codes (RFC 3463) about this site instead of one recipient: its quota is used up, or the
# server itself is in trouble for now.
SITE_TROUBLE = re.compile(r"5\.4\.5|4\.3\.\d")


class UnsubscribeHeader(UnstructuredHeader):
    """List-Unsubscribe as one line, however long. RFC 5322 allows 998 characters."""

    def fold(self, *, policy: "Policy[Any]") -> str:
        return f"List-Unsubscribe: {self}{policy.linesep}"


class Mail(EmailMultiAlternatives):
    """A mail whose List-Unsubscribe is sent as it is.

    Python would write a header of more than 78 characters as encoded words, which RFC 2047 allows
    in text only: mail programs find no address in them, and show no button to unsubscribe.
    """

    def message(self, **options: Any) -> Any:
        built = super().message(**options)
        address = built["List-Unsubscribe"]
        # Django 5.2 builds mails by Python's older policy, which leaves it alone.
        if address and isinstance(built.policy, EmailPolicy):
            headers = HeaderRegistry()
            headers.map_to_type("list-unsubscribe", UnsubscribeHeader)  # type: ignore[arg-type]
            built.policy = built.policy.clone(header_factory=headers)
            built.replace_header("List-Unsubscribe", str(address))
        return built


class EmailChannel(Channel):
    name = "email"
    label = _("E-mail")
    digests = True

    def can_reach(self, user: Any) -> bool:
        return bool(address_of(user))

    def send_batch(self, batch: Iterable[Outgoing]) -> Iterator[Outcome]:
        """All by one connection, which is opened by the first that is sent."""
        connection = open_connection()
        try:
            for outgoing in batch:
                yield self.attempt_with(connection, outgoing)
        finally:
            quietly_close(connection)

    def attempt_with(self, connection: BaseEmailBackend, outgoing: Outgoing) -> Outcome:
        try:
            message = build_mail(outgoing)
            with smtp_errors_named():
                connection.open()  # does nothing where it is open
                connection.send_messages([message])
        except Exception as error:
            return Outcome(outgoing, error)
        return Outcome(outgoing)


def address_of(user: Any) -> str:
    field = user.get_email_field_name() if hasattr(user, "get_email_field_name") else "email"
    return str(getattr(user, field, "") or "")


def build_mail(outgoing: Outgoing) -> EmailMultiAlternatives:
    """The mail, with a Message-ID by which a second copy can be recognized."""
    address = address_of(outgoing.user)
    if not address or any(char in address for char in "\r\n,"):
        raise PermanentFailure("The user has no valid e-mail address.")
    with for_recipient(outgoing.user, outgoing.time_zone):
        unsubscribe = unsubscribe_address(outgoing)
        subject, text, html = render_mail(outgoing, unsubscribe)
    message = Mail(subject, text, to=[address])
    message.extra_headers["Message-ID"] = f"<{outgoing.key}@{site_host()}>"
    # No out-of-office replies: RFC 3834, and what Exchange understands.
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.extra_headers["X-Auto-Response-Suppress"] = "All"
    if unsubscribe:
        message.extra_headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        message.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.attach_alternative(html, "text/html")
    return message


def unsubscribe_address(outgoing: Outgoing) -> str:
    """The address that turns this type off (a digest: the channel); "" if it cannot be."""
    kinds = {message.type for message in outgoing.messages}
    if all(types.find(kind).transactional or types.find(kind).locked for kind in kinds):
        return ""
    kind = next(iter(kinds)) if len(kinds) == 1 and not outgoing.is_digest else "*"
    return absolute_link(unsubscribe_path(outgoing.user, kind, EmailChannel.name))


def open_connection() -> Any:
    """The site's mail backend; with a time limit of our own if the site set none."""
    # Django 6.1 has mailers.
    connection: Any = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
    # A server that accepts and stays silent would hold up the request or the sweep for ever.
    if getattr(connection, "timeout", 0) is None:
        connection.timeout = settings.NOTIFICATION_EMAIL_TIMEOUT
    return connection


def quietly_close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except Exception:  # a connection that broke cannot be closed, and need not be
        return


def _named(code: int, words: bytes | str) -> Exception:
    """An answer of the mail server as this app's error."""
    said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    text = f"The mail server answered {code}: {said}"
    if code == SERVICE_CLOSING or SITE_TROUBLE.match(said):
        return ChannelDown(text)
    return ProviderRefusal(text) if code >= 500 else TemporaryFailure(text)


@contextmanager
def smtp_errors_named() -> Iterator[None]:
    """Turn what smtplib raises into this app's words: permanent, temporary, or down."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()), (450, b""))
        raise _named(code, words) from error
    except smtplib.SMTPSenderRefused as error:
        # It is this site that is refused, and each of its mails would be; but for their size.
        named = PermanentFailure if error.smtp_code == TOO_BIG else ChannelDown
        raise named(str(error)) from error
    except SERVER_TROUBLE as error:
        raise ChannelDown(str(error)) from error
    except smtplib.SMTPResponseException as error:
        raise _named(error.smtp_code, error.smtp_error) from error
    except OSError as error:  # smtplib's other errors too: the server cannot be reached
        raise ChannelDown(str(error)) from error
