"""Erase one user's personal data."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from ... import audit
from ...exceptions import StripePaymentsError
from ...maintenance.erasure import erase_customer, erase_user
from ...models import Customer

QUESTION = "Permanently erase the payment data of {user}, here and at Stripe? Type yes: "


class Command(BaseCommand):
    help = (
        "Remove a user's personal data from payments, cards, requests, evidence and stored events, "
        "and delete their customer at Stripe. Amounts and the audit log stay. This can't be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        subject = parser.add_mutually_exclusive_group(required=True)
        subject.add_argument("--user", help="The user's primary key.")
        subject.add_argument(
            "--customer", help="The customer at Stripe (cus_…) of a user whose row is gone."
        )
        parser.add_argument("--no-input", action="store_true", help="Do not ask for confirmation.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["customer"]
        user = None if name else self._user(options["user"])
        if name and not Customer.objects.filter(stripe_id=name).exists():
            raise CommandError(f"There is no customer {name!r}.")
        question = QUESTION.format(user=name or user)
        if not options["no_input"] and input(question).strip() != "yes":
            raise CommandError("Nothing was erased.")
        with audit.acting(audit.Actor(source="command stripe_erase")):
            try:
                erased = erase_customer(name) if name else erase_user(user)
            except StripePaymentsError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(
            f"{erased.payments} payments, {erased.payment_methods} payment methods, "
            f"{erased.events} events and {erased.operations} calls were erased."
        )
        for name, number in erased.others.items():
            self.stdout.write(f"{name}: {number} erased.")

    def _user(self, key: str) -> Any:
        try:
            user = get_user_model()._default_manager.filter(pk=key).first()
        except (ValueError, ValidationError):
            user = None
        if user is None:
            raise CommandError(f"There is no user with the primary key {key!r}.")
        return user
