"""The kinds of facts: which signal announces them, and which rows they are about.

An opt-in app, or a site, registers kinds of its own in ``ready()`` of its AppConfig::

    from django_stripe_payments.facts import kinds

    kinds.register("topup_succeeded", signal=signals.topup_succeeded, provides=("topup",),
                   subject=Topup)

A fact whose kind is not registered, because its app was removed or this process is older, stays
as it is: nothing is announced, and nothing waits for it. It is announced once its kind is back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.db.models import signals as model_signals

from .. import models, signals
from ..models import Fact
from ..models.fact import MAX_SUBJECT_TYPE, subject_type
from ..signals.base import FactSignal

#: Characters of a kind, as its column has them.
MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class FactKind:
    """A kind of facts.

    Attributes:
        name: what ``Fact.kind`` holds.
        signal: announces the facts; ``subject`` is the sender.
        subject: the model of the rows that the facts are about.
        provides: the signal's keyword arguments. The first one is the subject, each other one the
            subject's attribute of that name: a row that it refers to, or None.
        of_attempt: whether the fact is of no interest once the payment is final.
    """

    name: str
    signal: FactSignal
    subject: type[Model]
    provides: tuple[str, ...]
    of_attempt: bool = False

    @property
    def related(self) -> tuple[str, ...]:
        """The attributes of the subject that the signal provides beside it."""
        return self.provides[1:]


_kinds: dict[str, FactKind] = {}


def register(
    name: str,
    *,
    signal: FactSignal,
    subject: type[Model],
    provides: Sequence[str],
    of_attempt: bool = False,
) -> FactKind:
    """Register a kind of facts, and return it. Registering the same again changes nothing.

    From then on the facts of a subject are deleted with its row.

    Args:
        name: unique among all kinds, at most 64 characters.
        signal: what announces the facts.
        subject: the model that they are about. A row's ``stripe_id``, if the model has one, leads
            from an event about the object to the facts that are still to be announced.
        provides: the signal's keyword arguments: the subject's, and the names of the subject's
            foreign keys whose rows the signal provides too.
        of_attempt: whether the fact is of no interest once the payment is final.

    Raises:
        ValueError: the name is too long, or stands for something else; or nothing is provided.
    """
    kind = FactKind(name, signal, subject, tuple(provides), of_attempt)
    known = _kinds.get(name, kind)
    if known != kind:
        msg = f"{name!r} is already the name of a kind of facts about {known.subject.__name__}."
        raise ValueError(msg)
    if not 0 < len(name) <= MAX_NAME or not kind.provides:
        msg = f"A kind of facts needs a name of 1 to {MAX_NAME} characters, and an argument."
        raise ValueError(msg)
    if len(subject_type(subject)) > MAX_SUBJECT_TYPE:
        msg = f"The label of {subject!r} has more than {MAX_SUBJECT_TYPE} characters."
        raise ValueError(msg)
    _kinds[name] = kind
    if subject not in KEPT_BY_DATABASE:
        model_signals.post_delete.connect(
            _delete_facts, sender=subject, dispatch_uid="stripe_payments_facts"
        )
    return kind


def unregister(name: str) -> None:
    """Remove a kind, for a test; its facts stay as they are."""
    _kinds.pop(name, None)


def get(name: str) -> FactKind | None:
    """Return the kind of this name, or None if none is registered."""
    return _kinds.get(name)


def registered() -> Mapping[str, FactKind]:
    """Return every registered kind by its name."""
    return _kinds


def subject_of(fact: Fact) -> Model | None:
    """Return the row that a fact is about; None if its kind is not registered or it is gone."""
    if fact.known_subject is not None:
        return fact.known_subject
    kind = get(fact.kind)
    return None if kind is None else read_subject(kind, fact).first()


def read_subject(kind: FactKind, fact: Fact) -> Any:
    """Return the query of the fact's subject, with what the signal provides beside it."""
    rows = kind.subject._base_manager.filter(pk=fact.subject_id)
    # Receivers of a payment's news want its user.
    related = ["payment__user" if name == "payment" else name for name in kind.related]
    return rows.select_related(*related) if related else rows


def _delete_facts(instance: Model, **_named: Any) -> None:
    Fact.objects.about(instance).delete()


#: A payment's facts go by their foreign key. An event's stay, as they say that it was received.
KEPT_BY_DATABASE: frozenset[type[Model]] = frozenset({models.Payment, models.WebhookEvent})

OF_ATTEMPTS = frozenset(
    {
        "payment_authorized",
        "payment_failed",
        "payment_processing",
        "payment_requires_action",
        "payment_authentication_required",
    }
)

#: Model → its kinds, each with what its signal provides beside the subject.
OWN: dict[tuple[type[Model], str], dict[str, tuple[str, ...]]] = {
    (models.Payment, "payment"): {
        **{
            f"payment_{what}": ()
            for what in (
                "succeeded",
                "authorized",
                "failed",
                "canceled",
                "processing",
                "requires_action",
                "authentication_required",
            )
        },
        "early_fraud_warning": (),
    },
    (models.Refund, "refund"): {"payment_refunded": ("payment",), "refund_failed": ("payment",)},
    (models.RefundRequest, "refund_request"): {
        "refund_requested": ("payment",),
        "refund_request_rejected": ("payment",),
    },
    (models.Customer, "customer"): {"customer_created": ()},
    (models.PaymentMethod, "payment_method"): {
        "payment_method_attached": ("customer",),
        "payment_method_detached": ("customer",),
    },
    (models.Dispute, "dispute"): {
        f"dispute_{what}": ("payment",)
        for what in ("opened", "closed", "funds_withdrawn", "funds_reinstated", "evidence_due")
    },
    (models.Payout, "payout"): {"payout_paid": (), "payout_failed": ()},
    (models.WebhookEvent, "event"): {"webhook_received": ()},
}

for (_model, _argument), _of_model in OWN.items():
    for _name, _related in _of_model.items():
        register(
            _name,
            signal=getattr(signals, _name),
            subject=_model,
            provides=(_argument, *_related),
            of_attempt=_name in OF_ATTEMPTS,
        )
