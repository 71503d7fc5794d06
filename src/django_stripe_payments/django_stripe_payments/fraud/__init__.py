"""Ask a site's rules before a payment is made: STRIPE_FRAUD_RULES."""

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
