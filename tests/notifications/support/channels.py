"""A channel of the test site that can be told to fail, and that shows what it was given."""

from django_inapp_notifications.channels.base import Channel, Outgoing


class RecordingChannel(Channel):
    name = "recorded"
    label = "Recorded"
    digests = True
    sent: list[Outgoing] = []
    failures: dict[str, Exception] = {}  # by name of the user; "*" for everybody

    @classmethod
    def reset(cls) -> None:
        cls.sent, cls.failures = [], {}

    def can_reach(self, user):
        return user.email != ""

    def send(self, outgoing):
        error = self.failures.get(outgoing.user.username) or self.failures.get("*")
        if error is not None:
            raise error
        self.sent.append(outgoing)


class PhoneChannel(RecordingChannel):
    """Stands for the channel of Android's devices where nothing is sent."""

    name = "fcm"


class TabletChannel(RecordingChannel):
    """Stands for the channel of Apple's devices where nothing is sent."""

    name = "apns"
