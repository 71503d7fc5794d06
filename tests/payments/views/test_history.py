"""The list of payments: whose they are, its pages, filters and files."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models import F
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from django_stripe_payments.database import pages as keyset
from django_stripe_payments.models import Payment, WebhookEvent
from django_stripe_payments.payments import export as payment_export

pytestmark = pytest.mark.django_db

URL = "/payments/history/"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def make(user: Any, count: int = 1, **columns: Any) -> list[Payment]:
    values = {
        "amount": 2500,
        "currency": "usd",
        "payment_type": "ticket",
        **columns,
    }
    created = values.pop("created_at", NOON)
    rows = Payment.objects.bulk_create(Payment(user=user, **values) for _ in range(count))
    Payment.objects.filter(pk__in=[row.pk for row in rows]).update(created_at=created)
    return rows


def get(client: Client, url: str = URL, **query: Any) -> Any:
    return client.get(url, query, headers={"Accept": "application/json"}).json()


def ids(page: Any) -> list[str]:
    return [payment["id"] for payment in page["payments"]]


def walk(client: Client, page: Any, way: str) -> list[list[str]]:
    pages = [ids(page)]
    while page[way]:
        page = get(client, page[way])
        pages.append(ids(page))
    return pages


# Pages


@pytest.mark.parametrize("size", [1, 3, 7])
def test_equal_times_lose_and_repeat_nothing_either_way(
    own_client: Client, user: Any, settings: Any, size: int
) -> None:
    settings.STRIPE_HISTORY_PAGE_SIZE = size
    make(user, 5)
    make(user, 3, created_at=NOON + timedelta(microseconds=1))
    down = walk(own_client, get(own_client), "older_url")
    flat = [one for page in down for one in page]
    assert len(flat) == len(set(flat)) == 8
    assert {len(page) for page in down[:-1]} <= {size}
    last = get(own_client)
    while last["older_url"]:
        last = get(own_client, last["older_url"])
    assert walk(own_client, last, "newer_url")[::-1] == down


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.integers(0, 4), max_size=9), size=st.integers(1, 4))
def test_pages_are_the_list_whatever_the_times(
    own_client: Client, user: Any, settings: Any, times: list[int], size: int
) -> None:
    settings.STRIPE_HISTORY_PAGE_SIZE = size
    Payment.objects.all().delete()
    for time in times:
        make(user, created_at=NOON + timedelta(microseconds=time))
    pages = walk(own_client, get(own_client), "older_url")
    expected = Payment.objects.order_by("-created_at", "-pk").values_list("pk", flat=True)
    assert [one for page in pages for one in page] == list(map(str, expected))


def test_new_payments_do_not_shift_a_page(own_client: Client, user: Any, settings: Any) -> None:
    settings.STRIPE_HISTORY_PAGE_SIZE = 2
    make(user, 4)
    second = get(own_client)["older_url"]
    before = ids(get(own_client, second))
    make(user, 3, created_at=NOON + timedelta(days=1))
    assert ids(get(own_client, second)) == before


@pytest.mark.parametrize("cursor", ["x", "1.2", ".", "9" * 40 + ".", f"{'9' * 25}.{'0' * 32}", "é"])
@pytest.mark.parametrize("way", ["before", "after"])
def test_a_broken_cursor_is_the_first_page(
    own_client: Client, user: Any, cursor: str, way: str
) -> None:
    make(user)
    assert len(ids(get(own_client, **{way: cursor}))) == 1


@pytest.mark.parametrize("count", [0, 1, 60])
@pytest.mark.parametrize("query", [{}, {"status": "succeeded"}, {"format": "json"}])
def test_five_queries_at_any_length(
    own_client: Client,
    user: Any,
    count: int,
    query: dict[str, str],
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    make(user, count, status="succeeded")
    with django_assert_max_num_queries(5):
        assert own_client.get(URL, query).status_code == 200


def test_five_queries_on_every_page(
    own_client: Client,
    user: Any,
    settings: Any,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    settings.STRIPE_HISTORY_PAGE_SIZE = 2
    make(user, 6)
    middle = own_client.get(own_client.get(URL).context["older_url"]).context
    for url in (middle["older_url"], middle["newer_url"]):
        with django_assert_max_num_queries(5):
            assert own_client.get(url).status_code == 200


# Whose, and which


def test_only_own_payments_are_listed(own_client: Client, user: Any, other_user: Any) -> None:
    mine = make(user)[0]
    make(other_user)
    make(None)
    assert ids(get(own_client)) == [str(mine.pk)]
    assert b"".join(own_client.get(URL, {"format": "csv"})).count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "succeeded"}, {"paid"}),
        ({"payment_type": "donation"}, {"gift"}),
        ({"since": "2026-03-11"}, {"gift"}),
        ({"until": "2026-03-10"}, {"open", "paid"}),
        ({"since": "2026-03-10", "until": "2026-03-10", "status": "succeeded"}, {"paid"}),
        ({"since": "2026-03-12"}, set()),
        ({"status": "nonsense"}, {"open", "paid", "gift"}),
        ({"since": "31.31.2026"}, {"open", "paid", "gift"}),
        ({"since": "0001-01-01"}, {"open", "paid", "gift"}),
        ({"until": "9999-12-31"}, {"open", "paid", "gift"}),
        ({"payment_type": "of nobody"}, {"open", "paid", "gift"}),
    ],
)
def test_filters(own_client: Client, user: Any, query: dict[str, str], found: set[str]) -> None:
    make(user, description="open")
    make(user, description="paid", status="succeeded")
    later = NOON + timedelta(days=1)
    make(user, description="gift", payment_type="donation", created_at=later)
    page = get(own_client, **query)
    assert {payment["description"] for payment in page["payments"]} == found


def test_a_day_is_the_readers(own_client: Client, user: Any, settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    late = datetime(2026, 3, 10, 11, 30, tzinfo=UTC)  # half past midnight on the 11th there
    make(user, created_at=late)
    assert len(ids(get(own_client, since="2026-03-11", until="2026-03-11"))) == 1
    assert ids(get(own_client, until="2026-03-10")) == []


def test_a_filter_is_kept_from_page_to_page(own_client: Client, user: Any, settings: Any) -> None:
    settings.STRIPE_HISTORY_PAGE_SIZE = 1
    make(user, 2, status="succeeded")
    make(user, 2)
    page = own_client.get(URL, {"status": "succeeded"})
    assert parse_qs(urlsplit(page.context["older_url"]).query)["status"] == ["succeeded"]
    pages = walk(own_client, get(own_client, status="succeeded"), "older_url")
    assert [len(one) for one in pages] == [1, 1]


def test_a_wrong_date_is_told(own_client: Client, user: Any) -> None:
    make(user)
    assert "Enter a valid date" in own_client.get(URL, {"since": "tomorrow"}).content.decode()


def test_the_page_shows_what_a_person_reads(own_client: Client, user: Any) -> None:
    make(user, description="<b>Cup</b>", status="succeeded")
    text = own_client.get(URL).content.decode()
    assert "&lt;b&gt;Cup&lt;/b&gt;" in text
    assert "$25.00" in text
    assert "succeeded" in text


def test_the_empty_page_says_so(own_client: Client) -> None:
    assert "No payments yet" in own_client.get(URL).content.decode()


# Files


def table(response: Any) -> list[list[str]]:
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_file_has_every_payment_in_exact_sums(own_client: Client, user: Any) -> None:
    make(user, description="Cup", amount=123456, amount_refunded=5, status="succeeded")
    make(user, currency="jpy", amount=500, created_at=NOON - timedelta(days=1))
    response = own_client.get(URL, {"format": "csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.streaming
    _header, first, second = table(response)
    cells = ["2026-03-10 07:00:00-05:00", "Cup", "Ticket", "1234.56", "USD", "0.05", "paid"]
    assert first[:-1] == cells
    assert second[3:5] == ["500", "JPY"]


def test_the_file_is_read_in_pieces(own_client: Client, user: Any, monkeypatch: Any) -> None:
    from django_stripe_payments.views import owned

    monkeypatch.setattr(owned, "CHUNK", 2)
    make(user, 5)
    rows = table(own_client.get(URL, {"format": "csv"}))
    assert len({row[-1] for row in rows[1:]}) == 5


def test_the_file_is_filtered(own_client: Client, user: Any) -> None:
    make(user, status="succeeded")
    make(user)
    rows = table(own_client.get(URL, {"format": "csv", "status": "succeeded"}))
    assert len(rows) == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1"])  # noqa: RUF001
def test_no_cell_is_a_formula(own_client: Client, user: Any, text: str) -> None:
    make(user, description=text, payment_type=text.strip()[:20])
    _header, row = table(own_client.get(URL, {"format": "csv"}))
    assert row[1].startswith("'")
    assert row[2].startswith("'")


@pytest.mark.parametrize("text", [";=1", "x;=1", "x; +1", "x\t@y", 'x";=1', "x\n-1"])
def test_no_cell_holds_a_formula_for_another_separator(
    own_client: Client, user: Any, text: str
) -> None:
    make(user, description=text)
    file = b"".join(own_client.get(URL, {"format": "csv"})).decode("utf-8-sig")
    for separator in ";\t\n":
        for cell in file.replace('"', "").split(separator):
            assert not cell.lstrip(" ").startswith(payment_export.FORMULA), (separator, cell)
    lines = file.split("\r\n")
    assert all(line.startswith('"') for line in lines if line and "\n" not in text)


@given(st.text(max_size=8))
def test_a_defused_cell_never_begins_like_a_formula(text: str) -> None:
    assert not payment_export.escape_formula(text).lstrip(" ").startswith(payment_export.FORMULA)


def test_scripts_get_what_they_asked_for(own_client: Client, user: Any) -> None:
    payment = make(user, description="Cup", amount_refunded=100)[0]
    page = own_client.get(URL, {"format": "json"}).json()
    assert page == {
        "payments": [
            {
                "id": str(payment.pk),
                "description": "Cup",
                "payment_type": "ticket",
                "type_label": "Ticket",
                "amount": "25.00",
                "amount_refunded": "1.00",
                "currency": "usd",
                "status": "requires_payment_method",
                "status_label": "awaiting payment",
                "created_at": "2026-03-10T12:00:00+00:00",
                "succeeded_at": None,
            }
        ],
        "newer_url": None,
        "older_url": None,
    }


@pytest.mark.parametrize(
    ("columns", "status", "words"),
    [
        ({}, "succeeded", "Paid"),
        ({"amount_refunded": 500}, "partly_refunded", "Partly refunded"),
        ({"amount_refunded": 2500}, "refunded", "Refunded"),
        ({"amount_disputed": 2500}, "disputed", "Disputed"),
    ],
)
def test_the_filter_is_by_what_the_list_shows(
    own_client: Client, user: Any, columns: dict[str, Any], status: str, words: str
) -> None:
    make(user, status="succeeded", amount_received=2500, **columns)
    page = own_client.get(URL).content.decode().split("<tbody>")[1]
    assert f"{words}</span>" in page
    every = ["succeeded", "partly_refunded", "refunded", "disputed", "canceled"]
    assert [each for each in every if ids(get(own_client, status=each))] == [status]


def test_pages_of_rows_with_numbers_as_keys(user: Any) -> None:
    for number in range(5):
        WebhookEvent.objects.create(
            stripe_id=f"evt_{number}", type="x", payload={}, created=NOON, received_at=NOON
        )
    rows: Any = WebhookEvent.objects.annotate(created_at=F("created"))
    first = keyset.page(rows, 2)
    second = keyset.page(rows, 2, before=first.older)
    assert [row.stripe_id for row in [*first.rows, *second.rows]] == [
        *("evt_4", "evt_3", "evt_2", "evt_1")
    ]
    assert keyset.page(rows, 2, after=second.newer).rows == first.rows
