"""Erase one user's personal data."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from ... import audit
from ...exceptions import StripePaymentsError
from ...maintenance.erasure import erase_user

QUESTION = "Permanently erase the payment data of {user}, here and at Stripe? Type yes: "


class Command(BaseCommand):
    help = (
        "Remove a user's personal data from payments, cards, requests, evidence and stored events, "
        "and delete their customer at Stripe. Amounts and the audit log stay. This can't be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="The user's primary key.")
        parser.add_argument("--no-input", action="store_true", help="Do not ask for confirmation.")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()._default_manager
        try:
            user = users.filter(pk=options["user"]).first()
        except (ValueError, ValidationError):
            user = None
        if user is None:
            raise CommandError(f"There is no user with the primary key {options['user']!r}.")
        if not options["no_input"] and input(QUESTION.format(user=user)).strip() != "yes":
            raise CommandError("Nothing was erased.")
        with audit.acting(audit.Actor(source="command stripe_erase")):
            try:
                erased = erase_user(user)
            except StripePaymentsError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(
            f"{erased.payments} payments, {erased.payment_methods} payment methods, "
            f"{erased.events} events and {erased.operations} calls were erased."
        )
        for name, number in erased.others.items():
            self.stdout.write(f"{name}: {number} erased.")
