"""A site on SQLite as Django sets it up by default, but impatient; each command is a process.

Run as: python busy_site.py prepare|write|deliver. `write` says so and writes for SECONDS.
"""

import sys
import time

SECONDS = 6  # longer than all the tries of one statement


def main() -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["OPTIONS"] = {"timeout": 0.1}
    settings.NOTIFICATION_DISPATCHER = "none"
    django.setup()
    from django_inapp_notifications.types import NotificationType, register

    register(NotificationType("mail", channels=("in_app", "email")))
    {"prepare": prepare, "write": write, "deliver": deliver}[sys.argv[1]]()


def prepare() -> None:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from django_inapp_notifications.services import notify

    call_command("migrate", verbosity=0)
    user = get_user_model().objects.create(username="ana", email="ana@example.com")
    notify(user, "mail", title="x")


def write() -> None:
    from django.contrib.auth import get_user_model
    from django.db import transaction

    with transaction.atomic():
        get_user_model().objects.create(username="ben")
        sys.stdout.write("writing\n")
        sys.stdout.flush()
        time.sleep(SECONDS)


def deliver() -> None:
    from django.core.management import call_command

    call_command("notifications_deliver", "--forever", interval=0.1)


if __name__ == "__main__":
    main()
