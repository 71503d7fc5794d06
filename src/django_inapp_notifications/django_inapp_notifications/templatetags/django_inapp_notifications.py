"""{% load django_inapp_notifications %}: the bell for a site's base template."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template import RequestContext
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext

from ..conf import settings
from ..feed import count_data

register = template.Library()


@register.inclusion_tag("django_inapp_notifications/bell.html", takes_context=True)
def notification_bell(context: RequestContext) -> dict[str, Any]:
    """The bell with its badge, for one query or a look into the cache; nothing for anonymous."""
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
    """How long ago it was: "just now", "5 minutes ago"."""
    if timezone.now() - moment < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(since)s ago") % {"since": timesince(moment)}
