"""Subject, text and HTML of a mail, from the type's templates or this app's own."""

from typing import Any

from django.urls import reverse

from ..content.links import absolute_link, site_name
from ..content.rendering import render_text, template_context, template_named
from ..content.text import one_line, shorten
from .base import Outgoing

SUBJECT_LENGTH = 150  # what mail programs show, with room for a prefix


def render_mail(outgoing: Outgoing, unsubscribe: str) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail. The subject is one line and not too long."""
    message = outgoing.messages[0] if outgoing.messages else None
    about = {} if message is None or outgoing.is_digest else template_context(message)
    kind = message.type if message is not None and not outgoing.is_digest else ""
    context: dict[str, Any] = {
        "user": outgoing.user,
        **about,
        # Last, so that params of the same name cannot replace them.
        "outgoing": outgoing,
        "unsubscribe_url": unsubscribe,
        "preferences_url": absolute_link(reverse("django_inapp_notifications:preferences")),
        "site_name": site_name(),
    }
    subject = _own_or_shipped(kind, "subject.txt", None)
    plain = {**context, "autoescape": False}
    title = outgoing.title if subject is None else render_text(subject, context)
    text = render_text(_own_or_shipped(kind, "email.txt", "message.txt"), plain)
    html = _own_or_shipped(kind, "email.html", "message.html")
    subject_line = shorten(one_line(title), SUBJECT_LENGTH)
    return subject_line, text, html.render(context) if html else ""


def _own_or_shipped(kind: str, own: str, shipped: str | None) -> Any:
    """The type's own template, else the one that ships with this app."""
    found = template_named(f"notifications/{kind}/{own}") if kind else None
    if found is None and shipped is not None:
        return template_named(f"django_inapp_notifications/email/{shipped}")
    return found
