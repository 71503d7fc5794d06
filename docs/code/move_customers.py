"""manage.py move_customers djstripe|pinax: take the customers of another app over, by its table.

Only which user is which customer moves; cards are fetched from Stripe afterwards. It can be run
again: a user who is a customer already is left alone.
"""

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from django_stripe_payments.models import Customer

QUERIES = {
    "djstripe": (
        "SELECT subscriber_id, id FROM djstripe_customer"
        " WHERE subscriber_id IS NOT NULL AND date_purged IS NULL AND livemode = %s"
    ),
    # It does not note the mode: run this with the keys that the table was filled with.
    "pinax": (
        "SELECT user_id, stripe_id FROM pinax_stripe_customer"
        " WHERE user_id IS NOT NULL AND date_purged IS NULL"
    ),
}


class Command(BaseCommand):
    help = "Take over which user is which Stripe customer."

    def add_arguments(self, parser):
        parser.add_argument("source", choices=QUERIES)

    def handle(self, *, source, **options):
        live = settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
        with connection.cursor() as cursor:
            cursor.execute(QUERIES[source], [live] if source == "djstripe" else [])
            rows = cursor.fetchall()
        moved = 0
        for user_id, stripe_id in rows:
            _, created = Customer.objects.get_or_create(
                user_id=user_id, defaults={"stripe_id": stripe_id, "livemode": live}
            )
            moved += created
        self.stdout.write(f"{moved} of {len(rows)} customers moved")
