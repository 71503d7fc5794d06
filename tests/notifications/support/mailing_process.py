"""A deliverer in a process of its own, which a mail server may kill. One sweep, then it ends.

Run as: python mailing_process.py PORT SECONDS; its clock is ahead by so many seconds. The database
is that of DATABASE_NAME.
"""

import os
import sys


def main() -> None:
    import django
    from django.conf import settings

    port, seconds = map(int, sys.argv[1:])
    settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
    backend = "django.core.mail.backends.smtp.EmailBackend"
    options = {"host": "127.0.0.1", "port": port}
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    else:
        settings.EMAIL_BACKEND = backend
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    django.setup()

    from datetime import timedelta

    from django_inapp_notifications import clock
    from django_inapp_notifications.maintenance.sweep import sweep
    from django_inapp_notifications.types import NotificationType, register

    register(NotificationType("mail", channels=("in_app", "email")))
    clock.set_offset(timedelta(seconds=seconds))
    sweep()


if __name__ == "__main__":
    main()
