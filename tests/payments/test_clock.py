"""One clock, which a demo and tests may shift, and nothing that moves real money."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from django_stripe_payments import clock
from django_stripe_payments.maintenance import health, sweep
from django_stripe_payments.models import WebhookEvent

DAY = timedelta(days=1)


def test_it_shows_the_real_time_by_default() -> None:
    before = timezone.now()
    assert before <= clock.now() <= timezone.now()
    assert clock.offset() == timedelta(0)


def test_a_shift_ends_with_its_block() -> None:
    with clock.shifted(DAY):
        assert clock.now() >= timezone.now() + DAY - timedelta(seconds=5)
    assert clock.offset() == timedelta(0)


def test_a_shift_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), clock.shifted(DAY):
        raise ZeroDivisionError
    assert clock.offset() == timedelta(0)


def test_shifts_add_up() -> None:
    with clock.shifted(DAY), clock.shifted(DAY):
        assert clock.offset() == 2 * DAY


def test_without_time_zones_it_is_naive(settings) -> None:
    settings.USE_TZ = False
    with clock.shifted(DAY):
        assert timezone.is_naive(clock.now())


def test_a_live_key_keeps_real_time(settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_1"
    with pytest.raises(ImproperlyConfigured, match="live"):
        clock.set_offset(DAY)
    assert clock.offset() == timedelta(0)


@pytest.mark.django_db
def test_the_apps_deadlines_follow_it(settings) -> None:
    settings.STRIPE_HEALTH_MAX_AGE = 900
    WebhookEvent.objects.create(
        stripe_id="evt_1",
        type="x",
        payload={},
        created=clock.now(),
        next_attempt_at=clock.now() + timedelta(hours=1),
    )
    assert health.status().is_healthy
    assert not sweep.is_anything_due()
    with clock.shifted(DAY):
        assert not health.status().is_healthy
        assert sweep.is_anything_due()
