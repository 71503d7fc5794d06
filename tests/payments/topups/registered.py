"""What the app adds to the registries of django_stripe_payments."""

from django_stripe_payments.admin import sections
from django_stripe_payments.facts import kinds
from django_stripe_payments.maintenance import belongings, sweep_steps, waiting
from django_stripe_payments.models import Payment
from django_stripe_payments.reconcile import steps
from django_stripe_payments.webhooks import register_handler

from . import apply, journal, reconcile, signals
from .models import Topup

for name in ("topup_succeeded", "topup_failed"):
    kinds.register(name, signal=getattr(signals, name), subject=Topup, provides=["topup"])

register_handler(
    apply.handle,
    "topup.created",
    "topup.succeeded",
    "topup.failed",
    "topup.canceled",
    "topup.reversed",
)

steps.register(steps.Step(name="topups", run=reconcile.listed, before="balance_transactions"))
sweep_steps.register(sweep_steps.Step(name="topups", run=reconcile.overdue))
belongings.register(belongings.Kind(name="journal", erase=journal.erase))
waiting.register(
    waiting.Count(
        name="failed_topups",
        help="Top-ups that the bank refused.",
        rows=Topup.objects.filter(status="failed").count,
    )
)
sections.register(
    sections.Section(
        name="journal",
        model=Payment,
        title="Journal",
        headers=["Entry"],
        rows=journal.rows,
        permission="topups.view_entry",
    )
)
