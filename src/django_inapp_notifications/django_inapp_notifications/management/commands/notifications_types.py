"""List the registered notification types."""

from typing import Any

from django.core.management.base import BaseCommand

from django_inapp_notifications import types

FLAGS = ("locked", "urgent", "transactional", "digestible")


class Command(BaseCommand):
    help = "List the registered notification types with their channels and flags."

    def handle(self, *args: Any, **options: Any) -> None:
        for kind in types.all_types():
            flags = [name for name in FLAGS if getattr(kind, name)]
            line = f"{kind.slug}: {kind} [{', '.join(kind.channels)}] {' '.join(flags)}"
            self.stdout.write(line.rstrip())
