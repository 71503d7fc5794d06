"""A dispatcher as a process of its own, which delivers once to a stand-in for FCM.

Run as: python mobile_process.py JOURNAL URL ACCOUNT; the database is that of DATABASE_NAME.
"""

import os
import sys


def main() -> None:
    import django
    from django.conf import settings

    url, account = sys.argv[2:]
    settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
    settings.NOTIFICATION_CHANNELS = ["django_inapp_notifications.channels.fcm.FcmChannel"]
    settings.NOTIFICATION_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.NOTIFICATION_FCM_SERVICE_ACCOUNT = account
    settings.NOTIFICATION_MOBILE_PUSH_ADDRESSES = {"fcm": url, "fcm_token": url}
    django.setup()

    from django_inapp_notifications.delivery.deliver import deliver_due
    from django_inapp_notifications.types import NotificationType, register

    register(NotificationType("ping", channels=("in_app", "fcm")))
    deliver_due()


if __name__ == "__main__":
    main()
