from datetime import timedelta

from django.apps import AppConfig

#: A call of this site has its answer, or lost it, within two tries of five seconds.
LEFT_BEHIND = timedelta(seconds=12)


class ChaosConfig(AppConfig):
    name = "tests.chaos"
    label = "chaos"

    def ready(self) -> None:
        from django_stripe_payments.stripe_api import attempts
        from django_stripe_payments.webhooks import lease
        from tests.chaos import receivers, tickets

        # With the two minutes of a real Stripe a run would mostly wait.
        attempts.left_behind = lambda: LEFT_BEHIND
        lease.LEASE = timedelta(seconds=5)
        receivers.connect()
        tickets.sell()
