"""Stripe customers, their saved payment methods, and set-ups."""
