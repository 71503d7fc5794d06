"""A process that notifies in a transaction, and commits it when it is told to.

Run as: python late_writer.py USER TITLE; the database is that of DATABASE_NAME. It prints the id
of the notification, waits for a line, and commits.
"""

import os
import sys


def main() -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
    django.setup()

    from django.db import transaction

    from django_inapp_notifications.models import Notification
    from django_inapp_notifications.types import NotificationType, register

    register(NotificationType("tournament"))
    user, title = sys.argv[1:]
    with transaction.atomic():
        row = Notification.create_notification(
            int(user), title, notification_type="tournament", delivery_methods=["in_app"]
        )
        sys.stdout.write(f"{row.pk}\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main()
