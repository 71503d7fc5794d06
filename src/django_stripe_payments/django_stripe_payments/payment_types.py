"""What a browser may buy: it names a payment type and an object; the server sets the price."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from . import line_items, money
from .conf import settings
from .exceptions import (
    InvalidAmount,
    InvalidMetadata,
    PriceMismatch,
    PriceUnavailable,
    UnknownPaymentType,
)
from .line_items import Line
from .logs.outside import printable

logger = logging.getLogger(__name__)

#: What the buyer can be asked for at the checkout.
COLLECTED = frozenset({"name", "address", "tax_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A resolver's answer: the amount in the major unit, and what the payment is for.

    ``lines`` say what the amount consists of, and must add up to it; ``tax`` is the part of it
    that is tax, and is worked out if the lines have taxes. Both are frozen on the payment, and
    are not sent to Stripe.
    """

    amount: Decimal | int | str
    currency: str = ""
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[Line] = ()
    tax: Decimal | int | str | None = None

    @property
    def code(self) -> str:
        """The lower-case currency; STRIPE_DEFAULT_CURRENCY if none is set."""
        return money.normalize_currency(self.currency or settings.STRIPE_DEFAULT_CURRENCY)

    @property
    def minor(self) -> int:
        """The amount in Stripe's minor unit. Raises InvalidAmount."""
        return money.to_minor(self.amount, self.code)

    def frozen_lines(self) -> list[dict[str, Any]]:
        """Return the lines as a payment stores them: see ``line_items.freeze``."""
        return line_items.freeze(self.lines, self.minor, self.code)

    def tax_minor(self) -> int | None:
        """Return the tax in Stripe's minor unit; None if there is none. Raises InvalidAmount."""
        return line_items.tax_of(self.tax, self.frozen_lines(), self.minor, self.code)


#: Takes the user, who may be anonymous, and the browser's metadata, whose values are untrusted.
#: May raise PriceUnavailable, or Http404 or ObjectDoesNotExist for an object that does not exist.
Resolver = Callable[[Any, Mapping[str, Any]], Price]


@dataclass(frozen=True, slots=True)
class PaymentType:
    """A registered type. ``limits`` are the minimum and maximum amount that a client may choose,
    in the major unit of the resolved currency; without limits the client can't choose one.
    ``collect`` names what the buyer is asked for at the checkout."""

    name: str
    resolver: Resolver
    limits: tuple[Decimal, Decimal] | None = None
    label: str | Promise = ""
    collect: frozenset[str] = frozenset()


#: Types of payments that Stripe starts by itself; no browser can name one.
RESERVED = frozenset({"invoice"})

_registry: dict[str, PaymentType] = {}


def register_payment_type(
    name: str,
    *,
    client_amount: tuple[Decimal, Decimal] | None = None,
    label: str | Promise = "",
    collect: Collection[str] = (),
) -> Callable[[Resolver], Resolver]:
    """Register the decorated resolver for payments of type ``name`` that a browser starts.

    ``client_amount`` lets the customer choose the amount (a tip, a donation) between a minimum
    and a maximum in the major unit. The resolver still decides currency, description and
    metadata, and its amount is the suggestion. If they choose another one, lines and tax of the
    price do not apply.

    ``label`` is the translatable name that people see instead of ``name``. ``collect`` is what
    the buyer is asked for at the checkout: "name", "address" and "tax_id". It is kept on the
    payment as ``buyer``.

    Raises:
        ValueError: another resolver is registered for the type, the type is reserved, or
            ``collect`` names another thing.
    """
    if unknown := set(collect) - COLLECTED:
        msg = f"collect can be {', '.join(sorted(COLLECTED))}, not {', '.join(sorted(unknown))}."
        raise ValueError(msg)
    if name in RESERVED:
        msg = f"Payment type {name!r} is reserved for payments that Stripe starts: choose another."
        raise ValueError(msg)

    def register(resolver: Resolver) -> Resolver:
        known = _registry.get(name)
        if known is not None and known.resolver is not resolver:
            msg = f"Payment type {name!r} is already registered, for {known.resolver!r}."
            raise ValueError(msg)
        _registry[name] = PaymentType(name, resolver, client_amount, label, frozenset(collect))
        return resolver

    return register


def unregister_payment_type(name: str) -> None:
    """Remove a type; do nothing if it is not registered."""
    _registry.pop(name, None)


def label_of(name: str) -> str:
    """Return a type's label in the active language; its name as words if it has none."""
    known = _registry.get(name)
    return str(known.label if known else "") or name.replace("_", " ").capitalize()


def collected(name: str) -> frozenset[str]:
    """Return what the buyer is asked for, of "name", "address" and "tax_id"."""
    known = _registry.get(name)
    return known.collect if known else frozenset()


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
        InvalidMetadata: a value of ``metadata`` is neither text nor a number, or holds a NUL.
        PriceUnavailable: the resolver refuses, or returns a price that can't be charged.
    """
    known = get(payment_type)
    price = _resolve(known, user, metadata)
    if amount is not None and known.limits is not None:
        return _chosen(price, amount, known.limits)
    _require_chargeable(known, price)
    return price if amount is None else _confirmed(price, amount)


def registered() -> list[str]:
    """Return the names of the registered types, sorted."""
    return sorted(_registry)


def get(name: str) -> PaymentType:
    """Return a registered type. Raises UnknownPaymentType."""
    known = _registry.get(name)
    if known is None:
        raise UnknownPaymentType(_unknown(name))
    return known


def _unknown(payment_type: str) -> str:
    return (
        f"No resolver is registered for payment type {payment_type!r}. Import the module that "
        "calls register_payment_type() in ready() of its app's AppConfig. "
        f"Registered types: {', '.join(registered()) or 'none'}."
    )


def _resolve(known: PaymentType, user: Any, metadata: Mapping[str, Any]) -> Price:
    """Call the resolver. A browser may send anything, which must not end in a 500."""
    texts = {key: _text(key, value) for key, value in metadata.items()}
    try:
        return known.resolver(user, texts)
    except (KeyError, TypeError, ValueError, OverflowError, ValidationError) as error:
        logger.warning("Payment type %s could not be priced: %r", known.name, error)
        raise PriceUnavailable(_("This item can't be purchased.")) from error


def _text(key: str, value: Any) -> str:
    """Return the text of what a browser sent. Scripts send numbers; nothing else is a text."""
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    text = str(value) if is_number else value
    if not isinstance(text, str) or "\0" in f"{key}{text}":
        raise InvalidMetadata(_("“%(key)s” must be text.") % {"key": printable(str(key))})
    return text


def _require_chargeable(known: PaymentType, price: Price) -> None:
    """Refuse a price that can't be charged, and hide the resolver's error from the customer."""
    try:
        price.tax_minor()
    except InvalidAmount as error:
        logger.error("Payment type %s has a price that can't be charged: %s", known.name, error)
        raise PriceUnavailable(_("This item can't be purchased.")) from error


def _confirmed(price: Price, amount: Decimal | int | str) -> Price:
    if money.to_minor(amount, price.code) != price.minor:
        raise PriceMismatch(_("The price has changed. Reload the page to see the current one."))
    return price


def _chosen(price: Price, amount: Decimal | int | str, limits: tuple[Decimal, Decimal]) -> Price:
    if money.to_minor(amount, price.code) == price.minor:
        return price
    minimum, maximum = (money.to_minor(limit, price.code) for limit in limits)
    if not minimum <= money.to_minor(amount, price.code) <= maximum:
        shown = {
            "minimum": money.display(minimum, price.code),
            "maximum": money.display(maximum, price.code),
        }
        raise InvalidAmount(_("Choose an amount from %(minimum)s to %(maximum)s.") % shown)
    return replace(price, amount=amount, lines=(), tax=None)
