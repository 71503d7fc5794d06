"""Apply a site's fraud rules, STRIPE_FRAUD_RULES, before a payment is created."""

from .assess import assess, reassess
from .verdicts import (
    Decision,
    PaymentContext,
    Rule,
    Verdict,
    allow,
    deny,
    require_three_d_secure,
    review,
)

__all__ = [
    "Decision",
    "PaymentContext",
    "Rule",
    "Verdict",
    "allow",
    "assess",
    "deny",
    "reassess",
    "require_three_d_secure",
    "review",
]
