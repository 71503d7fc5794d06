"""The question before what costs money or can't be taken back, for pages of this app and others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

#: Field that the confirmation adds to what was posted.
CONFIRMED = "confirmed"

#: Fields of a form that the confirmation does not send again.
NOT_REPEATED = frozenset({"csrfmiddlewaretoken", CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the customer is asked: with the sum, what follows, and the words of both ways out."""

    question: str
    consequence: str
    button: str
    cancel: str
    cancel_url: str


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the customer saw the question and agreed."""
    return CONFIRMED in request.POST


def ask(request: HttpRequest, question: Question) -> HttpResponse:
    """Return the page with the question. It posts the form again to its address, confirmed."""
    context = {"ask": question, "fields": list(_fields(request.POST)), "confirmed": CONFIRMED}
    return render(request, "django_stripe_payments/confirm.html", context)


def _fields(data: QueryDict) -> Iterable[tuple[str, Any]]:
    for name, values in data.lists():
        if name not in NOT_REPEATED:
            yield from ((name, value) for value in values)
