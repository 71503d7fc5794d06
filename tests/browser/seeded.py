"""The seeded site, and a player to whom everything has happened."""

from typing import Any

from django.core.management import call_command

from accounts.models import User
from coaching.models import CoachingSession
from django_inapp_notifications.models import Notification
from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService
from tests.example.world import PASSWORD, some_hours
from tournaments.models import Tournament
from venues import bookings
from venues.models import Venue


def seed_everything(site: Any) -> dict[str, Any]:
    """Seed the site, and let everything happen to its player; return the keys of the pages."""
    call_command("seed", quiet=True)
    for user in User.objects.exclude(email=""):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    player = User.objects.get(username="player")
    cup = Tournament.objects.get(name="Glyphfall Friday")
    session = CoachingSession.objects.first()
    venue = Venue.objects.get(name="The Undercroft")
    paid = pay(site, player, "25.00", "tournament_fee", tournament_id=str(cup.pk))
    pay(site, player, str(session.price), "coaching_session", session_id=str(session.pk))
    refunded = pay(site, player, "40.00", "gift_card")
    StripeService.refund_payment(refunded)
    book(site, player, venue)
    StripeService.create_payment_intent(player, "5.00", "gift_card", "A gift card")
    site.deliveries_done()
    notify(player, "tournament", title="The draw is out", message="Look who you meet first.")
    return {
        "cup": cup.pk,
        "venue": venue.pk,
        "session": session.pk,
        "free_session": CoachingSession.objects.exclude(pk=session.pk).first().pk,
        "paid": paid.pk,
        "refunded": refunded.pk,
        "open": Payment.objects.get(status="requires_payment_method").pk,
        "notice": Notification.objects.of(player).latest("pk").pk,
    }


def pay(site: Any, player: User, amount: str, kind: str, **metadata: str) -> Payment:
    words = {"tournament_fee": "Registration for Glyphfall Friday"}.get(kind, "A gift card")
    payment, intent = StripeService.create_payment_intent(player, amount, kind, words, metadata)
    site.sandbox.confirm(intent.id)
    return StripeService.confirm_payment(payment)


def book(site: Any, player: User, venue: Venue) -> None:
    payment = bookings.begin(venue, player, some_hours(venue)[0], 2)
    site.sandbox.confirm(payment.stripe_id)
