"""Whether what the database says of Stripe is at the Stripe that the keys lead to."""

from __future__ import annotations

from collections.abc import Iterator

from ..exceptions import StripeCallFailed, StripePaymentsError
from ..models import Customer
from ..stripe_api import local_sandbox
from ..stripe_api.client import MISSING, get_client, translated_errors


def findings() -> Iterator[tuple[str, str, str]]:
    """Ask for the newest customer; yield what was looked at, found, and is to be done."""
    newest = Customer.objects.exclude(stripe_id=None).order_by("-pk").first()
    if newest is None or newest.stripe_id is None:
        return
    try:
        with translated_errors():
            get_client().v1.customers.retrieve(newest.stripe_id)
    except StripeCallFailed as error:
        # A restricted key may not read customers, and that is fine.
        if error.code == MISSING:
            text = f"{newest.stripe_id}, the newest customer here, is not known there: who has "
            yield "customers", f"{text}paid before cannot pay.", _advice()
    except StripePaymentsError:
        return
    else:
        yield "customers", f"{newest.stripe_id}, the newest one here, is known there.", ""


def _advice() -> str:
    if local_sandbox.is_used():
        return (
            "The sandbox has forgotten its objects: start with an empty database, and let it keep "
            "them from now on, by manage.py stripe_sandbox --state FILE."
        )
    return (
        "The database was filled with keys of another account or mode, or beside a sandbox: use "
        "those keys, or begin with an empty database."
    )
