"""Whether the customers in the database exist in the Stripe account of the keys."""

from __future__ import annotations

from collections.abc import Iterator

from ..exceptions import StripeCallFailed, StripePaymentsError
from ..models import Customer
from ..stripe_api import local_sandbox
from ..stripe_api.client import MISSING, get_client, translated_errors


def findings() -> Iterator[tuple[str, str, str]]:
    """Look up the newest customer; yield the subject, the result and the advice."""
    newest = Customer.objects.exclude(stripe_id=None).order_by("-pk").first()
    if newest is None or newest.stripe_id is None:
        return
    try:
        with translated_errors():
            get_client().v1.customers.retrieve(newest.stripe_id)
    except StripeCallFailed as error:
        # A restricted key may lack the permission to read customers, which is fine.
        if error.code == MISSING:
            text = f"Stripe has no customer {newest.stripe_id}, which is the newest one here: "
            yield "customers", f"{text}returning customers cannot pay.", _advice()
    except StripePaymentsError:
        return
    else:
        yield "customers", f"Stripe has {newest.stripe_id}, the newest customer here.", ""


def _advice() -> str:
    if local_sandbox.is_used():
        return (
            "The sandbox has lost its objects: start with an empty database, and keep the objects "
            "from now on with manage.py stripe_sandbox --state FILE."
        )
    return (
        "The database was filled with keys of another account or mode, or with a sandbox: use "
        "those keys, or start with an empty database."
    )
