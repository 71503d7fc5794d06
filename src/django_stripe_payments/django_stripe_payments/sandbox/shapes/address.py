"""Addresses and billing details."""

from collections.abc import Mapping
from typing import Any

FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")


def address(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {field: (given or {}).get(field) or None for field in FIELDS}


def billing_details(given: Mapping[str, Any] | None) -> dict[str, Any]:
    given = given or {}
    return {
        "address": address(given.get("address")),
        "email": given.get("email") or None,
        "name": given.get("name") or None,
        "phone": given.get("phone") or None,
        "tax_id": given.get("tax_id") or None,
    }


def shipping(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not given:
        return None
    return {
        "address": address(given.get("address")),
        "carrier": given.get("carrier") or None,
        "name": given.get("name") or None,
        "phone": given.get("phone") or None,
        "tracking_number": given.get("tracking_number") or None,
    }
