"""Create the key that identifies this site to push services."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from django_inapp_notifications.channels.push_keys import new_private_key


class Command(BaseCommand):
    help = "Print a new VAPID key as settings. A new key invalidates every subscription."
    requires_system_checks = ()  # they ask for the key

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = new_private_key()
        except (ImproperlyConfigured, ImportError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            "# Keep this key secret. Read it from the environment in production, and back it up."
        )
        self.stdout.write(f'NOTIFICATION_VAPID_PRIVATE_KEY = "{key}"')
        self.stdout.write('NOTIFICATION_VAPID_SUBJECT = "mailto:you@example.com"')
