"""Nothing that opens something is stored."""

import pytest

from django_stripe_payments.logs.redaction import REDACTED, redact, redact_text


@pytest.mark.parametrize(
    "secret",
    [
        "sk_live_51Habc",
        "rk_test_51Habc",
        "whsec_abc123",
        "pi_3abc_secret_def456",
        "seti_1abc_secret_xyz",
        "cuss_secret_QXhWeUEt",
        "ek_test_YWNjdF8x",
        "ek_live_YWNjdF8x",
        "4242 4242 4242 4242",
        "4000002760003184",
    ],
)
def test_a_secret_in_a_text_is_blotted(secret: str) -> None:
    assert redact_text(f"before {secret} after") == f"before {REDACTED} after"


def test_a_client_secret_is_blotted_at_any_depth() -> None:
    stored = redact({"data": {"object": [{"id": "pi_1", "client_secret": "pi_1_secret_2"}]}})
    assert stored == {"data": {"object": [{"id": "pi_1", "client_secret": REDACTED}]}}


def test_the_original_is_left_as_it_was() -> None:
    original = {"client_secret": "pi_1_secret_2"}
    redact(original)
    assert original == {"client_secret": "pi_1_secret_2"}


def test_ids_and_amounts_stay() -> None:
    plain = {"id": "pi_3abc", "amount": 2500, "card": {"number": None}}
    assert redact(plain) == plain


@pytest.mark.parametrize(
    "harmless", ["12345678-1234-4123-8123-123456789012", "1764000000001", "order 4242424242424241"]
)
def test_numbers_that_are_no_cards_stay(harmless: str) -> None:
    assert redact_text(harmless) == harmless


def test_a_nul_is_dropped_because_no_database_takes_it() -> None:
    assert redact(["a\0b"]) == ["ab"]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("sk_live_51Habc", REDACTED),
        ("rk_test_51Habc", REDACTED),
        ("whsec_abc", REDACTED),
        ("pi_1_secret_2", REDACTED),
        ("x\0y", "xy"),
        ("x\ud800y", "x?y"),
        ("end \udfff", "end ?"),
    ],
)
def test_a_single_text_of_many_is_cleaned_at_any_depth(text: str, clean: str) -> None:
    # A newline before it, which JSON writes as a letter.
    event = {"id": "evt_1", "data": {"list": [("plain", {"note": f"\n{text}"})]}}
    assert redact(event)["data"]["list"] == [["plain", {"note": f"\n{clean}"}]]


def test_a_key_is_stored_without_a_nul() -> None:
    assert redact({"metadata": {"a\0b": "c"}}) == {"metadata": {"ab": "c"}}
