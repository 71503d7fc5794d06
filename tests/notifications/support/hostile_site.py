"""Prints what the API answers on a site whose REST_FRAMEWORK changes all that it can.

    python -m tests.notifications.support.hostile_site [hostile]

REST framework reads its settings when it is imported, so each site is a process of its own.
"""

import json
import sys
from typing import Any

import django
from django.conf import settings

HOSTILE = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "EXCEPTION_HANDLER": "tests.notifications.support.hostile_site.all_is_well",
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tests.notifications.support.hostile_site.Nothing",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "1/day"},
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 3,
    "DATETIME_FORMAT": "%d/%m/%Y",
    "TIME_FORMAT": "%I %p",
    "DATETIME_INPUT_FORMATS": ["%d/%m/%Y"],
    "COERCE_DECIMAL_TO_STRING": False,
    "UNICODE_JSON": False,
    "COMPACT_JSON": False,
    "NON_FIELD_ERRORS_KEY": "whole",
    "SEARCH_PARAM": "q",
    "URL_FORMAT_OVERRIDE": "status",
    "FORMAT_SUFFIX_KWARG": "pk",
}


def all_is_well(error: Exception, context: Any) -> Any:
    from rest_framework.response import Response

    return Response({"all": "well"})


class Nothing:
    """Negotiates nothing."""


def main() -> None:
    is_hostile = "hostile" in sys.argv
    tokens = ["tests.notifications.support.hostile_site.Tokens"] if "tokens" in sys.argv else None
    framework = dict(HOSTILE) if is_hostile else {}
    if tokens:
        framework["DEFAULT_AUTHENTICATION_CLASSES"] = tokens
    settings.REST_FRAMEWORK = framework
    settings.DATABASES["default"]["NAME"] = ":memory:"
    settings.TIME_ZONE = "America/New_York" if is_hostile else "UTC"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(answers(), indent=1))


def answers() -> list[Any]:
    from datetime import UTC, datetime

    from django.contrib.auth import get_user_model
    from django.test import Client

    from django_inapp_notifications import types
    from django_inapp_notifications.models import Notification
    from django_inapp_notifications.services import notify

    types.register(types.NotificationType("cup", label="Cup ä"))
    user = get_user_model().objects.create_user("ana", "ana@example.com", "pw")
    for number in range(5):
        notify(user, "cup", title=f"Größe {number}")
    Notification.objects.update(created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    stranger, client, root = Client(), Client(), "/api/v1/notifications"
    client.force_login(user)
    later = {"until": "2999-01-02T03:04:05Z"}
    asked = [
        stranger.get(f"{root}/"),
        client.get(f"{root}/"),
        client.get(f"{root}/", {"limit": 2, "status": "unread"}),
        client.get(f"{root}/", {"limit": "no"}),
        client.get(f"{root}/999/"),
        client.post(f"{root}/2/snooze/", json.dumps(later), content_type="application/json"),
        client.post(f"{root}/2/snooze/", "[]", content_type="application/json"),
        client.post(f"{root}/2/snooze/", later),
        client.patch(
            f"{root}/settings/",
            json.dumps({"quiet_start": "22:00", "quiet_end": "07:00", "quiet_hours": True}),
            content_type="application/json",
        ),
        client.get(f"{root}/preferences/", headers={"accept": "text/html"}),
        client.delete(f"{root}/1/"),
    ]
    return [
        [answer.status_code, answer.get("Content-Type", ""), answer.content.decode()]
        for answer in asked
    ]


if __name__ == "__main__":
    main()
