"""Remove old notifications (NOTIFICATION_EXPIRY_DAYS and NOTIFICATION_MAX_PER_USER)."""

from typing import Any

from django.core.management.base import BaseCommand

from django_inapp_notifications.maintenance.retention import prune


class Command(BaseCommand):
    help = "Remove expired notifications. Run it daily; it is safe to interrupt."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = prune()
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in removed.items()))
