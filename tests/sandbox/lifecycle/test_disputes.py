"""Disputes: who has the money at each moment, and what the site may say."""

import io

import pytest
import stripe


@pytest.fixture
def dispute(client, pay):
    pay("pm_card_createDispute")
    return client.v1.disputes.list().data[0]


def balance(client) -> int:
    return sum(item.net for item in client.v1.balance_transactions.list({"limit": 100}).data)


def test_the_test_card_is_disputed_after_it_paid(client, dispute, types) -> None:
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "fraudulent",
        2500,
    )
    assert client.v1.charges.retrieve(dispute.charge).disputed
    assert types()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert types().index("payment_intent.succeeded") < types().index("charge.dispute.created")


def test_the_money_and_the_fee_are_withdrawn(client, dispute) -> None:
    assert [item.amount for item in dispute.balance_transactions] == [-2500]
    assert balance(client) == 2397 - 2500 - 1500


def test_staged_evidence_is_not_submitted(client, dispute) -> None:
    evidence = {"customer_name": "Jenny"}
    staged = client.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    assert staged.evidence.customer_name == "Jenny"
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert staged.evidence_details.submission_count == 0


def test_evidence_is_submitted_once(client, dispute) -> None:
    params = {"evidence": {"customer_name": "Jenny"}}
    submitted = client.v1.disputes.update(dispute.id, params)
    assert submitted.status == "under_review"
    assert submitted.evidence_details.submission_count == 1
    with pytest.raises(stripe.InvalidRequestError, match="can no longer be submitted"):
        client.v1.disputes.update(dispute.id, params)


@pytest.mark.parametrize(
    ("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")]
)
def test_the_documented_texts_decide(client, dispute, text, status) -> None:
    client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}})
    assert client.v1.disputes.retrieve(dispute.id).status == status


def test_a_won_dispute_returns_the_money_and_not_the_fee(sandbox, client, dispute, types) -> None:
    sandbox.close_dispute(dispute.id, "won")
    assert types()[-2:] == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert balance(client) == 2397 - 1500


def test_giving_up_loses(client, dispute, types) -> None:
    assert client.v1.disputes.close(dispute.id).status == "lost"
    assert types()[-1] == "charge.dispute.closed"
    with pytest.raises(stripe.InvalidRequestError, match="closed already"):
        client.v1.disputes.close(dispute.id)


def test_evidence_after_the_deadline_is_refused(client, clock, dispute) -> None:
    clock.advance(30 * 24 * 3600)
    with pytest.raises(stripe.InvalidRequestError, match="can no longer be submitted"):
        client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "J"}})


def test_a_disputed_charge_cannot_be_refunded(client, dispute) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": dispute.charge})
    assert caught.value.code == "charge_disputed"


def test_an_inquiry_takes_no_money_and_can_still_be_refunded(client, pay, types) -> None:
    pay("pm_card_createDisputeInquiry")
    inquiry = client.v1.disputes.list().data[0]
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert "charge.dispute.funds_withdrawn" not in types()
    assert client.v1.refunds.create({"charge": inquiry.charge}).status == "succeeded"


def test_a_lost_inquiry_becomes_a_dispute(sandbox, client, pay, types) -> None:
    pay("pm_card_createDisputeInquiry")
    inquiry = client.v1.disputes.list().data[0]
    assert sandbox.close_dispute(inquiry.id, "lost")["status"] == "needs_response"
    assert types()[-1] == "charge.dispute.funds_withdrawn"


def test_any_payment_can_be_disputed_by_command(sandbox, pay) -> None:
    intent = pay()
    opened = sandbox.dispute(intent.id, "product_not_received", amount=1000)
    assert (opened["amount"], opened["reason"]) == (1000, "product_not_received")
    with pytest.raises(Exception, match="disputed already"):
        sandbox.dispute(intent.id)


def test_files_are_evidence(client, dispute) -> None:
    receipt = io.BytesIO(b"%PDF-1.4 receipt\r\n--\r\n")
    receipt.name = "receipt.pdf"
    file = client.v1.files.create({"purpose": "dispute_evidence", "file": receipt})
    assert (file.type, file.size, file.filename) == ("pdf", 22, "receipt.pdf")
    params = {"evidence": {"receipt": file.id}, "submit": False}
    assert client.v1.disputes.update(dispute.id, params).evidence.receipt == file.id
    with pytest.raises(stripe.InvalidRequestError, match="No such file"):
        client.v1.disputes.update(dispute.id, {"evidence": {"receipt": "file_x"}})


def test_a_file_of_the_wrong_kind_is_refused(client) -> None:
    program = io.BytesIO(b"MZ")
    program.name = "setup.exe"
    with pytest.raises(stripe.InvalidRequestError, match="Invalid file type"):
        client.v1.files.create({"purpose": "dispute_evidence", "file": program})


def test_too_much_evidence_is_refused(client, dispute) -> None:
    text = {"uncategorized_text": "x" * 150_001}
    with pytest.raises(stripe.InvalidRequestError, match="150000"):
        client.v1.disputes.update(dispute.id, {"evidence": text})


def test_an_early_fraud_warning(client, pay, types) -> None:
    intent = pay("pm_card_createIssuerFraudRecord")
    warning = client.v1.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data[0]
    assert (warning.charge, warning.actionable) == (intent.latest_charge, True)
    assert types()[-1] == "radar.early_fraud_warning.created"


def test_giving_up_an_inquiry_ends_it_and_takes_no_money(client, pay, types) -> None:
    pay("pm_card_createDisputeInquiry")
    inquiry = client.v1.disputes.list().data[0]
    before = balance(client)
    assert client.v1.disputes.close(inquiry.id).status == "warning_closed"
    assert (types()[-1], balance(client)) == ("charge.dispute.closed", before)
    assert client.v1.refunds.create({"charge": inquiry.charge}).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="closed already"):
        client.v1.disputes.close(inquiry.id)
