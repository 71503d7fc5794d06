"""manage.py revenue: what came in, by kind of payment. Read from the replica."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Sum

from config.reporting import reporting
from django_stripe_payments import clock, money
from django_stripe_payments.models import Payment


class Command(BaseCommand):
    help = "Print what was received and refunded, by kind and currency."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30)

    def handle(self, *args: Any, **options: Any) -> None:
        since = clock.now() - timedelta(days=options["days"])
        with reporting():
            rows = list(
                Payment.objects.filter(status=Payment.Status.SUCCEEDED, succeeded_at__gte=since)
                .order_by()
                .values("payment_type", "currency")
                .annotate(
                    count=Count("pk"), received=Sum("amount_received"), back=Sum("amount_refunded")
                )
                .order_by("payment_type", "currency")
            )
        self.stdout.write(f"{'':24}{'payments':>10}{'received':>16}{'refunded':>16}")
        for row in rows:
            received, back = (
                money.display(row[name], row["currency"]) for name in ("received", "back")
            )
            self.stdout.write(f"{row['payment_type']:24}{row['count']:>10}{received:>16}{back:>16}")
