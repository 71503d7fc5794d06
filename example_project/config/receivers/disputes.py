"""Disputes: staff have days to answer, so they hear of one at once, by mail too."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from django_inapp_notifications.services import notify
from django_stripe_payments.models import Dispute, Payment
from django_stripe_payments.signals import dispute_closed, dispute_evidence_due, dispute_opened

from ..notification_types import DISPUTES
from .clock import when


@receiver(dispute_opened)
def tell_of_dispute(sender: Any, dispute: Dispute, payment: Payment | None, **kwargs: Any) -> None:
    tell_staff(dispute, payment, _("%(amount)s is disputed: %(reason)s"))


@receiver(dispute_evidence_due)
def tell_of_due_evidence(
    sender: Any, dispute: Dispute, payment: Payment | None, **kwargs: Any
) -> None:
    tell_staff(dispute, payment, _("No evidence yet: %(amount)s, %(reason)s"))


@receiver(dispute_closed)
def tell_of_decision(sender: Any, dispute: Dispute, payment: Payment | None, **kwargs: Any) -> None:
    tell_staff(dispute, payment, _("Dispute about %(amount)s: %(status)s"))


def tell_staff(dispute: Dispute, payment: Payment | None, title: str) -> None:
    """Tell everybody on the staff, each with the deadline on their own clock."""
    words = {
        "amount": dispute.amount_display,
        "reason": dispute.reason.replace("_", " "),
        "status": dispute.status_label,
    }
    about = payment.description if payment else dispute.stripe_id
    for person in User.objects.filter(is_staff=True, is_active=True):
        due = dispute.evidence_due_by
        until = _("Answer before %(date)s.") % {"date": when(due, person)} if due else ""
        notify(
            person,
            DISPUTES.slug,
            title=title % words,
            message=f"{about}. {until}".strip(),
            action_url=reverse("admin:django_stripe_payments_dispute_change", args=[dispute.pk]),
            priority="urgent",
            target=dispute,
        )
