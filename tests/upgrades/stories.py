"""What a site did with each app before it was upgraded: one row of most tables."""

from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client, override_settings


def payments() -> None:
    """A payment that succeeded and was refunded in part, one that failed, and a saved card."""
    from django_stripe_payments.services import StripeService
    from django_stripe_payments.stripe_api.client import use_http_client
    from django_stripe_payments.testing import WEBHOOK_SECRET, SiteSandbox

    user = _user()
    sandbox = SiteSandbox()
    site = override_settings(STRIPE_RATE_LIMIT=False, STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET)
    with site, use_http_client(sandbox.http_client()):
        paid, _ = StripeService.create_payment_intent(
            user, "25.00", "ticket", "A ticket", {"seat": "7"}, save_card=True
        )
        sandbox.confirm(paid.stripe_id, "4242 4242 4242 4242")
        failed, _ = StripeService.create_payment_intent(user, "12.00", "ticket")
        sandbox.confirm(failed.stripe_id, "4000 0000 0000 0002")
        _accepted(sandbox.deliver(Client()))
        paid.refresh_from_db()
        StripeService.refund_payment(paid, "5.00", reason="a discount")
        _accepted(sandbox.deliver(Client()))
    sandbox.close()


def notifications() -> None:
    """Notifications that were read and not, a preference, quiet hours, and mail to be sent."""
    from datetime import time

    from django_inapp_notifications import inbox, preferences
    from django_inapp_notifications.services import notify
    from django_inapp_notifications.types import NotificationType, register, unregister

    user = _user()
    register(NotificationType("upgrade", label="Upgrades", channels=("in_app", "email")))
    try:
        first = notify([user], "upgrade", title="A first one", action_url="/tournaments/5/")
        notify([user], "upgrade", title="A second one", message="Not read yet.")
        inbox.mark_read(user, first.message.notifications.values_list("pk", flat=True))
        preferences.set_type(user, "upgrade", "email", False, how="page")
        night = {"quiet_hours": True, "quiet_start": time(22), "quiet_end": time(7)}
        preferences.change_settings(user, night, how="page")
    finally:
        unregister("upgrade")


def _user() -> Any:
    return get_user_model().objects.create_user("player", "player@example.com", "secret")


def _accepted(responses: list[Any]) -> None:
    assert {response.status_code for response in responses} == {200}


STORIES = {"django_stripe_payments": payments, "django_inapp_notifications": notifications}
