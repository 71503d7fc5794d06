"""Disputes: staff have days to answer, so they hear of one at once, by mail too."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from accounts.models import User
from django_inapp_notifications.services import notify
from django_stripe_payments.models import Dispute, Payment
from django_stripe_payments.signals import dispute_closed, dispute_evidence_due, dispute_opened

from ..notification_types import DISPUTES
from .params import amount_of, moment_of


@receiver(dispute_opened)
def tell_of_dispute(sender: Any, dispute: Dispute, payment: Payment | None, **kwargs: Any) -> None:
    tell_staff(dispute, payment, "opened")


@receiver(dispute_evidence_due)
def tell_of_due_evidence(
    sender: Any, dispute: Dispute, payment: Payment | None, **kwargs: Any
) -> None:
    tell_staff(dispute, payment, "due")


@receiver(dispute_closed)
def tell_of_decision(sender: Any, dispute: Dispute, payment: Payment | None, **kwargs: Any) -> None:
    tell_staff(dispute, payment, "closed")


def tell_staff(dispute: Dispute, payment: Payment | None, story: str) -> None:
    """Tell everybody on the staff, each with the deadline on their own clock."""
    params = {
        "story": story,
        "amount": amount_of(dispute.amount, dispute.currency),
        "reason": dispute.reason,
        "status": dispute.status,
        "about": payment.description if payment else dispute.stripe_id,
    }
    for person in User.objects.filter(is_staff=True, is_active=True):
        due = dispute.evidence_due_by
        notify(
            person,
            DISPUTES.slug,
            params={**params, "due": moment_of(due, person) if due else None},
            action_url=reverse("admin:django_stripe_payments_dispute_change", args=[dispute.pk]),
            priority="urgent",
            target=dispute,
        )
