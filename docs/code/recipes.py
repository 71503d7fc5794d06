"""The recipes of the testing guide. tests/docs/test_recipes.py runs them on the example site."""

# ruff: noqa: S101, ARG001 (they are tests, and receivers take what they do not use)

import pytest
from django.core.management import call_command

from django_stripe_payments import reconcile
from django_stripe_payments.exceptions import OutcomeUnknown
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import payment_succeeded


def test_a_second_card_pays_after_a_decline(stripe_sandbox, client, intent, tournament):
    stripe_sandbox.confirm(intent.id, "4000 0000 0000 9995")  # insufficient funds
    stripe_sandbox.deliver(client)
    assert tournament.participants.count() == 0
    stripe_sandbox.confirm(intent.id, "4242 4242 4242 4242")
    stripe_sandbox.deliver(client)
    assert tournament.participants.count() == 1


def test_the_bank_asks_for_3d_secure(stripe_sandbox, client, intent, payment):
    stripe_sandbox.confirm(intent.id, "4000 0027 6000 3184")
    stripe_sandbox.deliver(client)
    payment.refresh_from_db()
    assert payment.status == "requires_action"
    stripe_sandbox.authenticate(intent.id, succeed=True)
    stripe_sandbox.deliver(client)
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_the_customer_fails_3d_secure(stripe_sandbox, client, intent, payment, tournament):
    stripe_sandbox.confirm(intent.id, "4000 0027 6000 3184")
    stripe_sandbox.authenticate(intent.id, succeed=False)
    stripe_sandbox.deliver(client)
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"  # another card may pay it
    assert payment.failure_display
    assert tournament.participants.count() == 0


def test_a_slow_payment_registers_when_it_ends(stripe_sandbox, client, intent, tournament):
    stripe_sandbox.confirm(intent.id, "4000 0000 0000 5605")  # stays in processing
    stripe_sandbox.deliver(client)
    assert tournament.participants.count() == 0
    stripe_sandbox.settle(intent.id, succeed=True)
    stripe_sandbox.deliver(client)
    assert tournament.participants.count() == 1


def test_any_order_of_events_registers_once(stripe_sandbox, client, intent, tournament):
    stripe_sandbox.confirm(intent.id)
    stripe_sandbox.deliver(client, duplicates=0.5, shuffle=True, drop=0.3, seed=7)
    reconcile.run()  # finds what was dropped
    assert tournament.participants.count() == 1


def test_a_failed_receiver_is_retried_alone(stripe_sandbox, client, intent, tournament):
    calls = []

    def fails_once(sender, **kwargs):
        calls.append(sender)
        if len(calls) == 1:
            raise RuntimeError("the first call fails")

    payment_succeeded.connect(fails_once, dispatch_uid="fails_once")
    stripe_sandbox.confirm(intent.id)
    answers = stripe_sandbox.deliver(client)
    assert 500 in [answer.status_code for answer in answers]
    assert tournament.participants.count() == 1  # another receiver, which did not fail
    call_command("stripe_deliver", "--all")
    payment_succeeded.disconnect(dispatch_uid="fails_once")
    assert len(calls) == 2
    assert tournament.participants.count() == 1


def test_a_refund_whose_answer_is_lost_is_made_once(stripe_sandbox, client, intent, payment):
    stripe_sandbox.confirm(intent.id)
    stripe_sandbox.deliver(client)
    payment.refresh_from_db()
    stripe_sandbox.faults.add("cut", path="/v1/refunds", times=3)  # each try of the SDK
    with pytest.raises(OutcomeUnknown):
        StripeService.refund_payment(payment)
    StripeService.refund_payment(payment)
    assert payment.refunds.count() == 1
    assert len(stripe_sandbox.events("refund.created")) == 1
