"""What views that answer scripts share: bodies read with care, refusals of one shape."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..exceptions import RateLimited
from .answers import PaymentPage

#: Bytes of a body; what a page sends is a few hundred.
LARGEST_REQUEST = 64 * 1024


class BadRequest(Exception):
    """The body is not what the endpoint takes; its message says what is wrong."""


def read_object(
    request: HttpRequest, *, parse_float: Callable[[str], Any] = Decimal
) -> dict[str, Any]:
    """Return the JSON object in the body; raise BadRequest if it is none.

    Numbers with a fraction are read by ``parse_float``: a float would not be the number that was
    written.
    """
    body = request.read(LARGEST_REQUEST + 1)
    if len(body) > LARGEST_REQUEST:
        raise BadRequest(_("The request is too large."))
    try:
        data = json.loads(body, parse_float=parse_float)
        # An escape can stand for half of a surrogate pair, which is no text that can be stored.
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError):
        raise BadRequest(_("The request is not JSON.")) from None
    if not isinstance(data, dict):
        raise BadRequest(_("The request is not a JSON object."))
    return data


def refusal(status: int, code: str, message: str) -> JsonResponse:
    """Return the answer that every refused JSON request gets."""
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


class JsonPage(PaymentPage):
    """A page that also answers scripts: who may not use it is told so in JSON."""

    #: What a script is told that nobody is logged in for.
    login_message: Any = gettext_lazy("Please log in.")

    @property
    def answers_json(self) -> bool:
        """Whether this request is answered in JSON."""
        return self.wants_json

    def handle_no_permission(self) -> HttpResponse:  # type: ignore[override]
        if self.answers_json:
            return refusal(403, "login_required", str(self.login_message))
        return super().handle_no_permission()

    def handle_rate_limited(self, error: RateLimited) -> HttpResponse:
        if self.answers_json:
            return refusal(429, "rate_limited", str(error))
        return super().handle_rate_limited(error)
