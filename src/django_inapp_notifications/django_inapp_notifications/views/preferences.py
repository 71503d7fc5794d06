"""The preferences page: a grid of types and channels, and a form for the other settings.

It is a plain form that works without JavaScript. Each checkbox has a hidden field with its old
value, so that saving writes only what the visitor changed and keeps changes from another tab.
"""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from .. import preferences, types
from ..channels import all_channels, outside_channels
from ..channels.push_keys import public_key
from ..forms import SettingsForm
from ..inbox.access import visible
from ..models import ALL_TYPES, Delivery, Folder, Frequency, NotificationSettings, Status
from ..preferences.grid import grid
from ..quiet_hours import zone_of
from .access import for_owner


@for_owner
@require_http_methods(["GET", "HEAD", "POST"])
def notification_preferences(request: HttpRequest) -> HttpResponseBase:
    user_id: Any = request.user.pk
    own = NotificationSettings.objects.filter(user=user_id).first()
    own = own or NotificationSettings(user_id=user_id)
    form = SettingsForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        _save(request, form)
        messages.success(request, _("Your preferences were saved."), fail_silently=True)
        return redirect("django_inapp_notifications:preferences")
    return _page(request, form)


def _page(request: HttpRequest, form: SettingsForm) -> HttpResponse:
    shown = grid(request.user)
    by_group = groupby(shown.rows, key=lambda row: str(row.kind.group))
    context = {
        "form": form,
        "groups": [(label, list(rows)) for label, rows in by_group],
        "channels": list(all_channels().values()),
        "channel_choices": shown.channels,
        "all_types": ALL_TYPES,
        "frequencies": Frequency.choices,
        "waiting": _waiting(request.user),
        "zone": zone_of(shown.preferences.settings.time_zone),
        "push_key": _push_key(),
    }
    status = 422 if form.errors else 200
    return render(request, "django_inapp_notifications/preferences.html", context, status=status)


def _push_key() -> str:
    """The key for subscribing; "" if web push is off or not set up (E009 reports it)."""
    try:
        return public_key() if "push" in all_channels() else ""
    except ImproperlyConfigured:
        return ""


def _waiting(user: Any) -> list[Delivery]:
    """Up to 50 visible deliveries held for quiet hours or a digest, the next one first."""
    rows = Delivery.objects.filter(
        recipient_id=user.pk,
        status__in=[Status.PENDING, Status.HELD],
        reason__in=["quiet_hours", "digest", "until_unread"],
    )
    rows = rows.exclude(notification__folder=Folder.DELETED).order_by("not_before")
    found = list(rows.select_related("notification__message", "digest")[:50])
    seen = {each.pk for each in visible(user, [row.notification for row in found])}
    return [row for row in found if row.notification_id in seen]


def _save(request: HttpRequest, form: SettingsForm) -> None:
    how: dict[str, Any] = {"how": "page", "actor": request.user}
    preferences.change_settings(request.user, form.values(), **how)
    for slug, channel, enabled in _changed_boxes(request):
        if slug == ALL_TYPES:
            preferences.set_channel(request.user, channel, enabled, **how)
        else:
            preferences.set_type(request.user, slug, channel, enabled, **how)
    for name, each in outside_channels().items():
        frequency = request.POST.get(f"frequency:{name}")
        shown = request.POST.get(f"was:frequency:{name}", "")
        if each.digests and frequency in Frequency.values and frequency != shown:
            preferences.set_frequency(request.user, name, frequency, **how)


def _changed_boxes(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """Type, channel and new value of the checkboxes that the visitor changed."""
    changed = []
    for kind in [ALL_TYPES, *(each.slug for each in types.offered_to(request.user))]:
        for channel in all_channels():
            name = f"on:{kind}:{channel}"
            shown = request.POST.get(f"was:{name}")
            enabled = name in request.POST
            if shown is not None and enabled != (shown == "1"):
                changed.append((kind, channel, enabled))
    return changed
