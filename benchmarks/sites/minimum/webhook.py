"""The least that an endpoint can do: verify, insert the event, update the payment.

It keeps the two promises that any of them must keep: an event counts once, and the payment
changes together with it. It is no more than that: no retries, no state machine, no audit log,
nothing redacted. ``minimum`` is written with Django's ORM, as a site would write it; ``sql`` does
the same in bare SQL, which nobody can undercut.
"""

import json
from collections.abc import Callable
from typing import Any

import stripe
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from ..events import SECRET
from .models import Effect, MinimumEvent, MinimumPayment, MinimumTurn

INSERT = """INSERT INTO minimum_minimumevent (stripe_id, type, payload) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING"""
UPDATE = "UPDATE minimum_minimumpayment SET status = %s WHERE stripe_id = %s"
TURN = "INSERT INTO minimum_minimumturn (stripe_id, receiver) VALUES (%s, %s)"
EFFECT = "INSERT INTO minimum_effect (payment, receiver) VALUES (%s, %s)"

#: How many receivers hear of a payment: each writes a row, in a transaction with its mark.
receivers = 0

#: Set where a worker does the rest: called with the event's id.
kick: Callable[[str], Any] | None = None


def verified(request: HttpRequest) -> tuple[dict[str, Any], str]:
    """Return the event, and the body as text. Raises SignatureVerificationError."""
    body, header = request.body.decode(), request.headers.get("Stripe-Signature", "")
    stripe.WebhookSignature.verify_header(body, header, SECRET, tolerance=300)
    return json.loads(body), body


@csrf_exempt
def minimum(request: HttpRequest) -> HttpResponse:
    event, _body = verified(request)
    intent = event["data"]["object"]
    row = MinimumEvent(stripe_id=event["id"], type=event["type"], payload=event)
    if kick is not None:
        MinimumEvent.objects.bulk_create([row], ignore_conflicts=True)
        kick(event["id"])
        return HttpResponse("Stored.")
    with transaction.atomic():
        # What it returns does not tell whether the row is new; the payment's status does.
        MinimumEvent.objects.bulk_create([row], ignore_conflicts=True)
        paid = MinimumPayment.objects.filter(stripe_id=intent["id"])
        new = paid.exclude(status=intent["status"]).update(status=intent["status"])
    for receiver in range(receivers if new else 0):
        with transaction.atomic():
            MinimumTurn.objects.create(stripe_id=intent["id"], receiver=receiver)
            Effect.objects.create(payment=intent["id"], receiver=receiver)
    return HttpResponse("Received.")


@csrf_exempt
def sql(request: HttpRequest) -> HttpResponse:
    event, body = verified(request)
    intent = event["data"]["object"]
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


urlpatterns = [path("minimum/", minimum), path("sql/", sql)]
