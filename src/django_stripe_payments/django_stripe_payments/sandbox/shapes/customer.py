"""The customer."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(
    Kind(
        "customer",
        "cus",
        expandable={
            "default_source": "",
            "invoice_settings.default_payment_method": "payment_method",
            "test_clock": "",
        },
        includable={
            "sources": ("source", "customer"),
            "subscriptions": ("subscription", "customer"),
            "tax_ids": ("tax_id", "customer"),
        },
    )
)


def customer(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": created,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": None,
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    } | fields


def deleted(customer_id: str) -> Resource:
    return {"id": customer_id, "object": "customer", "deleted": True}
