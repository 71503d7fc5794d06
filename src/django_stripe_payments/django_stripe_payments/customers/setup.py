"""Setup intents: a card is saved without charging it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .. import audit, clock
from ..database.transactions import own_transaction, require_no_transaction
from ..exceptions import NotOwner, PaymentMethodDetached, StripeCallFailed
from ..models import ApiOperation, Customer, PaymentMethod, SetupIntent, WebhookEvent
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import find_by_metadata, id_of
from ..stripe_api.operations import Resolution
from . import apply as method_apply
from . import duplicates
from .customer import get_or_create_customer, replace_if_gone
from .methods import keep_method

if TYPE_CHECKING:
    import stripe

#: Metadata of our setup intents that leads back to the row.
SETUP_KEY = "django_setup_intent_id"

#: The age up to which a set-up of this site may drop its card as a copy.
JUST_NOW = timedelta(hours=1)

#: Nothing that arrives later changes a setup intent in one of these.
FINAL_STATUSES = ("succeeded", "canceled")


def create_setup_intent(user: Any) -> tuple[SetupIntent, stripe.SetupIntent]:
    """Return a row and Stripe's intent, with the ``client_secret`` for the browser.

    Raises TransactionInProgress, StripeUnavailable, StripeCallFailed.
    """
    require_no_transaction()
    customer = get_or_create_customer(user)
    with own_transaction():
        row = SetupIntent.objects.create(customer=customer, account=customer.account)
        audit.record("setup_intent.created", row)
    return row, ensure_setup_intent(row)


def ensure_setup_intent(row: SetupIntent) -> stripe.SetupIntent:
    """Return the row's setup intent, created if there is none yet; safe to repeat."""
    if row.stripe_id:
        return retrieve_setup_intent(row.stripe_id)
    try:
        return calls.perform(CREATE, row, _params(row))
    except StripeCallFailed as error:
        if not replace_if_gone(row.customer, error):
            raise
    return calls.perform(CREATE, row, _params(row))


def _params(row: SetupIntent) -> dict[str, Any]:
    return {
        "customer": row.customer.stripe_id,
        "usage": "off_session",
        "automatic_payment_methods": {"enabled": True},
        "metadata": {SETUP_KEY: str(row.pk)},
    }


def retrieve_setup_intent(stripe_id: str) -> stripe.SetupIntent:
    """Return the setup intent as Stripe knows it now."""
    with translated_errors():
        return get_client().v1.setup_intents.retrieve(stripe_id)


def open_setup_intent(user: Any) -> tuple[SetupIntent, stripe.SetupIntent]:
    """Return the user's last setup intent if it still waits for a card, else a new one.

    Reloading the page resumes the same one.
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
        apply(intent.to_dict())
    return create_setup_intent(user)


def finish_setup_intent(user: Any, stripe_id: str) -> PaymentMethod | None:
    """Store the card that the user's setup intent ("seti_…") saved, and return its row.

    None if nothing was saved: not finished yet, canceled, or refused by the bank. Raises
    NotOwner for a setup intent that is not the user's.
    """
    own = SetupIntent.objects.filter(stripe_id=stripe_id, customer__user=user)
    # The id comes from a URL, and PostgreSQL can't even look for a NUL.
    if not stripe_id.isprintable() or not own.exists():
        msg = f"The user has no setup intent {stripe_id!r}."
        raise NotOwner(msg)
    intent = retrieve_setup_intent(stripe_id)
    if intent.status != "succeeded":
        return None
    method = apply(intent.to_dict())
    if method is None or not method.is_attached:
        raise PaymentMethodDetached("The card was removed in the meantime.")
    return keep_method(user, method.stripe_id)


def apply(intent: Mapping[str, Any], event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Note a setup intent that has ended; return the row of the card that it saved, if it did.

    Other statuses are not stored: they come in any order, and the page asks Stripe.
    """
    if intent["status"] not in FINAL_STATUSES:
        return None
    unfinished = SetupIntent.objects.filter(stripe_id=intent["id"]).exclude(
        status__in=FINAL_STATUSES
    )
    saved = id_of(intent.get("payment_method"))
    method = None
    owner = id_of(intent.get("customer"))
    # Another site may share the Stripe account.
    is_ours = bool(owner) and Customer.objects.filter(stripe_id=owner).exists()
    if intent["status"] == "succeeded" and saved and is_ours:
        # A card of our own set-up was attached by this site, just now. What arrives later, or
        # again, only follows Stripe.
        is_new = unfinished.filter(created_at__gt=clock.now() - JUST_NOW).exists()
        method = (duplicates.adopt if is_new else method_apply.refresh)(saved, event)
    unfinished.update(status=intent["status"], livemode=bool(intent.get("livemode")))
    return method


def _call(_row: SetupIntent, params: Any, options: Any) -> stripe.SetupIntent:
    return get_client().v1.setup_intents.create(params, options)


def _find(_row: SetupIntent, attempt: ApiOperation) -> stripe.SetupIntent | None:
    service = get_client().v1.setup_intents
    intent: stripe.SetupIntent | None = find_by_metadata(
        attempt, service, SETUP_KEY, filters=("customer",)
    )
    return intent


def _settle(row: SetupIntent, intent: stripe.SetupIntent) -> stripe.SetupIntent:
    """Store the intent's id, unless the row has one."""
    SetupIntent.objects.filter(pk=row.pk, stripe_id=None).update(
        stripe_id=intent.id, livemode=intent.livemode
    )
    row.refresh_from_db()
    return intent


def _resolution(row: SetupIntent, _attempt: ApiOperation) -> Resolution:
    # A second intent for the row would be an orphan.
    return Resolution.LOOK_UP if row.stripe_id else Resolution.ASK_AGAIN


CREATE = operations.register(
    operations.Operation(
        kind="setup_intent.create",
        model=SetupIntent,
        call=_call,
        find=_find,
        settle=_settle,
        resolution=_resolution,
    )
)
