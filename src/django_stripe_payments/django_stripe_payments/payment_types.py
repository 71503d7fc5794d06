"""What a browser may buy: it names a payment type and an object; the server sets the price."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from . import money
from .conf import settings
from .exceptions import InvalidAmount, PriceMismatch, PriceUnavailable, UnknownPaymentType

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A resolver's answer: the amount in the major unit, and what the payment is for."""

    amount: Decimal | int | str
    currency: str = ""
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The lower-case currency; STRIPE_DEFAULT_CURRENCY if none is set."""
        return money.normalize_currency(self.currency or settings.STRIPE_DEFAULT_CURRENCY)

    @property
    def minor(self) -> int:
        """The amount in Stripe's minor unit. Raises InvalidAmount."""
        return money.to_minor(self.amount, self.code)


#: Takes the user, who may be anonymous, and the browser's metadata, whose values are untrusted.
#: May raise PriceUnavailable, or Http404 or ObjectDoesNotExist for an object that does not exist.
Resolver = Callable[[Any, Mapping[str, Any]], Price]


@dataclass(frozen=True, slots=True)
class PaymentType:
    """A registered type. ``limits`` are the minimum and maximum amount that a client may choose,
    in the major unit of the resolved currency; without limits the client can't choose one."""

    name: str
    resolver: Resolver
    limits: tuple[Decimal, Decimal] | None = None


#: Types of payments that Stripe starts by itself; no browser can name one.
RESERVED = frozenset({"invoice"})

_registry: dict[str, PaymentType] = {}


def register_payment_type(
    name: str, *, client_amount: tuple[Decimal, Decimal] | None = None
) -> Callable[[Resolver], Resolver]:
    """Register the decorated resolver for payments of type ``name`` that a browser starts.

    ``client_amount`` lets the customer choose the amount (a tip, a donation) between a minimum
    and a maximum in the major unit. The resolver still decides currency, description and
    metadata, and its amount is the suggestion.

    Raises:
        ValueError: another resolver is registered for the type, or the type is reserved.
    """
    if name in RESERVED:
        msg = f"Payment type {name!r} is reserved for payments that Stripe starts: choose another."
        raise ValueError(msg)

    def register(resolver: Resolver) -> Resolver:
        known = _registry.get(name)
        if known is not None and known.resolver is not resolver:
            msg = f"Payment type {name!r} is already registered, for {known.resolver!r}."
            raise ValueError(msg)
        _registry[name] = PaymentType(name, resolver, client_amount)
        return resolver

    return register


def unregister_payment_type(name: str) -> None:
    """Remove a type; do nothing if it is not registered."""
    _registry.pop(name, None)


def quote(
    user: Any,
    payment_type: str,
    metadata: Mapping[str, Any],
    amount: Decimal | int | str | None = None,
) -> Price:
    """Return the server's price for what a browser wants to buy.

    Raises:
        UnknownPaymentType: no resolver is registered for the type.
        PriceMismatch: the browser sent an amount that is not the server's.
        InvalidAmount: the amount is invalid, or outside the type's limits.
        PriceUnavailable: the resolver refuses, or returns a price that can't be charged.
    """
    known = _registry.get(payment_type)
    if known is None:
        raise UnknownPaymentType(_unknown(payment_type))
    price = _resolve(known, user, metadata)
    if amount is not None and known.limits is not None:
        return _chosen(price, amount, known.limits)
    _require_chargeable(known, price)
    return price if amount is None else _confirmed(price, amount)


def registered() -> list[str]:
    """Return the names of the registered types, sorted."""
    return sorted(_registry)


def _unknown(payment_type: str) -> str:
    return (
        f"No resolver is registered for payment type {payment_type!r}. Import the module that "
        "calls register_payment_type() in ready() of its app's AppConfig. "
        f"Registered types: {', '.join(registered()) or 'none'}."
    )


def _resolve(known: PaymentType, user: Any, metadata: Mapping[str, Any]) -> Price:
    """Call the resolver. A browser may send anything, which must not end in a 500."""
    try:
        return known.resolver(user, metadata)
    except (KeyError, TypeError, ValueError, OverflowError, ValidationError) as error:
        logger.warning("Payment type %s could not be priced: %r", known.name, error)
        raise PriceUnavailable(_("This item can't be purchased.")) from error


def _require_chargeable(known: PaymentType, price: Price) -> None:
    """Refuse a price that can't be charged, and hide the resolver's error from the customer."""
    try:
        price.minor  # noqa: B018
    except InvalidAmount as error:
        logger.error("Payment type %s has a price that can't be charged: %s", known.name, error)
        raise PriceUnavailable(_("This item can't be purchased.")) from error


def _confirmed(price: Price, amount: Decimal | int | str) -> Price:
    if money.to_minor(amount, price.code) != price.minor:
        raise PriceMismatch(_("The price has changed. Reload the page to see the current one."))
    return price


def _chosen(price: Price, amount: Decimal | int | str, limits: tuple[Decimal, Decimal]) -> Price:
    minimum, maximum = (money.to_minor(limit, price.code) for limit in limits)
    if not minimum <= money.to_minor(amount, price.code) <= maximum:
        shown = {
            "minimum": money.display(minimum, price.code),
            "maximum": money.display(maximum, price.code),
        }
        raise InvalidAmount(_("Choose an amount from %(minimum)s to %(maximum)s.") % shown)
    return Price(
        amount=amount,
        currency=price.currency,
        description=price.description,
        metadata=price.metadata,
    )
