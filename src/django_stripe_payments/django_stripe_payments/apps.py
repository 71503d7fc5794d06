from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StripePaymentsConfig(AppConfig):
    name = "django_stripe_payments"
    verbose_name = _("Stripe payments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported to register the system checks.
        from .checks import (  # noqa: F401
            background,
            fees,
            limits,
            maintenance,
            moved,
            reconcile,
            refunds,
            settings,
        )
        from .workers.celery import remember_app

        remember_app()
