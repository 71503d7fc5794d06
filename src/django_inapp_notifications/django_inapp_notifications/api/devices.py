"""Routes of devices: an app registers itself at each start, and leaves when the user logs out."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ..channels import all_channels, devices
from .base import ApiView
from .device_serializers import DeviceSerializer, NewDeviceSerializer, device
from .documentation import document
from .problems import NotFound


class OneDevice(ApiView):
    """An installation of an app, named by a UUID that the app made when it was installed."""

    @document(
        "registerDevice",
        body=NewDeviceSerializer,
        answers=DeviceSerializer,
        problems={404: "The installation is not a UUID."},
    )
    def put(self, request: Request, installation: str) -> Response:
        """Wake this installation for the user, and for nobody else. Repeat it at each start."""
        name, asked = _uuid(installation), self.checked(NewDeviceSerializer)
        if asked["kind"] not in all_channels():
            text = _("This site sends nothing to devices of this kind.")
            raise serializers.ValidationError({"kind": [text]})
        try:
            row = devices.register(request.user, name, **asked)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error
        return Response(device(row))

    @document("forgetDevice", status=204, problems={404: "The installation is not a UUID."})
    def delete(self, request: Request, installation: str) -> Response:
        """Wake this installation of the user no more: for logging out. Again changes nothing."""
        devices.forget(request.user, _uuid(installation))
        return Response(status=204)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
