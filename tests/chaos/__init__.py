"""Chaos: a site and its workers that are killed again and again, beside a Stripe that misbehaves.

``python -m tests.chaos --help``, or ``./dev chaos``.
"""
