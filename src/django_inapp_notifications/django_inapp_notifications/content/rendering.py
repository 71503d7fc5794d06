"""The words of a notification: from its type's templates where there are any, else as it was sent.

Templates of a type are looked up as ``notifications/<type>/<part>``: title.txt and text.txt for
the inbox; subject.txt, email.txt and email.html for mail. They see the message's params by name,
and `message`, `actor`, `target`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.template import TemplateDoesNotExist
from django.template.base import Template
from django.template.loader import get_template
from django.utils import timezone, translation

from ..conf import settings
from .bidi import isolate, isolate_all
from .links import absolute_link, site_name
from .text import clean_text, one_line, shorten

if TYPE_CHECKING:
    from ..channels.base import Outgoing
    from ..models import Message

__all__ = [
    "for_recipient",
    "has_text_template",
    "language_of",
    "render_mail",
    "text_of",
    "title_of",
]

logger = logging.getLogger("django_inapp_notifications")

SUBJECT_LENGTH = 150  # what mail programs show, with room for a prefix


def title_of(message: "Message") -> str:
    """The title in the active language."""
    rendered = _rendered(message, "title.txt")
    return message.title if rendered is None else one_line(rendered) or message.title


def text_of(message: "Message") -> str:
    """The text in the active language."""
    rendered = _rendered(message, "text.txt")
    return message.text if rendered is None else clean_text(rendered)


def render_mail(outgoing: "Outgoing", unsubscribe: str) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail. The subject is one line and not too long."""
    message = outgoing.messages[0] if outgoing.messages else None
    about = {} if message is None or outgoing.is_digest else _seen_by_templates(message)
    kind = message.type if message is not None and not outgoing.is_digest else ""
    context: dict[str, Any] = {
        "user": outgoing.user,
        **about,
        # These are not a sender's to choose, whatever its params are called.
        "outgoing": outgoing,
        "unsubscribe_url": unsubscribe,
        "preferences_url": absolute_link(_preferences_path()),
        "site_name": site_name(),
    }
    subject = _first(kind, "subject.txt", None)
    plain = {**context, "autoescape": False}
    title = outgoing.title if subject is None else _render_text(subject, context)
    text = _render_text(_first(kind, "email.txt", "message.txt"), plain)
    html = _first(kind, "email.html", "message.html")
    subject_line = shorten(one_line(title), SUBJECT_LENGTH)
    return subject_line, text, html.render(context) if html else ""


def has_text_template(kind: str) -> bool:
    """Whether the type's templates say the text, and not its senders."""
    return _template(f"notifications/{kind}/text.txt", settings.DEBUG) is not None


def language_of(user: Any) -> str:
    """The language that a user reads: whatever NOTIFICATION_LANGUAGE finds, else the site's."""
    find = settings.NOTIFICATION_LANGUAGE
    language = find(user) if callable(find) else getattr(user, find or "language", "")
    return str(language or settings.LANGUAGE_CODE)


def _rendered(message: "Message", part: str) -> str | None:
    template = _template(f"notifications/{message.type}/{part}", settings.DEBUG)
    if template is None or (message.pk and not message.from_templates):
        return None
    try:
        return _render_text(template, _seen_by_templates(message))
    except Exception:
        if not message.pk:  # the sender is to hear of it, and whoever looks at a preview
            raise
        # A template that changed since: one old message must not take the whole list with it.
        logger.exception("The template %s fails for message %s.", part, message.pk)
        return None


def _seen_by_templates(message: "Message") -> dict[str, Any]:
    about = {
        "message": message,
        "actor": isolate(message.actor_name),
        "target": isolate(message.target_name),
    }
    return {**about, **isolate_all(message.params)}


def _render_text(template: Any, context: dict[str, Any]) -> str:
    """Text, where nothing must be escaped, whatever the template says or leaves out."""
    from django.template import Context

    inner: Template = template.template
    # Put together anew, because what a template renders counts as safe HTML, and this is text.
    return "".join([*inner.render(Context(context, autoescape=False))])


def _first(kind: str, own: str, fallback: str | None) -> Any:
    """The type's own template, else the one that ships with this app."""
    found = _template(f"notifications/{kind}/{own}", settings.DEBUG) if kind else None
    if found is None and fallback is not None:
        return _template(f"django_inapp_notifications/email/{fallback}", settings.DEBUG)
    return found


def _template(name: str, debug: bool) -> Any:
    return _find(name) if debug else _find_once(name)


def _find(name: str) -> Any:
    try:
        return get_template(name)
    except TemplateDoesNotExist:
        return None


# Most types have no templates of their own, and looking for one reads the disk each time.
_find_once = lru_cache(maxsize=1024)(_find)


def _preferences_path() -> str:
    from django.urls import reverse

    return reverse("django_inapp_notifications:preferences")


@contextmanager
def for_recipient(user: Any, zone: tzinfo | None) -> Iterator[None]:
    """Everything in the recipient's language and time zone; None is the site's own zone."""
    with translation.override(language_of(user)), timezone.override(zone):
        yield
