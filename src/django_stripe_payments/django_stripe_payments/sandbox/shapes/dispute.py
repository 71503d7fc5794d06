"""The dispute, and the early fraud warning that may come before it."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

#: What the site may say for itself; files are ids of uploads.
EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)

#: Seconds to answer a dispute: seven days and a bit, as card networks grant at least.
TIME_TO_ANSWER = 7 * 24 * 3600 + 12 * 3600

declare(
    Kind(
        "dispute",
        "du",
        expandable={
            "charge": "charge",
            "payment_intent": "payment_intent",
            "evidence.receipt": "file",
            "evidence.customer_communication": "file",
            "evidence.service_documentation": "file",
            "evidence.uncategorized_file": "file",
        },
    )
)


def dispute(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "dispute",
        "amount": 0,
        "balance_transactions": [],
        "charge": None,
        "created": created,
        "currency": "usd",
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + TIME_TO_ANSWER,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": None,
        "payment_method_details": None,
        "reason": "fraudulent",
        "status": "needs_response",
    } | fields


declare(
    Kind(
        "radar.early_fraud_warning",
        "issfr",
        expandable={
            "charge": "charge",
            "payment_intent": "payment_intent",
        },
        path="radar/early_fraud_warnings",
    )
)


def early_fraud_warning(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": None,
        "created": created,
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": None,
    } | fields
