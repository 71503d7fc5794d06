"""Routes of web push: the browsers that are woken for a user."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ..channels import all_channels, push_keys
from .base import ApiView
from .documentation import document
from .problems import NotFound


class PushKeysSerializer(serializers.Serializer[Any]):
    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=40)


class PushSubscriptionSerializer(serializers.Serializer[Any]):
    """A browser's PushSubscription.toJSON()."""

    endpoint = serializers.CharField(max_length=2000)
    keys = PushKeysSerializer()


class PushEndpointSerializer(serializers.Serializer[Any]):
    endpoint = serializers.CharField(max_length=2000)


class PushSubscriptions(ApiView):
    """Browsers that are woken by web push."""

    @document(
        "subscribePush", body=PushSubscriptionSerializer, status=204, problems={404: "No web push."}
    )
    def post(self, request: Request) -> Response:
        """Wake this browser for this user only. Subscribing it again changes nothing."""
        _require_push()
        asked = self.checked(PushSubscriptionSerializer)
        try:
            push_keys.remember(request.user, asked["endpoint"], **asked["keys"])
        except ValidationError as error:
            raise serializers.ValidationError({"endpoint": error.messages}) from error
        return Response(status=204)


class PushUnsubscribe(ApiView):
    """A browser that is no longer woken. Its endpoint is a secret, so no address names it."""

    @document(
        "unsubscribePush", body=PushEndpointSerializer, status=204, problems={404: "No web push."}
    )
    def post(self, request: Request) -> Response:
        """Stop waking this browser for the user. Unsubscribing it again changes nothing."""
        _require_push()
        push_keys.forget(request.user, self.checked(PushEndpointSerializer)["endpoint"])
        return Response(status=204)


def _require_push() -> None:
    try:
        is_on = "push" in all_channels() and bool(push_keys.public_key())
    except ImproperlyConfigured:
        is_on = False
    if not is_on:
        raise NotFound
