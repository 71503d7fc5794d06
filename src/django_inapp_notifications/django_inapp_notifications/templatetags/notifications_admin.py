"""{% load notifications_admin %}: the start page of this app in the admin."""

from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext_lazy as _

from ..maintenance import waiting

register = template.Library()

#: What the models are for. A model that is not named comes last.
GROUPS: dict[Any, list[str]] = {
    _("Notifications"): ["Notification", "Message", "InboxState"],
    _("Delivery"): ["Delivery", "Digest", "ChannelState", "PushSubscription", "Device"],
    _("Preferences"): ["NotificationSettings", "NotificationPreference", "PreferenceChange"],
}
OTHERS = _("Statistics")


@register.filter
def model_groups(app_list: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The models that the visitor may view, by what they are for."""
    left = {model["object_name"]: model for app in app_list for model in app["models"]}
    groups = []
    for label, names in GROUPS.items():
        models = [left.pop(name) for name in names if name in left]
        groups.append((str(label), models))
    groups.append((str(OTHERS), list(left.values())))
    return [group for group in groups if group[1]]


@register.simple_tag(takes_context=True)
def waiting_tasks(context: Context) -> list[waiting.Task]:
    return waiting.waiting_tasks(context["request"].user)
