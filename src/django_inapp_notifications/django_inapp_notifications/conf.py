"""The settings of this app, with their defaults.

Read them at call time as ``settings.NOTIFICATION_…`` from this module, so that
``override_settings`` takes effect; values of this class itself are frozen at import.
"""

from typing import Any

from appconf import AppConf
from django.conf import settings

__all__ = ["settings"]


class NotificationConf(AppConf):
    # Retention

    # Days that a notification is kept, if the two settings below do not keep it. None keeps all.
    EXPIRY_DAYS: int | None = 90
    # The oldest notifications of a user beyond this number go. None sets no limit.
    MAX_PER_USER: int | None = 1000
    # Age and number remove only what was read; expiry and deletion remove the rest.
    KEEP_UNREAD = True
    # Age and number remove nothing that a user has pinned.
    KEEP_PINNED = True

    # The REST API

    # Requests per minute that one user may make to the REST API; None sets no limit.
    API_LIMIT: int | None = 300

    # The bell and the inbox

    # Seconds between two polls of the bell.
    POLL_SECONDS = 30
    # The badge counts no further than this: "99+".
    BADGE_CAP = 99
    # Rows of the bell's dropdown.
    RECENT_COUNT = 10
    # Rows of one page of the inbox.
    PAGE_SIZE = 25
    # Name of the cache (in CACHES) that keeps unread counts; None turns it off. A cache that
    # lives inside one process (LocMemCache) is not used: other processes could not correct it.
    CACHE: str | None = "default"
    # Counts are corrected by every writer; this bounds what expiry and snoozing change by time.
    CACHE_SECONDS = 60

    # Notifications that a user may pin; one more unpins the oldest.
    MAX_PINNED = 20

    # Links and languages

    # Hosts that an action URL may name ("shop.example.com"); a path of this site names none.
    LINK_HOSTS: list[str] = []
    # The address of this site, for links in mail: "https://example.com", with the path if the site
    # is below one. Without it, the current Site of django.contrib.sites is used, if installed.
    BASE_URL = ""

    # The attribute of the user that holds their language, or a function of the user.
    LANGUAGE: Any = "language"

    # Writing

    # Recipients per statement. 1,000 rows of ten columns stay below every database's limits.
    CHUNK_SIZE = 1000

    # Channels

    # The channels of this site: dotted paths of classes.
    CHANNELS: list[str] = [
        "django_inapp_notifications.channels.in_app.InAppChannel",
        "django_inapp_notifications.channels.email.EmailChannel",
    ]
    # Seconds that a mail server may take to respond, if the site has set no EMAIL_TIMEOUT.
    EMAIL_TIMEOUT = 15
    # For the webhook channel: a function of the user (or its path) that returns an address or "".
    WEBHOOK_ADDRESS: Any = None
    # What signs the requests of the webhook channel; without it, none is sent.
    WEBHOOK_SECRET = ""
    # Hosts inside the network that channels may call.
    PRIVATE_HOSTS: list[str] = []

    # Web push

    # For web push (the extra "push"): the private key that manage.py notifications_vapid_key makes.
    VAPID_PRIVATE_KEY = ""
    # Whom push services may write to: "mailto:…" or "https://…".
    VAPID_SUBJECT = ""
    # Hosts of the push services that may be called; one that starts with a dot, all below it.
    PUSH_HOSTS: list[str] = [
        "fcm.googleapis.com",
        ".push.services.mozilla.com",
        ".push.apple.com",
        ".notify.windows.com",
    ]
    # Seconds that a push service keeps what a sleeping browser has not fetched yet.
    PUSH_TTL = 24 * 3600
    # Locked screens show what is pushed: False leaves out all but the title.
    PUSH_SHOWS_TEXT = True

    # Mobile push

    # For FCM (the extra "mobile"): the content of the service account's JSON file, as text or dict.
    FCM_SERVICE_ACCOUNT: Any = None
    # For APNs (the extra "mobile"): the content of the .p8 file, its id, and the id of your team.
    APNS_KEY = ""
    APNS_KEY_ID = ""
    APNS_TEAM_ID = ""
    # Bundle ids of the site's apps for Apple's devices: their devices may register, and each is a
    # topic of APNs.
    APNS_TOPICS: list[str] = []
    # What stands in for a push service in tests: "fcm", "fcm_token", "apns_production" or
    # "apns_sandbox" → its address, whose host must be in NOTIFICATION_PRIVATE_HOSTS.
    MOBILE_PUSH_ADDRESSES: dict[str, str] = {}

    # Delivery

    # What starts deliveries after a commit: "inline" (in this process, right away), "celery" or
    # "django_tasks" (in a worker), "none" (the sweep alone: manage.py notifications_deliver), or
    # the dotted path of a subclass of dispatch.Dispatcher.
    DISPATCHER = "inline"
    # Name of the queue for the tasks of "celery" and "django_tasks"; empty is their default.
    TASK_QUEUE = ""
    # Inline, no request sends more than this; the sweep does the rest.
    INLINE_LIMIT = 20
    # Deliveries that are claimed at once.
    BATCH_SIZE = 50
    # Seconds for which they are claimed; a dispatcher that works on them renews it.
    LEASE_SECONDS = 300

    # Failures

    # Tries before a delivery is a dead letter. Trouble of the channel counts as none.
    MAX_ATTEMPTS = 8
    # Seconds to wait after the first try; they double each time.
    RETRY_SECONDS = 60
    # Days after its first try until an item is given up because its channel is still in trouble;
    # "*" is for all channels that are not named. RFC 5321 wants four to five days for mail.
    RETRY_DAYS: dict[str, float] = {"email": 5, "*": 2}
    # Failures in a row that pause a channel.
    BREAKER_FAILURES = 5
    # Seconds for which it is paused.
    BREAKER_SECONDS = 300

    class Meta:
        prefix = "NOTIFICATION"
