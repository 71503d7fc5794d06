"""Prove that no entry of the audit log was changed, deleted or inserted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...audit import chain as audit_chain
from ...exceptions import AuditChainBroken


class Command(BaseCommand):
    help = (
        "Seal the audit log, verify its chain of hashes, and print the first broken entry (exit "
        "code 1). Store the printed head where the database's owner can't write, and pass it the "
        "next time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            default="",
            help="A head that an earlier run printed: it must be in the chain.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            audit_chain.seal()
        except AuditChainBroken as error:
            self.stderr.write(str(error))
        proof = audit_chain.verify(options["head"])
        if proof.problem:
            msg = f"{proof.problem} The {proof.length} entries before it are intact."
            raise CommandError(msg)
        if not proof.contains_head:
            msg = f"No entry has the hash {options['head']}: the chain was rebuilt since then."
            raise CommandError(msg)
        self.stdout.write(f"{proof.length} entries are intact. Head: {proof.head or '-'}")
