"""The audit log: who did it, that nobody changes an entry, and that the chain tells if one did."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from django_stripe_payments import audit
from django_stripe_payments.audit import chain as audit_chain
from django_stripe_payments.exceptions import AuditLogSealed
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import AuditChain, AuditLogEntry, Payment
from django_stripe_payments.webhooks import record_event

pytestmark = pytest.mark.django_db

#: The table without the guard: what a person with access to the database can do.
tampered = models.QuerySet(AuditLogEntry)


def write(count: int, user: Any = None) -> list[AuditLogEntry]:
    with audit.acting(audit.Actor("page", user.pk if user else None, "req-1", "192.0.2.7")):
        return [
            audit.record_about("payment.created", "payment", str(n), amount=n, note="ä ✓")
            for n in range(count)
        ]


def proof(*arguments: str) -> str:
    """Return what the command prints; raises CommandError with what it found."""
    out = io.StringIO()
    call_command("stripe_audit_verify", *arguments, stdout=out)
    return out.getvalue()


def entry(sequence: int) -> AuditLogEntry:
    return AuditLogEntry.objects.get(sequence=sequence)


# Nobody changes an entry


def save_again(entry: AuditLogEntry) -> None:
    entry.action = "payment.forged"
    entry.save()


WRITES: dict[str, Callable[[AuditLogEntry], Any]] = {
    "save": save_again,
    "delete": lambda entry: entry.delete(),
    "update": lambda entry: AuditLogEntry.objects.update(action="x"),
    "filtered update": lambda entry: AuditLogEntry.objects.filter(pk=entry.pk).update(action="x"),
    "delete many": lambda entry: AuditLogEntry.objects.all().delete(),
    "bulk_update": lambda entry: AuditLogEntry.objects.bulk_update([entry], ["action"]),
    "update_or_create": lambda entry: AuditLogEntry.objects.update_or_create(
        pk=entry.pk, defaults={"action": "x"}
    ),
    "upsert": lambda entry: AuditLogEntry.objects.bulk_create(
        [entry], update_conflicts=True, update_fields=["action"], unique_fields=["id"]
    ),
    "upsert by place": lambda entry: AuditLogEntry.objects.bulk_create(
        [AuditLogEntry(pk=entry.pk, action="x")], None, False, True, ["action"], ["id"]
    ),
}


@pytest.mark.parametrize("change", WRITES.values(), ids=WRITES)
def test_the_orm_refuses_to_change_or_delete(change: Callable[[AuditLogEntry], Any]) -> None:
    written = write(1)[0]
    with pytest.raises(AuditLogSealed):
        change(written)
    assert AuditLogEntry.objects.get().action == "payment.created"


@pytest.mark.parametrize("what", ["add", "change", "delete"])
def test_the_admin_offers_no_way_to_write(admin_client: Client, what: str) -> None:
    written = write(1)[0]
    base = "/admin/django_stripe_payments/auditlogentry/"
    url = base + ("add/" if what == "add" else f"{written.pk}/{what}/")
    assert admin_client.post(url, {"action": "x", "post": "yes"}).status_code == 403
    assert AuditLogEntry.objects.get().action == "payment.created"


# The chain


def test_an_entry_is_written_without_touching_the_chain(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    """Payments must not wait for each other because they are logged."""
    with django_assert_num_queries(1):
        write(1)
    assert AuditLogEntry.objects.get().sequence is None


def test_the_sweep_seals_in_order() -> None:
    write(3)
    sweep()
    write(2)
    sweep()
    rows = AuditLogEntry.objects.order_by("pk").values_list("sequence", flat=True)
    assert list(rows) == [1, 2, 3, 4, 5]
    assert AuditChain.objects.get().hash == entry(5).hash


def test_an_untouched_log_is_proven_with_what_is_not_sealed_yet() -> None:
    write(3)
    assert "3 entries are intact" in proof()
    write(1)
    assert "4 entries are intact" in proof()


def test_an_empty_log_is_intact() -> None:
    assert "0 entries are intact" in proof()


def test_chunks_join_to_one_chain(monkeypatch: Any) -> None:
    monkeypatch.setattr(audit_chain, "CHUNK", 2)
    write(5)
    assert "5 entries are intact" in proof()


COLUMNS = {
    "action": "payment.forged",
    "actor_key": "7",
    "source": "admin",
    "object_type": "refund",
    "object_id": "other",
    "request_id": "req-2",
    "address": "198.51.100.1",
    "detail": {"amount": 1_000_000},
    "hash": "0" * 64,
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_entry_is_named(column: str, user: Any) -> None:
    write(4)
    proof()
    tampered.filter(sequence=2).update(**{column: COLUMNS[column]})
    with pytest.raises(CommandError, match=r"Entry 2 \(.*was changed.*1 entries before"):
        proof()


def test_a_moved_time_is_named() -> None:
    write(2)
    proof()
    tampered.filter(sequence=1).update(created_at=models.F("created_at") - timedelta(seconds=1))
    with pytest.raises(CommandError, match=r"Entry 1 .*was changed"):
        proof()


def test_every_column_is_under_the_hash() -> None:
    """Whoever adds a column adds it to the digest, or here with a reason."""
    columns = {field.name for field in AuditLogEntry._meta.concrete_fields}
    # Sequence and hash are the chain; the actor is set to NULL with its account; time is above.
    assert columns - set(COLUMNS) == {"id", "created_at", "actor", "sequence"}


@pytest.mark.parametrize("sequence", [1, 2, 4])
def test_a_deleted_entry_is_named(sequence: int) -> None:
    write(4)
    proof()
    tampered.filter(sequence=sequence)._raw_delete("default")
    with pytest.raises(CommandError, match=f"Entry {sequence} is missing"):
        proof()


def test_entries_deleted_at_the_end_are_missed_when_others_follow() -> None:
    write(3)
    proof()
    tampered.filter(sequence=3)._raw_delete("default")
    write(2)
    with pytest.raises(CommandError, match="Entry 3 is missing"):
        proof()


def test_an_inserted_entry_is_named() -> None:
    write(3)
    proof()
    tampered.filter(sequence__gte=2).order_by("-sequence").update(
        sequence=models.F("sequence") + 100
    )
    tampered.filter(sequence__gt=100).update(sequence=models.F("sequence") - 99)
    forged = write(1)[0]
    tampered.filter(pk=forged.pk).update(sequence=2, hash="1" * 64)
    with pytest.raises(CommandError, match=rf"Entry 2 \(id {forged.pk}, .*was changed, or repl"):
        proof()


def test_an_entry_appended_by_hand_is_named_and_stops_no_sweep() -> None:
    write(2)
    proof()
    forged = write(1)[0]
    last = audit_chain.digest(forged, 3, entry(2).hash)
    tampered.filter(pk=forged.pk).update(sequence=3, hash=last)
    write(1)
    sweep()
    with pytest.raises(CommandError, match=rf"Entry 3 \(id {forged.pk}, .*was inserted"):
        proof()


def test_an_entry_before_the_beginning_is_named() -> None:
    write(1)
    proof()
    forged = write(1)[0]
    tampered.filter(pk=forged.pk).update(sequence=0, hash="1" * 64)
    with pytest.raises(CommandError, match=rf"id {forged.pk}, .*was inserted"):
        proof()


def test_swapped_entries_are_named() -> None:
    write(3)
    proof()
    first, second = entry(1), entry(2)
    tampered.filter(pk=first.pk).update(sequence=None)
    tampered.filter(pk=second.pk).update(sequence=1)
    tampered.filter(pk=first.pk).update(sequence=2)
    with pytest.raises(CommandError, match="Entry 1 "):
        proof()


def test_a_chain_that_was_made_anew_lacks_the_head_that_was_kept_elsewhere() -> None:
    write(3)
    kept = proof().split("Head: ")[1].strip()
    write(1)
    assert "4 entries are intact" in proof("--head", kept)
    tampered.filter(sequence=2).update(action="payment.forged")
    tampered.update(sequence=None, hash="")
    AuditChain.objects.all().delete()
    assert "4 entries are intact" in proof()
    with pytest.raises(CommandError, match="rebuilt"):
        proof("--head", kept)


def test_an_account_can_go_without_breaking_the_chain(user: Any) -> None:
    write(2, user)
    proof()
    key = str(user.pk)
    user.delete()
    assert "2 entries are intact" in proof()
    assert (entry(1).actor, entry(1).actor_key) == (None, key)


def test_an_entry_put_on_somebody_else_is_named(user: Any, other_user: Any) -> None:
    write(1, user)
    proof()
    tampered.update(actor=other_user)
    with pytest.raises(CommandError, match=r"Entry 1 .*was changed"):
        proof()


PLAIN = (
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text('aé✓😀"\\ \n', max_size=9)
)


# The entries of earlier examples stay, and are proven again.
@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=st.dictionaries(st.text("abé", max_size=5), PLAIN | st.lists(PLAIN, max_size=3)))
def test_what_is_sealed_is_proven_whatever_it_says(db: None, detail: dict[str, Any]) -> None:
    audit.record_about("payment.created", "payment", "1", told=detail)
    audit_chain.seal()
    assert audit_chain.verify().problem == ""


@pytest.mark.django_db(transaction=True)
def test_sealers_take_turns_while_others_write() -> None:
    """Eight threads write and seal at the same time: one unbroken chain, nothing left out."""
    barrier = threading.Barrier(8)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            barrier.wait()
            for _ in range(5):
                write(2)
                audit_chain.seal()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert "80 entries are intact" in proof()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
@pytest.mark.mariadb
def test_an_entry_does_not_wait_for_the_sealing() -> None:
    """A sealer holds its lock; a payment that writes its entry commits all the same."""
    write(1)
    audit_chain.seal()
    done = threading.Event()

    def pay() -> None:
        try:
            with transaction.atomic():
                write(1)
            done.set()
        finally:
            connection.close()

    with transaction.atomic():
        AuditChain.objects.update(sequence=models.F("sequence"))
        thread = threading.Thread(target=pay)
        thread.start()
        assert done.wait(20)
    thread.join()


# Who acted


def test_the_customer_is_named_with_request_and_address(
    own_client: Client, user: Any, stripe_sandbox: Any, ticket_type: None
) -> None:
    own_client.post(
        "/payments/create-intent/",
        data={"payment_type": "ticket", "metadata": {"seat": "7"}},
        content_type="application/json",
        headers={"X-Request-Id": "req-9"},
        REMOTE_ADDR="192.0.2.9",
    )
    made = AuditLogEntry.objects.get(action="payment.created")
    assert (made.actor, made.actor_key, made.source) == (user, str(user.pk), "page")
    assert (made.request_id, made.address) == ("req-9", "192.0.2.9")


def test_stripe_is_named_with_its_address(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    deliver(stripe_sandbox.events("payment_intent.succeeded")[0])
    paid = AuditLogEntry.objects.get(action="payment.succeeded")
    assert (paid.actor, paid.source, paid.address) == (None, "webhook", "127.0.0.1")


def test_what_the_sweep_applies_is_still_stripes_word(
    payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    record_event(stripe_sandbox.events("payment_intent.succeeded")[0])
    call_command("stripe_deliver", stdout=io.StringIO())
    assert AuditLogEntry.objects.get(action="payment.succeeded").source == "webhook"


def test_a_command_is_named() -> None:
    with audit.acting(audit.Actor(source="command stripe_deliver")):
        assert audit.record_about("x", "payment").source == "command stripe_deliver"


def test_addresses_are_masked_by_setting(settings: Any) -> None:
    settings.STRIPE_AUDIT_MASK_ADDRESSES = True
    assert write(1)[0].address == "192.0.2.0"


def test_secrets_do_not_reach_the_log() -> None:
    written = audit.record_about(
        "payment.created", "payment", "1", client_secret="x", text="pi_1_secret_2 sk_test_3"
    )
    assert written.detail == {"client_secret": "[redacted]", "text": "[redacted] [redacted]"}


def test_a_request_id_is_one_line_of_text() -> None:
    request = RequestFactory().get("/", headers={"X-Request-Id": "a\x00b\nc" + "d" * 300})
    assert audit.actor_of(request, "page").request_id == "abc" + "d" * 252


def test_the_actor_is_who_it_was_after_the_block() -> None:
    inner = audit.Actor("command x")
    with audit.acting(inner):
        assert audit.current_actor() is inner
    assert audit.current_actor() is audit.CODE
