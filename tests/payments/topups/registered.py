"""What the app adds to the registries of django_stripe_payments."""

from django_stripe_payments.facts import kinds
from django_stripe_payments.webhooks import register_handler

from . import apply, signals
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
