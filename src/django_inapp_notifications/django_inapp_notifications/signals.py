"""The signals of this app. All are sent after commit, with send_robust(): a receiver that fails
is logged, and neither undoes the work nor keeps the other receivers from running.
"""

from django.dispatch import Signal

#: A notification was written to inboxes; once per batch, never once per recipient.
#: sender=Message, message: Message, count: int, notifications: QuerySet[Notification] of the batch.
notification_created = Signal()

#: A user read notifications. sender=Notification, user_id, notification_ids: list[int], and up_to:
#: None, or after "mark all as read" an int: everything up to that id was marked as well.
notification_read = Signal()

#: A delivery was given up; it is a dead letter in the admin.
#: sender=Delivery, delivery: Delivery, error: str.
delivery_failed = Signal()

#: A delivery was taken by its channel. sender=Delivery, delivery: Delivery.
delivery_sent = Signal()

#: A user's preference changed. sender=PreferenceChange, change: PreferenceChange.
preference_changed = Signal()

#: A user removed notifications from their inbox (each can be undone for a while).
#: sender=Notification, user_id, notification_ids: list[int].
notification_deleted = Signal()
