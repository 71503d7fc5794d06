"""{% load django_inapp_notifications %}: the bell for a site's base template."""

from typing import Any

from django import template
from django.template import RequestContext

from ..badge import display_count, unread_count
from ..conf import settings
from ..feed import bell_label
from ..links import safe_link

register = template.Library()


@register.inclusion_tag("django_inapp_notifications/bell.html", takes_context=True)
def notification_bell(context: RequestContext) -> dict[str, Any]:
    """The bell with its badge, for one query or a look into the cache; nothing for anonymous."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return {"show": False}
    count = unread_count(user.pk)
    return {
        "show": True,
        "count": count,
        "display": display_count(count),
        "label": bell_label(count),
        "poll_seconds": settings.NOTIFICATION_POLL_SECONDS,
        "csrf_token": context.get("csrf_token"),
        "here": context["request"].get_full_path(),
    }


@register.simple_tag(takes_context=True)
def checked_link(context: RequestContext, url: str) -> str:
    """The URL if it may be shown, else ""."""
    return safe_link(url, context.get("request"))
