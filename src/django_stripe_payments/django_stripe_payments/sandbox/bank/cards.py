"""Stripe's documented test cards and their ``pm_card_…`` tokens, as a table.

https://docs.stripe.com/testing. The one number that is ours is marked.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """Why a bank says no: error code, decline code, and the message for the customer."""

    code: str
    decline_code: str
    message: str
    #: Type of the error object; what is not about a card is an invalid request.
    type: str = "card_error"
    #: Stripe's own Radar said no, and the bank was never asked.
    blocked: bool = False


DECLINED = "Your card was declined."
GENERIC = Decline(code="card_declined", decline_code="generic_decline", message=DECLINED)
INSUFFICIENT_FUNDS = Decline(
    code="card_declined",
    decline_code="insufficient_funds",
    message="Your card has insufficient funds.",
)
LOST = Decline(code="card_declined", decline_code="lost_card", message=DECLINED)
STOLEN = Decline(code="card_declined", decline_code="stolen_card", message=DECLINED)
FRAUDULENT = Decline(
    code="card_declined", decline_code="fraudulent", message=DECLINED, blocked=True
)
VELOCITY = Decline(
    code="card_declined",
    decline_code="card_velocity_exceeded",
    message="Your card was declined for making repeated attempts too frequently or exceeding "
    "its amount limit.",
)
EXPIRED = Decline(
    code="expired_card", decline_code="expired_card", message="Your card has expired."
)
INCORRECT_CVC = Decline(
    code="incorrect_cvc",
    decline_code="incorrect_cvc",
    message="Your card's security code is incorrect.",
)
PROCESSING_ERROR = Decline(
    code="processing_error",
    decline_code="processing_error",
    message="An error occurred while processing your card. Try again in a little bit.",
)
AUTHENTICATION_REQUIRED = Decline(
    code="authentication_required",
    decline_code="authentication_required",
    message="Your card was declined. This transaction requires authentication.",
)
NOT_A_TEST_CARD = Decline(
    code="card_declined",
    decline_code="test_mode_live_card",
    message="Your card was declined. Your request was in test mode, but used a non test card.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One test card and what its bank does.

    ``authentication`` is when 3-D Secure is asked for: ``never``, ``on_request`` (by
    ``request_three_d_secure``), ``always``, ``until_saved`` (not off-session once it was set
    up), ``saved`` (never off-session).
    """

    number: str
    tokens: tuple[str, ...] = ()
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    #: Saving the card goes well although charging it does not.
    saves: bool = False
    authentication: str = "never"
    #: The payment stays ``processing`` until it is settled.
    slow: bool = False
    #: Reason of the dispute that follows a payment.
    dispute: str | None = None
    inquiry: bool = False
    fraud_warning: bool = False
    #: How a refund ends: "succeeded" at once, "pending" first, "failed" later.
    refund: str = "succeeded"

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = (
    Card(number="4242424242424242", tokens=("visa",)),
    Card(number="4000056655665556", tokens=("visa_debit",), funding="debit"),
    Card(number="5555555555554444", tokens=("mastercard",), brand="mastercard"),
    Card(number="2223003122003222", brand="mastercard"),
    Card(
        number="5200828282828210",
        tokens=("mastercard_debit",),
        brand="mastercard",
        funding="debit",
    ),
    Card(
        number="5105105105105100",
        tokens=("mastercard_prepaid",),
        brand="mastercard",
        funding="prepaid",
    ),
    Card(number="378282246310005", tokens=("amex",), brand="amex"),
    Card(number="6011111111111117", tokens=("discover",), brand="discover"),
    Card(number="3056930009020004", tokens=("diners",), brand="diners"),
    Card(number="3566002020360505", tokens=("jcb",), brand="jcb"),
    Card(number="6200000000000005", tokens=("unionpay",), brand="unionpay"),
    Card(number="4000002760000016", tokens=("nl",), country="NL"),
    Card(number="4000002760000008", country="DE", tokens=("de",)),
    # Declined
    Card(
        number="4000000000000002",
        tokens=("chargeDeclined", "visa_chargeDeclined"),
        decline=GENERIC,
    ),
    Card(
        number="4000000000009995",
        tokens=("chargeDeclinedInsufficientFunds", "visa_chargeDeclinedInsufficientFunds"),
        decline=INSUFFICIENT_FUNDS,
    ),
    Card(
        number="4000000000009987",
        tokens=("chargeDeclinedLostCard", "visa_chargeDeclinedLostCard"),
        decline=LOST,
    ),
    Card(
        number="4000000000009979",
        tokens=("chargeDeclinedStolenCard", "visa_chargeDeclinedStolenCard"),
        decline=STOLEN,
    ),
    Card(
        number="4000000000000069",
        tokens=("chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard"),
        decline=EXPIRED,
    ),
    Card(
        number="4000000000000127",
        tokens=("chargeDeclinedIncorrectCvc", "visa_chargeDeclinedIncorrectCvc"),
        decline=INCORRECT_CVC,
    ),
    Card(
        number="4000000000000119",
        tokens=("chargeDeclinedProcessingError", "visa_chargeDeclinedProcessingError"),
        decline=PROCESSING_ERROR,
    ),
    Card(
        number="4000000000006975",
        tokens=("chargeDeclinedVelocityLimitExceeded",),
        decline=VELOCITY,
    ),
    Card(number="4100000000000019", tokens=("radarBlock",), decline=FRAUDULENT),
    Card(number="4000000000000341", tokens=("chargeCustomerFail",), decline=GENERIC, saves=True),
    # 3-D Secure
    Card(
        number="4000002500003155",
        tokens=("authenticationRequiredOnSetup",),
        authentication="until_saved",
    ),
    Card(number="4000002760003184", tokens=("authenticationRequired",), authentication="always"),
    Card(
        number="4000003800000446",
        tokens=("authenticationRequiredSetupForOffSession",),
        authentication="saved",
    ),
    Card(
        number="4000008260003178",
        tokens=("authenticationRequiredChargeDeclinedInsufficientFunds",),
        authentication="always",
        decline=INSUFFICIENT_FUNDS,
        saves=True,
    ),
    Card(number="4000000000003220", tokens=("threeDSecure2Required",), authentication="always"),
    Card(
        number="4000008400001629",
        tokens=("threeDSecureRequiredChargeDeclined",),
        authentication="always",
        decline=GENERIC,
    ),
    Card(number="4000000000003055", tokens=("threeDSecureOptional",), authentication="on_request"),
    # Afterwards: disputes, fraud warnings, refunds
    Card(number="4000000000000259", tokens=("createDispute",), dispute="fraudulent"),
    Card(
        number="4000000000002685",
        tokens=("createDisputeProductNotReceived",),
        dispute="product_not_received",
    ),
    Card(
        number="4000000000001976",
        tokens=("createDisputeInquiry",),
        dispute="fraudulent",
        inquiry=True,
    ),
    Card(number="4000000000005423", tokens=("createIssuerFraudRecord",), fraud_warning=True),
    Card(number="4000000000007726", tokens=("pendingRefund",), refund="pending"),
    Card(number="4000000000005126", tokens=("refundFail",), refund="failed"),
    Card(number="4000000000000077", tokens=("bypassPending",)),
    # Ours: Stripe has no card that stays in processing, only bank debits do.
    Card(number="4000000000005605", tokens=("processing",), slow=True),
)

BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {token: card for card in CARDS for token in card.tokens}


def by_token(token: str) -> Card | None:
    """Return the card of ``pm_card_visa`` or ``tok_visa``."""
    for prefix in ("pm_card_", "tok_"):
        if token.startswith(prefix):
            return BY_TOKEN.get(token.removeprefix(prefix))
    return None


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[0::2]) + doubled) % 10 == 0


def card_form(number: str) -> dict[str, str]:
    """What a card form sends for ``number``."""
    field = "payment_method_data"
    return {
        f"{field}[type]": "card",
        f"{field}[card][number]": number,
        f"{field}[card][exp_month]": "12",
        f"{field}[card][exp_year]": "34",
        f"{field}[card][cvc]": "1234" if number.startswith("3") else "123",
    }
