"""What the channels of Apple's and Google's devices share: each device once, and what it says.

A device that is gone is forgotten and stops none of the others. One success is enough, as with
the browsers of web push.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from django.db import router
from django.utils import timezone, translation

from ..conf import settings
from ..content.rendering import text_of, title_of
from ..content.text import shorten
from ..exceptions import ChannelDown, PermanentFailure, ProviderRefusal, TemporaryFailure
from ..models import Device
from . import devices
from .base import Channel, Outgoing
from .push import TEXT_LENGTH, TITLE_LENGTH


class Verdict(Enum):
    """What a push service says of one device, where it says no error."""

    ACCEPTED = "accepted"
    #: The address is dead, or of another app: it is forgotten.
    GONE = "gone"
    #: Either the address or what was sent to it is invalid.
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Push:
    """What one device is sent, in its own language."""

    title: str
    text: str
    link: str
    key: str
    #: The number on the app's icon; None leaves it as it is.
    badge: int | None


class DeviceChannel(Channel):
    """Base of the channels that push to devices of one kind, which is the channel's name."""

    digests = True

    def can_reach(self, user: Any) -> bool:
        return devices.of(user, self.name).exists()

    def push(self, device: Device, push: Push, outgoing: Outgoing) -> Verdict:
        """Send to one device. Raises PermanentFailure, TemporaryFailure or ChannelDown."""
        raise NotImplementedError

    def send(self, outgoing: Outgoing) -> None:
        """Send to each device of the user; dead devices go."""
        failures: list[Exception] = []
        verdicts: dict[int, Verdict] = {}
        badge, targets = badge_of(outgoing), list(devices.of(outgoing.user, self.name))
        for device in targets:
            try:
                verdicts[device.pk] = self.push(device, push_for(device, outgoing, badge), outgoing)
            except (ChannelDown, ImproperlyConfigured) as error:
                # It is down for the other devices too.
                failures.append(ChannelDown(str(error)))
                break
            except (PermanentFailure, TemporaryFailure) as error:
                failures.append(error)
        is_reached = Verdict.ACCEPTED in verdicts.values()
        forget(device for device in targets if _is_dead(verdicts.get(device.pk), is_reached))
        if not is_reached:
            raise _worst(failures, verdicts.values())


def _is_dead(verdict: Verdict | None, is_reached: bool) -> bool:
    # The same content went through elsewhere, so it was not the content.
    return verdict is Verdict.GONE or (verdict is Verdict.DOUBTFUL and is_reached)


def _worst(failures: list[Exception], verdicts: Iterable[Verdict]) -> Exception:
    """Return what a send without any success raises: what is worth another try comes first."""
    failures.sort(key=lambda each: (not isinstance(each, ChannelDown), not _is_temporary(each)))
    if failures:
        return failures[0]
    if Verdict.DOUBTFUL in verdicts:
        # A run of these is about what the site sends, and pauses the channel.
        return ProviderRefusal("The push service does not accept the message or the device.")
    return PermanentFailure("No device is registered anymore.")


def _is_temporary(error: Exception) -> bool:
    return isinstance(error, TemporaryFailure)


def forget(dead: Iterable[Device]) -> None:
    """Delete devices, unless they were registered with another address in the meantime."""
    using = router.db_for_write(Device)
    for device in dead:
        same = {"pk": device.pk, "address_hash": device.address_hash}
        Device.objects.using(using).filter(**same).delete()


def push_for(device: Device, outgoing: Outgoing, badge: int | None) -> Push:
    """Return what a device shows: its own language and time zone come before the user's."""
    title, text = outgoing.title, outgoing.text
    # A digest's lines were chosen and counted in the user's language.
    if (device.locale or device.time_zone) and not outgoing.is_digest:
        zone = ZoneInfo(device.time_zone) if device.time_zone else outgoing.time_zone
        language = device.locale.replace("_", "-").lower() or translation.get_language()
        with translation.override(language), timezone.override(zone):
            title, text = title_of(outgoing.messages[0]), text_of(outgoing.messages[0])
    # It appears on lock screens.
    text = text if settings.NOTIFICATION_PUSH_SHOWS_TEXT else ""
    shown = Push(title, text, outgoing.link, outgoing.key, badge)
    return replace(shown, title=shorten(title, TITLE_LENGTH), text=shorten(text, TEXT_LENGTH))


def badge_of(outgoing: Outgoing) -> int | None:
    """Return the unread count at this moment, at most NOTIFICATION_BADGE_CAP."""
    if outgoing.count_unread is None:
        return None
    cap: int = settings.NOTIFICATION_BADGE_CAP
    return min(outgoing.count_unread(), cap)
