"""What belongs to one user: the core's rows, and those of apps that have registered them.

An app that keeps personal data, or rows of a user's payments, says so in the ``ready()`` of its
config, and an erasure includes it::

    from django_stripe_payments.maintenance import belongings

    belongings.register(belongings.Kind(name="topups", erase=empty_topups))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from ..models import Customer, Dispute, Payment, PaymentMethod, Refund, SetupIntent
from ..registry import Registry


@dataclass(frozen=True, slots=True)
class Belongings:
    """Everything that belongs to one user, by our keys and by Stripe's ids.

    ``user`` is None when events are emptied that arrived after the erasure."""

    user: Any
    customer: Customer | None
    payments: list[Payment]

    @property
    def payment_keys(self) -> list[Any]:
        return [payment.pk for payment in self.payments]

    def rows(self, model: type[Any]) -> QuerySet[Any]:
        """Return the rows of a model that belongs to payments."""
        rows: QuerySet[Any] = model._default_manager.filter(payment__in=self.payment_keys)
        return rows

    def of_customer(self, model: type[Any]) -> QuerySet[Any]:
        """Return the rows of a model that belongs to customers."""
        rows: QuerySet[Any] = model._default_manager.filter(customer=self.customer)
        return rows

    def customer_id(self) -> str:
        if self.customer is None:
            return ""
        return self.customer.stripe_id or self.customer.former_stripe_id

    def stripe_ids(self) -> set[str]:
        """Return Stripe's ids of every object that an event or a call may concern."""
        ids = {self.customer_id(), *(payment.stripe_id for payment in self.payments)}
        ids.update(payment.charge_id for payment in self.payments)
        for rows in (self.rows(Refund), self.rows(Dispute)):
            ids.update(rows.values_list("stripe_id", flat=True))
        if self.customer is not None:
            for model in (PaymentMethod, SetupIntent):
                ids.update(self.of_customer(model).values_list("stripe_id", flat=True))
        for kind in registered().values():
            ids.update(kind.stripe_ids(self))
        return {stripe_id for stripe_id in ids if stripe_id}

    def targets(self) -> set[str]:
        """Return the targets that operations of this user may have."""
        keys = {"payment": self.payment_keys}
        for model in (Refund, Dispute):
            keys[str(model._meta.model_name)] = list(self.rows(model).values_list("pk", flat=True))
        if self.customer is not None:
            keys["customer"] = [self.customer.pk]
            for owned in (PaymentMethod, SetupIntent):
                rows = self.of_customer(owned).values_list("pk", flat=True)
                keys[str(owned._meta.model_name)] = list(rows)
        own = {f"{name}:{key}" for name, of_model in keys.items() for key in of_model}
        of_apps = {target for kind in registered().values() for target in kind.targets(self)}
        return own | of_apps | self.stripe_ids()


def _none(_belongings: Belongings) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an app keeps of a user.

    Attributes:
        name: its unique name, which the report of an erasure shows with the number.
        erase: empties or deletes it, and returns the number of rows. It runs in the transaction
            of the erasure: an error undoes all of it, since an erasure that leaves something out
            is none. It may run again for the same user, and calls Stripe for nothing.
        in_progress: names what must be finished first, as the end of a sentence for staff.
        stripe_ids: Stripe's ids of its objects. Stored events about them are emptied too.
        targets: the targets of its calls to Stripe ("topup:17"), whose parameters are emptied.
    """

    name: str
    erase: Callable[[Belongings], int]
    in_progress: Callable[[Belongings], Iterable[str]] = _none
    stripe_ids: Callable[[Belongings], Iterable[str]] = _none
    targets: Callable[[Belongings], Iterable[str]] = _none


_registry: Registry[Kind] = Registry("kind of belongings")

register = _registry.register
unregister = _registry.unregister
registered = _registry.registered
