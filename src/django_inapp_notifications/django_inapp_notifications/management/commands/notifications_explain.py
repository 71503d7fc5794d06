"""Explain why a notification was sent, is waiting or was not sent."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_inapp_notifications.delivery.explain import explain
from django_inapp_notifications.models import Notification


class Command(BaseCommand):
    help = "List the rules that apply to a notification, in order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("notification", type=int, help="id of the notification")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Notification.objects.with_content()
        notification = rows.filter(pk=options["notification"]).first()
        if notification is None:
            raise CommandError(f"Notification {options['notification']} does not exist.")
        for explanation in explain(notification):
            self.stdout.write(str(explanation))
