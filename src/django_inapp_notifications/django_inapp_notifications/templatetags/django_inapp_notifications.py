"""{% load django_inapp_notifications %}: the bell for a site's base template."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template import RequestContext
from django.utils.timesince import timesince
from django.utils.translation import gettext, npgettext_lazy

from .. import clock
from ..channels import all_channels
from ..conf import settings
from ..inbox.feed import count_data

register = template.Library()

#: Durations before "ago", where many languages decline them.
PAST: dict[str, Any] = {
    "year": npgettext_lazy("ago", "%(num)d year", "%(num)d years", "num"),
    "month": npgettext_lazy("ago", "%(num)d month", "%(num)d months", "num"),
    "week": npgettext_lazy("ago", "%(num)d week", "%(num)d weeks", "num"),
    "day": npgettext_lazy("ago", "%(num)d day", "%(num)d days", "num"),
    "hour": npgettext_lazy("ago", "%(num)d hour", "%(num)d hours", "num"),
    "minute": npgettext_lazy("ago", "%(num)d minute", "%(num)d minutes", "num"),
}


@register.inclusion_tag("django_inapp_notifications/bell.html", takes_context=True)
def notification_bell(context: RequestContext) -> dict[str, Any]:
    """The bell with the unread count, for one query or cache lookup. Empty for anonymous users."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return {"show": False}
    return {
        "show": True,
        **count_data(user),
        "poll_seconds": settings.NOTIFICATION_POLL_SECONDS,
        "csrf_token": context.get("csrf_token"),
        "here": context["request"].get_full_path(),
    }


@register.filter
def ago(moment: datetime) -> str:
    """The time since then: "just now", "5 minutes ago"."""
    now = clock.now()
    if now - moment < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(since)s ago") % {"since": timesince(moment, now, time_strings=PAST)}


@register.filter
def channel_label(name: str) -> str:
    """A channel's label in the active language; the name of one that is no longer in use."""
    channel = all_channels().get(name)
    return str(channel.label) if channel else name
