"""Payment intents: one for each payment, created, found again and confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .. import audit, fraud, line_items, money, participants
from ..conf import settings
from ..customers.customer import EMAIL_INVALID, get_or_create_customer, replace_if_gone
from ..database.transactions import own_transaction, require_no_transaction
from ..exceptions import StripeCallFailed
from ..fraud import radar
from ..limits import amounts as limits
from ..line_items import Line
from ..models import ApiOperation, Payment
from ..payment_types import RESERVED
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import find_by_metadata
from ..stripe_api.operations import Resolution
from . import apply as payment_apply
from . import buyer as buyers
from . import fees, intent_options
from .arguments import MAX_DESCRIPTION, MAX_TYPE, checked_metadata, checked_text
from .lookup import PAYMENT_KEY, find_payment

if TYPE_CHECKING:
    import stripe

#: Stripe's error code for a payment that is no longer in the state that the call needs.
UNEXPECTED_STATE = "payment_intent_unexpected_state"

#: Take the money at once, or reserve it until it is captured.
CAPTURE_METHODS = ("automatic", "manual")


def create_payment(
    user: Any,
    amount: Decimal | int | str,
    payment_type: str,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    currency: str | None = None,
    *,
    capture_method: str = "automatic",
    save_card: bool = False,
    lines: Sequence[Line] = (),
    tax: Decimal | int | str | None = None,
    buyer: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Payment:
    """Write the row of a new payment, without calling Stripe.

    ``amount`` and ``tax`` are in the major unit; ``columns`` are further columns of Payment.

    Raises:
        InvalidAmount: the amount, or what the lines and the tax add up to.
        AmountNotAllowed: STRIPE_AMOUNT_LIMITS forbids the amount.
        InvalidMetadata, InvalidBuyer: Stripe or the database could not hold them.
        PaymentDenied: a fraud rule denied the payment.
        ValueError: the options contradict each other, or the type is reserved for payments that
            Stripe starts.
    """
    _check_terms(user, payment_type, capture_method, save_card)
    minor, code = _price(amount, currency or settings.STRIPE_DEFAULT_CURRENCY, payment_type)
    metadata = checked_metadata(metadata or {})
    payment_type = checked_text("payment_type", payment_type, MAX_TYPE)
    description = checked_text("description", description)[:MAX_DESCRIPTION]
    frozen = line_items.freeze(lines, minor, code)
    payment = Payment(
        user=user if getattr(user, "is_authenticated", False) else None,
        amount=minor,
        currency=code,
        payment_type=payment_type,
        description=description,
        metadata=metadata,
        capture_method=capture_method,
        save_card=save_card,
        lines=frozen,
        tax_amount=line_items.tax_of(tax, frozen, minor, code),
        buyer=buyers.checked(buyer) if buyer else {},
        **columns,
    )
    _estimate_fees(payment)
    fraud.assess(payment)
    _insert(payment)
    return payment


def _price(amount: Decimal | int | str, currency: str, payment_type: str) -> tuple[int, str]:
    """Return the amount in the minor unit, and the code of its currency."""
    code = money.normalize_currency(currency)
    minor = money.to_minor(amount, code)
    limits.check(minor, code, payment_type)
    return minor, code


def _estimate_fees(payment: Payment) -> None:
    method = payment.payment_method
    country = method.country if method else ""
    payment.stripe_fee = fees.estimate(payment.amount, payment.currency, country)
    payment.platform_fee = fees.platform_fee(payment)


def _insert(payment: Payment) -> None:
    amount, currency = payment.amount, payment.currency
    with own_transaction():
        payment.save(force_insert=True)
        audit.record(
            "payment.created", payment, amount=amount, currency=currency, type=payment.payment_type
        )
        participants.notify(lambda each: each.payment_created(payment))


def ensure_intent(payment: Payment, *, radar_session: str = "") -> stripe.PaymentIntent:
    """Return the payment's intent as Stripe knows it now, created if there is none yet.

    Safe to repeat after any failure: it ends in one intent. ``radar_session`` is what the
    browser got from Stripe.js ("rse_…"), for an intent that is to be created.

    Raises:
        TransactionInProgress: a transaction is open.
        StripeUnavailable: Stripe did not answer; calling again is safe.
        StripeCallFailed: Stripe refused, for example an amount below its minimum.
    """
    if payment.stripe_id:
        return retrieve_intent(payment.stripe_id)
    require_no_transaction()
    if payment.user is not None and (payment.customer is None or not payment.customer.stripe_id):
        payment.customer = get_or_create_customer(payment.user)
        Payment.objects.filter(pk=payment.pk).update(customer=payment.customer)
    params = _params(payment, radar_session)
    try:
        return calls.perform(CREATE, payment, params)
    except StripeCallFailed as error:
        if error.code == EMAIL_INVALID and params.pop("receipt_email", None):
            # A payment must not depend on it.
            return calls.perform(CREATE, payment, params)
        if payment.customer is None or not replace_if_gone(payment.customer, error):
            raise
    return calls.perform(CREATE, payment, _params(payment, radar_session))


def retrieve_intent(stripe_id: str) -> stripe.PaymentIntent:
    """Return the current intent from Stripe."""
    with translated_errors():
        return get_client().v1.payment_intents.retrieve(stripe_id)


def retrieve_in(stripe_id: str, status: str) -> stripe.PaymentIntent | None:
    """Return the intent as Stripe knows it now, or None if it has another status."""
    intent = retrieve_intent(stripe_id)
    return intent if intent.status == status else None


def confirm_payment(reference: Payment | UUID | str) -> Payment:
    """Get the payment's status from Stripe, apply it, and announce what became true.

    Args:
        reference: the payment, its id, or the id of its payment intent ("pi_…").

    Raises:
        PaymentNotFound: there is no such payment.
        TransactionInProgress: a transaction is open.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    payment = find_payment(reference)
    require_no_transaction()
    if payment.stripe_id and not payment.is_final:
        payment_apply.apply(payment)
    return payment


def _check_terms(user: Any, payment_type: str, capture_method: str, save_card: bool) -> None:
    if capture_method not in CAPTURE_METHODS:
        msg = f"capture_method must be one of {', '.join(CAPTURE_METHODS)}, not {capture_method!r}."
        raise ValueError(msg)
    if save_card and not getattr(user, "is_authenticated", False):
        msg = "Only a user's card can be saved: a guest has no customer at Stripe."
        raise ValueError(msg)
    if payment_type in RESERVED:
        msg = f"Payment type {payment_type!r} is reserved for payments that Stripe starts."
        raise ValueError(msg)


def _params(payment: Payment, radar_session: str = "") -> dict[str, Any]:
    metadata = checked_metadata({**payment.metadata, **radar.metadata_of(payment)})
    texts = {key: str(value) for key, value in metadata.items() if value not in (None, "")}
    params: dict[str, Any] = {
        "amount": payment.amount,
        "currency": payment.currency,
        "automatic_payment_methods": {"enabled": True},
        "metadata": {**texts, PAYMENT_KEY: str(payment.pk)},
    }
    if payment.description:
        params["description"] = payment.description
    if payment.customer is not None:
        params["customer"] = payment.customer.stripe_id
    if payment.capture_method != "automatic":
        params["capture_method"] = payment.capture_method
    if payment.save_card:
        params["setup_future_usage"] = "off_session"
    options = {**intent_options.of(payment), **radar.options_of(payment, radar_session)}
    params = {**params, **options}
    return participants.add_params(payment, params)


def _call(_payment: Payment, params: Any, options: Any) -> stripe.PaymentIntent:
    return get_client().v1.payment_intents.create(params, options)


def _find(_payment: Payment, attempt: ApiOperation) -> stripe.PaymentIntent | None:
    service = get_client().v1.payment_intents
    intent: stripe.PaymentIntent | None = find_by_metadata(
        attempt, service, PAYMENT_KEY, filters=("customer",)
    )
    return intent


def _settle(payment: Payment, intent: stripe.PaymentIntent) -> stripe.PaymentIntent:
    """Store the intent's id, unless the payment has one, and apply what has happened to it."""
    Payment.objects.filter(pk=payment.pk, stripe_id=None).update(
        stripe_id=intent.id, livemode=intent.livemode
    )
    payment.refresh_from_db()
    if payment.stripe_id == intent.id and payment.status != intent.status:
        payment_apply.apply(payment, news=intent.to_dict())
    return intent


def _resolution(payment: Payment, _attempt: ApiOperation) -> Resolution:
    # An intent for a payment that is over, or that has one, would be an orphan.
    is_needed = not payment.stripe_id and not payment.is_final
    return Resolution.ASK_AGAIN if is_needed else Resolution.LOOK_UP


CREATE = operations.register(
    operations.Operation(
        kind="payment_intent.create",
        model=Payment,
        call=_call,
        find=_find,
        settle=_settle,
        resolution=_resolution,
        duplicate_is_harmless=True,
    )
)
