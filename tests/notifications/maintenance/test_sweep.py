"""Each step of a sweep gets its turn."""

from django.utils import timezone

from django_inapp_notifications import preferences
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.maintenance import sweep as sweeping
from django_inapp_notifications.models import Digest
from django_inapp_notifications.services import notify
from django_inapp_notifications.signals import delivery_sent


def test_a_steady_inflow_of_deliveries_starves_no_digest(
    user, other_user, recorded, settings, monkeypatch
):
    """Each delivery that leaves brings a new one: thirty, until a digest has left too."""
    settings.NOTIFICATION_DISPATCHER = "none"
    monkeypatch.setattr(sweeping, "TURN", 3)
    preferences.set_frequency(other_user, "recorded", "daily", how="code")
    notify(other_user, "match", title="held")
    deliver_due()
    Digest.objects.update(not_before=timezone.now())
    notify([user], "match", title="first")
    for _ in range(2):
        notify(user, "match", title="more")

    def bring_another(delivery, **kwargs):
        if delivery.recipient_id == user.pk and len(recorded.sent) < 30:
            notify(user, "match", title="more")

    delivery_sent.connect(bring_another)
    try:
        sweeping.sweep()
    finally:
        delivery_sent.disconnect(bring_another)
    order = [outgoing.is_digest for outgoing in recorded.sent]
    assert order.index(True) == 3
    assert len(order) > 30


def test_a_turn_leaves_nothing_behind(user, recorded, settings, monkeypatch):
    settings.NOTIFICATION_DISPATCHER = "none"
    monkeypatch.setattr(sweeping, "TURN", 3)
    for _ in range(10):
        notify(user, "match", title="x")
    assert sweeping.sweep()["deliveries"] == 10
    assert len(recorded.sent) == 10
