"""Stripe's evidence fields in words, https://docs.stripe.com/api/disputes/object."""

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Field that is text → what staff are asked for.
TEXTS: dict[str, Any] = {
    "access_activity_log": _("Log of the customer's access"),
    "billing_address": _("Billing address"),
    "cancellation_policy_disclosure": _("How the cancellation policy was shown"),
    "cancellation_rebuttal": _("Why the cancellation does not hold"),
    "customer_email_address": _("Customer's e-mail address"),
    "customer_name": _("Customer's name"),
    "customer_purchase_ip": _("IP address of the purchase"),
    "duplicate_charge_explanation": _("Why it is no duplicate charge"),
    "duplicate_charge_id": _("Id of the other charge"),
    "product_description": _("Description of the product"),
    "refund_policy_disclosure": _("How the refund policy was shown"),
    "refund_refusal_explanation": _("Why the refund was refused"),
    "service_date": _("Date of the service"),
    "shipping_address": _("Shipping address"),
    "shipping_carrier": _("Carrier"),
    "shipping_date": _("Shipping date"),
    "shipping_tracking_number": _("Tracking number"),
    "uncategorized_text": _("Anything else, as text"),
}

#: Field that is a file → what staff are asked for.
FILES: dict[str, Any] = {
    "cancellation_policy": _("Cancellation policy"),
    "customer_communication": _("Communication with the customer"),
    "customer_signature": _("Customer's signature"),
    "duplicate_charge_documentation": _("Documents about the other charge"),
    "receipt": _("Receipt"),
    "refund_policy": _("Refund policy"),
    "service_documentation": _("Documents about the service"),
    "shipping_documentation": _("Documents about the shipping"),
    "uncategorized_file": _("Anything else, as a file"),
}


def label(name: str) -> str:
    """Return a field's words in the reader's language; an unknown one's as Stripe writes it."""
    known = {**TEXTS, **FILES}.get(name)
    return str(known) if known else name.replace("_", " ").capitalize()
