"""What all routes share: JSON in and out, the owner's objects only, nothing of the site's settings.

Everything that Django REST framework would take from the site's REST_FRAMEWORK is named here, but
the authentication classes: who a token belongs to only the site knows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.metadata import SimpleMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from .. import audit
from ..exceptions import PaymentNotFound
from ..limits import rates
from ..models import Payment
from ..payments.lookup import find_payment
from .documentation import AutoSchema
from .problems import MEDIA_TYPE, NotFound, PreconditionFailed, answer


class Renderer(JSONRenderer):
    """JSON as this API writes it, whatever the site's COMPACT_JSON and UNICODE_JSON say."""

    compact, ensure_ascii, strict = True, False, True


class Parser(JSONParser):
    """JSON without NaN and Infinity, which is not JSON, whatever the site's STRICT_JSON says."""

    strict = True

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        # Read by Django, with its limit of size; REST framework alone has none.
        whole = BytesIO(parser_context["request"]._request.body)
        try:
            return super().parse(whole, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None


class Negotiation(DefaultContentNegotiation):
    """Answer in JSON only: no query parameter, whatever the site calls it, selects a format."""

    def select_renderer(
        self, request: Any, renderers: list[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        if not any(map(request._request.accepts, ("application/json", MEDIA_TYPE))):
            raise NotAcceptable(available_renderers=renderers)
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """A route of this API. Every method returns JSON, and every error is a problem."""

    permission_classes = [IsAuthenticated]
    renderer_classes = [Renderer]
    parser_classes = [Parser]
    throttle_classes: ClassVar[list[Any]] = []
    content_negotiation_class = Negotiation
    metadata_class = SimpleMetadata
    versioning_class = None
    schema = AutoSchema()

    #: Scope of STRIPE_RATE_LIMITS under which changes are counted.
    rate_limit = "action"
    #: The same for reading; None counts nothing.
    read_limit: str | None = None

    @classmethod
    def as_view(cls, **options: Any) -> Any:
        """Return the view, to which ATOMIC_REQUESTS does not apply: Stripe is called outside it."""
        return transaction.non_atomic_requests(super().as_view(**options))

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Known only now: until here the request was a stranger's.
        self.acting.enter_context(audit.acting(audit.actor_of(request, source="api")))
        scope = self.read_limit if request.method in SAFE_METHODS else self.rate_limit
        if scope is not None:
            rates.check(scope, request._request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self.acting:
            return super().dispatch(request, *args, **kwargs)

    def own_payment(self, payment_id: str) -> Payment:
        """Return the user's payment; raise NotFound for any other, or an invalid id."""
        try:
            payment = find_payment(UUID(payment_id))
        except (ValueError, PaymentNotFound):
            raise NotFound from None
        if payment.user_id != self.request.user.pk:
            raise NotFound
        return payment

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer

    def get_format_suffix(self, **kwargs: Any) -> None:
        """Return None: no part of the address selects a format."""

    def finalize_response(
        self, request: HttpRequest, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(final, private=True, no_cache=True)
        return final

    def checked(
        self, serializer_class: type[BaseSerializer[Any]], *, partial: bool = False
    ) -> dict[str, Any]:
        """Return the fields of the request's body; raise a problem that points at the bad ones."""
        serializer = serializer_class(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def tagged(self, data: Any) -> Response:
        """Answer with ``data`` and its ETag, or to a GET with 304 if the client has it already."""
        etag = etag_of(data)
        known = parse_etags(self.request.headers.get("If-None-Match", ""))
        is_known = self.request.method in ("GET", "HEAD") and etag in known
        response = Response(status=304) if is_known else Response(data)
        response["ETag"] = etag
        return response

    def require_match(self, data: Any) -> None:
        """Raise PreconditionFailed unless If-Match is absent or names the ETag of ``data``."""
        wanted = parse_etags(self.request.headers.get("If-Match", ""))
        if wanted and wanted != ["*"] and etag_of(data) not in wanted:
            raise PreconditionFailed


def etag_of(data: Any) -> str:
    """Return the strong ETag of an answer."""
    text = json.dumps(data, sort_keys=True, default=str)
    return quote_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
