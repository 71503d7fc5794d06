"""Sections that an app adds to the admin page of an object."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from django_stripe_payments.admin import sections
from django_stripe_payments.admin.sections import Section
from django_stripe_payments.models import Customer, Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def topups() -> Iterator[Section]:
    section = sections.register(
        Section(
            name="topups",
            model=Payment,
            title="Top-ups",
            headers=["Amount", "Status"],
            rows=lambda _request, payment: [(payment.amount, "<late>")],
            permission="django_stripe_payments.view_refund",
        )
    )
    yield section
    sections.unregister(section)


def page(client: Client, row: Any) -> str:
    name = f"admin:django_stripe_payments_{row._meta.model_name}_change"
    return client.get(reverse(name, args=[row.pk])).content.decode()


def test_a_section_is_on_the_page_of_its_object(
    topups: Section, admin_client: Client, payment: Payment
) -> None:
    html = page(admin_client, payment)
    assert 'id="section-topups"' in html
    assert f"<td>{payment.amount}</td><td>&lt;late&gt;</td>" in html


def test_it_is_on_no_other_page(topups: Section, admin_client: Client, payment: Payment) -> None:
    customer = Customer.objects.get()
    assert "section-topups" not in page(admin_client, customer)
    other = Section(
        name="spent",
        model=Customer,
        title="Spent",
        rows=lambda _request, each: [(each.pk,)],
        permission=topups.permission,
    )
    sections.register(other)
    try:
        assert 'id="section-spent"' in page(admin_client, customer)
    finally:
        sections.unregister(other)


def test_it_takes_its_permission(
    topups: Section, payment: Payment, django_user_model: Any, client: Client
) -> None:
    from django.contrib.auth.models import Permission

    staff = django_user_model.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_payment"))
    client.force_login(staff)
    assert "section-topups" not in page(client, payment)
    staff.user_permissions.add(Permission.objects.get(codename="view_refund"))
    assert "section-topups" in page(client, payment)


def test_one_without_rows_is_not_shown(admin_client: Client, payment: Payment) -> None:
    empty = Section(
        name="empty", model=Payment, title="Empty", rows=lambda *_: [], permission="x.view_x"
    )
    sections.register(empty)
    try:
        assert "section-empty" not in page(admin_client, payment)
    finally:
        sections.unregister(empty)


def test_one_that_raises_says_so_and_the_page_opens(
    topups: Section, admin_client: Client, payment: Payment, caplog: Any
) -> None:
    def fail(_request: Any, _payment: Payment) -> list[Any]:
        raise RuntimeError("no table")

    broken = Section(name="broken", model=Payment, title="x", rows=fail, permission="x.view_x")
    sections.register(broken)
    try:
        html = page(admin_client, payment)
    finally:
        sections.unregister(broken)
    assert "could not be loaded" in html
    assert "section-topups" in html
    assert "Section broken failed" in caplog.text


def test_a_second_section_of_a_name_is_refused(topups: Section) -> None:
    other = Section(name="topups", model=Customer, title="x", rows=lambda *_: [], permission="x")
    with pytest.raises(ValueError, match="section is registered as 'topups'"):
        sections.register(other)
