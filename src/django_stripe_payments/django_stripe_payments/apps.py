from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StripePaymentsConfig(AppConfig):
    name = "django_stripe_payments"
    verbose_name = _("Stripe payments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported to register the system checks.
        from . import (  # noqa: F401
            checks,
            checks_background,
            checks_fees,
            checks_guarding,
            checks_refunds,
            checks_sync,
            checks_upkeep,
        )
        from .dispatch.celery import remember_app

        remember_app()
