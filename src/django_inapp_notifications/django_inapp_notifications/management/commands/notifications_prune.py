"""Remove old notifications, as NOTIFICATION_EXPIRY_DAYS and NOTIFICATION_MAX_PER_USER say."""

from typing import Any

from django.core.management.base import BaseCommand

from django_inapp_notifications.maintenance.retention import prune


class Command(BaseCommand):
    help = "Remove what is no longer kept. Run it daily; it may be interrupted at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = prune()
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in removed.items()))
