"""Setup intents: a card is saved without charging it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import audit
from ..database.transactions import own_transaction, require_no_transaction
from ..exceptions import NotOwner, PaymentMethodDetached
from ..models import ApiOperation, PaymentMethod, SetupIntent
from ..stripe_api import marks, operations
from ..stripe_api.client import get_client, translated_errors
from . import setup_apply as setup_mirror
from .customer import get_or_create_customer
from .methods import keep_method

if TYPE_CHECKING:
    import stripe

#: Metadata of our setup intents that leads back to the row.
SETUP_KEY = "django_setup_intent_id"


def create_setup_intent(user: Any) -> tuple[SetupIntent, stripe.SetupIntent]:
    """Return a row and Stripe's intent, with the ``client_secret`` for the browser.

    Raises TransactionInProgress, StripeUnavailable, StripeCallFailed.
    """
    require_no_transaction()
    customer = get_or_create_customer(user)
    with own_transaction():
        row = SetupIntent.objects.create(customer=customer)
        audit.record("setup_intent.created", row)
    return row, ensure_setup_intent(row)


def ensure_setup_intent(row: SetupIntent) -> stripe.SetupIntent:
    """Return the row's setup intent, made if there is none yet; safe to repeat."""
    if row.stripe_id:
        return retrieve_setup_intent(row.stripe_id)
    params = {
        "customer": row.customer.stripe_id,
        "usage": "off_session",
        "automatic_payment_methods": {"enabled": True},
        "metadata": {SETUP_KEY: str(row.pk)},
    }
    intent = operations.perform(
        "setup_intent.create", row, params, create_at_stripe, find=find_at_stripe
    )
    adopt(row, intent)
    return intent


def adopt(row: SetupIntent, intent: stripe.SetupIntent) -> None:
    """Note the intent that was made for a row, unless the row has one."""
    SetupIntent.objects.filter(pk=row.pk, stripe_id=None).update(stripe_id=intent.id)
    row.refresh_from_db()


def retrieve_setup_intent(stripe_id: str) -> stripe.SetupIntent:
    """Return the setup intent as Stripe knows it now."""
    with translated_errors():
        return get_client().v1.setup_intents.retrieve(stripe_id)


def open_setup_intent(user: Any) -> tuple[SetupIntent, stripe.SetupIntent]:
    """Return the user's last setup intent if it still waits for a card, else a new one.

    Who reloads the page goes on with the same one.
    """
    last = (
        SetupIntent.objects.filter(customer__user=user, status="requires_payment_method")
        .exclude(stripe_id=None)
        .select_related("customer")
        .first()
    )
    if last is not None:
        intent = ensure_setup_intent(last)
        if intent.status == "requires_payment_method":
            return last, intent
        setup_mirror.apply_setup_intent(intent.to_dict())
    return create_setup_intent(user)


def finish_setup_intent(user: Any, stripe_id: str) -> PaymentMethod | None:
    """Store the card that the user's setup intent ("seti_…") saved, and return its row.

    None if nothing was saved: not finished yet, canceled, or refused by the bank. Raises
    NotOwner for a setup intent that is not the user's.
    """
    theirs = SetupIntent.objects.filter(stripe_id=stripe_id, customer__user=user)
    # It comes from an address, and PostgreSQL can't even look for a NUL.
    if not stripe_id.isprintable() or not theirs.exists():
        msg = f"The user has no setup intent {stripe_id!r}."
        raise NotOwner(msg)
    intent = retrieve_setup_intent(stripe_id)
    if intent.status != "succeeded":
        return None
    method = setup_mirror.apply_setup_intent(intent.to_dict())
    if method is None or not method.is_attached:
        raise PaymentMethodDetached("The card was removed in the meantime.")
    return keep_method(user, method.stripe_id)


def create_at_stripe(params: dict[str, Any], options: Any) -> stripe.SetupIntent:
    """Let Stripe make a setup intent: the call of the operation "setup_intent.create"."""
    return get_client().v1.setup_intents.create(params, options)  # type: ignore[arg-type]


def find_at_stripe(operation: ApiOperation) -> stripe.SetupIntent | None:
    """Return what an operation made, or None: by its id, or by the id of ours that it carries."""
    found: stripe.SetupIntent | None = marks.find_marked(
        operation, get_client().v1.setup_intents, SETUP_KEY, by=("customer",)
    )
    return found
