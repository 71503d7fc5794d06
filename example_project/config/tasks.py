"""What beat runs for the notifications; the payments bring tasks of their own."""

from celery import shared_task
from django.core.management import call_command


@shared_task(ignore_result=True)
def deliver_notifications() -> None:
    """Send what is due: what quiet hours, digests and failures held back."""
    call_command("notifications_deliver")


@shared_task(ignore_result=True)
def prune_notifications() -> None:
    call_command("notifications_prune")
