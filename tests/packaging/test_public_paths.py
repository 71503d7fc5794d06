"""The paths that integrators import stay where they are; everything else may move."""

import os
import subprocess
import sys

import pytest

#: App → module → names that it offers.
PUBLIC: dict[str, dict[str, tuple[str, ...]]] = {
    "django_stripe_payments": {
        "services": ("StripeService",),
        "signals": (
            "payment_succeeded",
            "payment_failed",
            "payment_canceled",
            "payment_processing",
            "payment_requires_action",
            "payment_refunded",
            "refund_failed",
            "payment_method_attached",
            "payment_method_detached",
            "customer_created",
            "dispute_opened",
            "dispute_closed",
            "dispute_funds_withdrawn",
            "dispute_funds_reinstated",
            "early_fraud_warning",
            "webhook_received",
        ),
        "exceptions": ("StripePaymentsError",),
        "models": (
            "Customer",
            "PaymentMethod",
            "Payment",
            "Refund",
            "Dispute",
            "WebhookEvent",
            "AuditLogEntry",
            "Fact",
            "ReceiverDelivery",
            "ApiOperation",
        ),
        "urls": ("urlpatterns",),
        "testing": ("stripe_sandbox", "stripe_sandbox_server"),
        "sandbox": ("Sandbox",),
        "money": ("to_minor", "to_decimal", "display"),
        "payment_types": ("Price", "register_payment_type", "unregister_payment_type"),
        "webhooks": ("WebhookHandler",),
        "fraud": ("PaymentContext", "Verdict", "allow", "deny", "review"),
        "fraud.rules": ("too_many_payments", "too_many_declines", "large_first_payment"),
        "reconcile": ("run",),
        "stripe_api": ("use_http_client",),
        "logs": ("PaymentsContext",),
        "audit": ("Actor", "acting", "record"),
        "dispatch": ("Dispatcher",),
        "decorators": ("limit_rate",),
    },
    "django_inapp_notifications": {
        "services": ("notify", "notify_many"),
        "types": ("NotificationType", "register"),
        "models": ("Notification", "NotificationPreference", "NotificationSettings"),
        "signals": ("notification_created", "notification_read", "delivery_failed"),
        "exceptions": (),
        "channels.base": ("Channel",),
        "channels.in_app": (),
        "channels.email": (),
        "channels.push": (),
        "channels.webhook": (),
        "preferences": (),
        "inbox": (),
        "testing": (),
        "urls": ("urlpatterns",),
    },
}

#: Imports one module in a process of its own, where no other import can have helped.
IMPORT = """
import sys
import django
django.setup()
from importlib import import_module
module = import_module(sys.argv[1])
print([name for name in sys.argv[2:] if not hasattr(module, name)])
"""


@pytest.mark.parametrize(
    ("app", "module", "names"),
    [(app, module, names) for app, modules in PUBLIC.items() for module, names in modules.items()],
)
def test_a_public_path_can_be_imported(app: str, module: str, names: tuple[str, ...]) -> None:
    suite = "payments" if app == "django_stripe_payments" else "notifications"
    site = {**os.environ, "DJANGO_SETTINGS_MODULE": f"tests.{suite}.settings"}
    command = [sys.executable, "-c", IMPORT, f"{app}.{module}", *names]
    ended = subprocess.run(command, env=site, capture_output=True, text=True, check=False)
    assert (ended.stderr, ended.stdout) == ("", "[]\n")
