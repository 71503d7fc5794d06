"""A site of which one receiver kills the process, as the out-of-memory killer does."""

from typing import Any

from django.core.management import call_command

from .processes import die


def hear(payment: Any, **named: Any) -> None:
    """Leave a row, which commits with the turn."""
    from django.contrib.admin.models import ADDITION, LogEntry

    LogEntry.objects.create(user=payment.user, action_flag=ADDITION, object_repr=str(payment.pk))


def kill_at(poison: str, **named: Any) -> None:
    if str(named["payment"].pk) == poison:
        die()
    hear(**named)


def sweep(poison: str, *options: str) -> None:
    """Run stripe_deliver once, with a receiver that dies at one payment, and one behind it."""
    from django_stripe_payments.signals import payment_succeeded

    def kill(payment: Any, **named: Any) -> None:
        kill_at(poison, payment=payment)

    payment_succeeded.connect(kill, dispatch_uid="kill", weak=False)
    payment_succeeded.connect(hear, dispatch_uid="hear", weak=False)
    call_command("stripe_deliver", *options)


def compare(poison: str) -> None:
    """Reconcile the payments, and die while one of them is repaired."""
    from django_stripe_payments import reconcile
    from django_stripe_payments.payments import apply as payment_apply

    apply_intent = payment_apply.apply

    def apply(payment: Any, **named: Any) -> Any:
        if str(payment.pk) == poison:
            die()
        return apply_intent(payment, **named)

    payment_apply.apply = apply
    reconcile.run(steps=["payments"])


def refund(poison: str, *options: str) -> None:
    """Run stripe_deliver once, and die in the call of one refund."""
    from dataclasses import replace

    from django_stripe_payments.refunds import execute

    make_call = execute.CREATE.call

    def call(refund: Any, params: Any, options: Any) -> Any:
        if str(refund.pk) == poison:
            die()
        return make_call(refund, params, options)

    execute.CREATE = replace(execute.CREATE, call=call)
    call_command("stripe_deliver", *options)


def remind(poison: str, *options: str) -> None:
    """Run stripe_deliver once, with a receiver of deadlines that dies at one payment."""
    from django_stripe_payments.signals import dispute_evidence_due

    def kill(payment: Any, **named: Any) -> None:
        kill_at(poison, payment=payment)

    dispute_evidence_due.connect(kill, dispatch_uid="kill", weak=False)
    call_command("stripe_deliver", *options)
