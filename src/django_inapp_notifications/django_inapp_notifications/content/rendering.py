"""The words of a notification: from its type's templates where there are any, else as it was sent.

Templates of a type are looked up as ``notifications/<type>/<part>``: title.txt and text.txt for
the inbox; subject.txt, email.txt and email.html for mail. They see the message's params by name,
and `message`, `actor`, `target`.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import tzinfo
from functools import lru_cache
from typing import Any, Protocol

from django.template import TemplateDoesNotExist
from django.template.backends.django import Template as BackendTemplate
from django.template.base import Template
from django.template.context import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from ..conf import settings
from .bidi import isolate, isolate_all
from .text import clean_text, one_line, traceback_text

logger = logging.getLogger(__name__)


class Content(Protocol):
    """What is rendered: a message, saved or not (`pk` is None then)."""

    pk: Any
    type: str
    title: str
    text: str
    actor_name: str
    target_name: str
    params: Mapping[str, Any]
    from_templates: bool


def title_of(message: Content) -> str:
    """The title in the active language."""
    rendered = _rendered(message, "title.txt")
    return message.title if rendered is None else one_line(rendered) or message.title


def text_of(message: Content) -> str:
    """The text in the active language."""
    rendered = _rendered(message, "text.txt")
    return message.text if rendered is None else clean_text(rendered)


def has_text_template(kind: str) -> bool:
    """Whether the type's templates say the text, and not its senders."""
    return template_named(f"notifications/{kind}/text.txt") is not None


def language_of(user: Any) -> str:
    """The language that a user reads: whatever NOTIFICATION_LANGUAGE finds, else the site's."""
    find = settings.NOTIFICATION_LANGUAGE
    language = find(user) if callable(find) else getattr(user, find or "language", "")
    return str(language or settings.LANGUAGE_CODE)


def _rendered(message: Content, part: str) -> str | None:
    template = template_named(f"notifications/{message.type}/{part}")
    if template is None or (message.pk and not message.from_templates):
        return None
    try:
        return render_text(template, template_context(message))
    except Exception as error:
        if not message.pk:  # the sender, or the viewer of a preview, sees the error
            raise
        # A template that changed since: one old message must not take the whole list with it.
        trace = traceback_text(error)
        logger.error("The template %s fails for message %s.\n%s", part, message.pk, trace)
        return None


def template_context(message: Content) -> dict[str, Any]:
    """What the templates of a type see of a message. Names and params are isolated."""
    about = {
        "message": message,
        "actor": isolate(message.actor_name),
        "target": isolate(message.target_name),
    }
    return {**about, **isolate_all(message.params)}


def render_text(template: BackendTemplate, context: dict[str, Any]) -> str:
    """Render plain text: nothing is escaped, whatever the template says or leaves out."""
    inner: Template = template.template
    # Joined again, because the result of render() counts as safe HTML, and this is text.
    return "".join([*inner.render(Context(context, autoescape=False))])


def template_named(name: str) -> Any:
    """The template, or None. Looked up once per process, or each time with DEBUG."""
    return _find(name) if settings.DEBUG else find_once(name)


def _find(name: str) -> Any:
    try:
        return get_template(name)
    except TemplateDoesNotExist:
        return None


# Most types have no templates of their own, and each lookup reads the disk.
find_once = lru_cache(maxsize=1024)(_find)


@contextmanager
def for_recipient(user: Any, zone: tzinfo | None) -> Iterator[None]:
    """Everything in the recipient's language and time zone; None is the site's own zone."""
    with translation.override(language_of(user)), timezone.override(zone):
        yield
