"""Money is exact, in every currency that Stripe lists."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_stripe_payments import money
from django_stripe_payments.exceptions import InvalidAmount

#: https://docs.stripe.com/currencies, presentment currencies.
CURRENCIES = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp
    byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip
    gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt
    lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr
    nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd
    std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar
    zmw
""".split()  # noqa: SIM905


@given(st.sampled_from(CURRENCIES), st.integers(1, money.MAX_MINOR))
def test_what_stripe_says_comes_back_as_stripe_said_it(currency: str, minor: int) -> None:
    minor = max(money.step(currency), minor - minor % money.step(currency))
    assert money.to_minor(money.to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("25.00", "usd", 2500),
        (25, "USD", 2500),
        (Decimal("5"), "ugx", 500),
        ("5", "isk", 500),
        ("500", "jpy", 500),
        ("5.120", "kwd", 5120),
        ("5.12", "bhd", 5120),
        ("9999999999.99", "eur", 999_999_999_999),
    ],
)
def test_major_units_become_stripes_minor_units(amount: object, currency: str, minor: int) -> None:
    assert money.to_minor(amount, currency) == minor  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (25.0, "usd"),
        (True, "usd"),
        ("25.001", "usd"),
        ("0.5", "jpy"),
        ("5.5", "isk"),
        ("5.124", "kwd"),
        ("0", "usd"),
        ("-1", "usd"),
        ("10000000000.00", "usd"),
        ("25.0000000000000000000000000000000001", "usd"),
        ("12345678.99999999999999999999999999999999", "usd"),
        ("NaN", "usd"),
        ("Infinity", "usd"),
        ("1E+999999999", "usd"),
        ("twenty", "usd"),
        (None, "usd"),
        ("25.00", "dollars"),
        ("25.00", ""),
    ],
)
def test_what_is_not_exactly_money_is_refused(amount: object, currency: str) -> None:
    with pytest.raises(InvalidAmount):
        money.to_minor(amount, currency)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (123456, "usd", "$1,234.56"),
        (500, "jpy", "¥500"),
        (500, "isk", "5 ISK"),
        (5120, "kwd", "5.120 KWD"),
    ],
)
def test_amounts_are_shown_with_their_own_digits(minor: int, currency: str, shown: str) -> None:
    assert money.display(minor, currency) == shown
