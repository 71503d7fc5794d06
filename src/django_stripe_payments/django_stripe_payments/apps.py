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

        # Imported to register the writes to Stripe: see stripe_api/operations.py.
        from .customers import customer, default, methods, setup  # noqa: F401
        from .disputes import evidence  # noqa: F401
        from .payments import cancel, capture, charge, intents  # noqa: F401
        from .refunds import execute  # noqa: F401
        from .workers.celery import remember_app

        remember_app()
