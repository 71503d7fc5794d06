"""The least that an endpoint can do: verify, insert the event, update the payment.

It is written by hand in SQL, and keeps the two promises that any of them must keep: an event
counts once, and the payment changes together with it. It is no more than that: one receiver at
a time, no retries, no state machine, nothing redacted.
"""

import json

import stripe
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from .events import SECRET

TABLES = """
CREATE TABLE minimum_payment (id BIGINT PRIMARY KEY, stripe_id VARCHAR(255) UNIQUE NOT NULL,
    status VARCHAR(32) NOT NULL);
CREATE TABLE minimum_event (stripe_id VARCHAR(255) PRIMARY KEY, type VARCHAR(255) NOT NULL,
    payload {json} NOT NULL);
CREATE TABLE minimum_turn (stripe_id VARCHAR(255) NOT NULL, receiver INT NOT NULL,
    PRIMARY KEY (stripe_id, receiver));
CREATE TABLE effect (payment VARCHAR(255) NOT NULL, receiver INT NOT NULL);
"""

INSERT = "INSERT INTO minimum_event VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
UPDATE = "UPDATE minimum_payment SET status = %s WHERE stripe_id = %s"
TURN = "INSERT INTO minimum_turn VALUES (%s, %s) ON CONFLICT DO NOTHING"
EFFECT = "INSERT INTO effect VALUES (%s, %s)"

#: How many receivers hear of a payment: each writes a row, in a transaction with its mark.
receivers = 0

#: Set where a worker does the rest: called with the event's id.
kick = None


def create_tables() -> None:
    json_type = "jsonb" if connection.vendor == "postgresql" else "text"
    with connection.cursor() as cursor:
        for statement in TABLES.format(json=json_type).split(";")[:-1]:
            cursor.execute(statement)


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    body = request.body.decode()
    try:
        stripe.WebhookSignature.verify_header(
            body, request.headers.get("Stripe-Signature", ""), SECRET, tolerance=300
        )
    except stripe.SignatureVerificationError:
        return HttpResponse(status=400)
    event = json.loads(body)
    intent = event["data"]["object"]
    if kick is not None:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [event["id"], event["type"], body])
        kick(event["id"])
        return HttpResponse("Stored.")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [event["id"], event["type"], body])
        new = cursor.rowcount
        if new:
            cursor.execute(UPDATE, [intent["status"], intent["id"]])
    for receiver in range(receivers if new else 0):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TURN, [intent["id"], receiver])
            cursor.execute(EFFECT, [intent["id"], receiver])
    return HttpResponse("Received.")


urlpatterns = [path("minimum/", webhook)]
