"""What staff search by: a person, a card, an id at Stripe, a description."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

#: Names that a site's user model may have for what its pages show of a person.
NAMES = ("display_name", "nickname", "full_name", "first_name", "last_name", "name")


def person_fields(path: str = "user__") -> list[str]:
    """Return the search fields of the user at ``path``, of those that the site's model has."""
    model = get_user_model()
    names = dict.fromkeys((model.USERNAME_FIELD, model.get_email_field_name(), *NAMES))
    return [f"{path}{name}" for name in names if _is_text(model, name)]


def payment_fields(path: str = "payment__") -> list[str]:
    """Return the search fields of the payment at ``path``; "" for payments themselves."""
    own = ("id", "stripe_id", "charge_id", "description", "customer__stripe_id")
    fields = [*own, "customer__email", "customer__name", "=charges__last4", "charges__stripe_id"]
    return [_under(path, field) for field in fields] + person_fields(f"{path}user__")


def customer_fields(path: str = "customer__") -> list[str]:
    """Return the search fields of the customer at ``path``; "" for customers themselves."""
    fields = ["stripe_id", "email", "name"]
    return [f"{path}{field}" for field in fields] + person_fields(f"{path}user__")


def _under(path: str, field: str) -> str:
    exact = field.startswith("=")
    return f"={path}{field[1:]}" if exact else f"{path}{field}"


def _is_text(model: type, name: str) -> bool:
    try:
        field = model._meta.get_field(name)  # type: ignore[attr-defined]
    except FieldDoesNotExist:
        return False
    return field.get_internal_type() in {"CharField", "EmailField", "TextField", "SlugField"}
