"""The currencies that Stripe charges in, and the smallest and largest amounts."""

from ..wire.errors import invalid

#: https://docs.stripe.com/currencies#presentment-currencies
CURRENCIES = frozenset(
    """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp
    byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip
    gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd
    kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok
    npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos
    srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf
    yer zar zmw
    """.split()  # noqa: SIM905 - a table of codes is read best as one
)

#: Minimum charge by settlement currency, in minor units; Stripe has none for the others.
MINIMUMS = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}

#: Without decimals in the world but sent with two zeros, for compatibility.
WHOLE_HUNDREDS = frozenset({"isk", "ugx"})

#: Three decimals, of which the last must be zero.
WHOLE_TENS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})

#: Stripe takes amounts of up to twelve digits.
MAXIMUM = 999_999_999_999


def check_currency(currency: str) -> str:
    """Return it in lower case, or raise."""
    lower = currency.lower()
    if lower not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            "currency",
        )
    return lower


def check_amount(amount: int, currency: str, param: str = "amount") -> int:
    """Refuse an amount (minor units) that Stripe would not charge."""
    if amount < 1:
        raise invalid("Invalid positive integer", param, "parameter_invalid_integer")
    step = 100 if currency in WHOLE_HUNDREDS else 10 if currency in WHOLE_TENS else 1
    if amount % step:
        raise invalid(f"Invalid amount: {currency} amounts must be divisible by {step}.", param)
    minimum = MINIMUMS.get(currency, 1)
    if amount < minimum:
        raise invalid(
            f"Amount must be at least {minimum} in the smallest unit of {currency}.",
            param,
            "amount_too_small",
        )
    if amount > MAXIMUM:
        raise invalid(
            f"Amount must be no more than {MAXIMUM} in the smallest unit of {currency}.",
            param,
            "amount_too_large",
        )
    return amount
