from django_stripe_payments.signals import FactSignal

#: The money is in the Stripe balance. Sent once per top-up. Provides: topup.
topup_succeeded = FactSignal()

#: The bank refused, or took the money back after it had arrived. Provides: topup.
topup_failed = FactSignal()
