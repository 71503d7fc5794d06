"""Stripe's evidence fields in words, https://docs.stripe.com/api/disputes/object."""

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Field that is text → what staff are asked for.
TEXTS: dict[str, Any] = {
    "access_activity_log": _("Access activity log"),
    "billing_address": _("Billing address"),
    "cancellation_policy_disclosure": _("Cancellation policy disclosure"),
    "cancellation_rebuttal": _("Cancellation rebuttal"),
    "customer_email_address": _("Customer e-mail address"),
    "customer_name": _("Customer name"),
    "customer_purchase_ip": _("Purchase IP address"),
    "duplicate_charge_explanation": _("Why the charge is not a duplicate"),
    "duplicate_charge_id": _("ID of the other charge"),
    "product_description": _("Product description"),
    "refund_policy_disclosure": _("Refund policy disclosure"),
    "refund_refusal_explanation": _("Why the refund was declined"),
    "service_date": _("Service date"),
    "shipping_address": _("Shipping address"),
    "shipping_carrier": _("Carrier"),
    "shipping_date": _("Shipping date"),
    "shipping_tracking_number": _("Tracking number"),
    "uncategorized_text": _("Additional information"),
}

#: Field that is a file → what staff are asked for.
FILES: dict[str, Any] = {
    "cancellation_policy": _("Cancellation policy"),
    "customer_communication": _("Customer communication"),
    "customer_signature": _("Customer signature"),
    "duplicate_charge_documentation": _("Documentation of the other charge"),
    "receipt": _("Receipt"),
    "refund_policy": _("Refund policy"),
    "service_documentation": _("Service documentation"),
    "shipping_documentation": _("Shipping documentation"),
    "uncategorized_file": _("Additional file"),
}


def label(name: str) -> str:
    """Return a field's words in the reader's language; an unknown one's as Stripe writes it."""
    known = {**TEXTS, **FILES}.get(name)
    return str(known) if known else name.replace("_", " ").capitalize()
