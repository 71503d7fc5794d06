"""A system check for settings with dotted paths that were moved before the first release."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from ..conf import settings
from ..dispatch import SHORT_NAMES

#: Old dotted path → the value to use instead.
MOVED = {
    "django_inapp_notifications.dispatch.inline": "inline",
    "django_inapp_notifications.dispatch.none": "none",
    "django_inapp_notifications.dispatch.celery.kick": "celery",
    "django_inapp_notifications.dispatch.django_tasks.kick": "django_tasks",
    "django_inapp_notifications.workers.celery.kick": "celery",
    "django_inapp_notifications.workers.django_tasks.kick": "django_tasks",
}


@register
def check_moved_paths(**_: Any) -> list[CheckMessage]:
    """E022: NOTIFICATION_DISPATCHER is a path that was moved."""
    old = settings.NOTIFICATION_DISPATCHER
    new = MOVED.get(old)
    if new is None:
        return []
    return [
        Error(
            f"NOTIFICATION_DISPATCHER is {old!r}, which is now {SHORT_NAMES[new]!r}.",
            hint=f'Set NOTIFICATION_DISPATCHER = "{new}".',
            id="django_inapp_notifications.E022",
        )
    ]
