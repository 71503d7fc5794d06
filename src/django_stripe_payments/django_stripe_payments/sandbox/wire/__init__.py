"""Stripe's wire format: forms, parameters, keys, errors."""
