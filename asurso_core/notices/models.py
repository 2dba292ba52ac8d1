"""What people are told, by which channel it goes out, and what they chose."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts.models import Person, User
from asurso_core.db import Record, ref
from asurso_core.fields import JSONField

#: Waits for its time, given to its channel, then what the channel tells of it.
WAITING, HANDED, SENT, DELIVERED = "waiting", "handed", "sent", "delivered"
#: Ends without success; ``dropped``: nobody needed it any more, or it was no longer true.
FAILED, EXPIRED, UNKNOWN, DROPPED = "failed", "expired", "unknown", "dropped"
#: How far along a state is: a report never leads back (F08).
RANK = {
    WAITING: 0, HANDED: 1, UNKNOWN: 2, SENT: 3, EXPIRED: 4, FAILED: 4, DELIVERED: 5, DROPPED: 6,
}  # fmt: skip


class Notice(Record):
    """One thing told to one person; it stands in the notice centre if it is ``shown``."""

    person = ref(Person)
    side = pw.CharField(10)  # on which side of the person it is read; empty: on both
    owner = pw.CharField(40)  # the plugin of the kind: switched off, it shows nothing
    kind = pw.CharField(80)
    about = ref(Person, null=True)  # the pupil it is about
    title = pw.CharField(200)
    text = pw.TextField()
    url = pw.CharField(255)
    data = JSONField()  # ids by which the words are made anew before they go out
    key = pw.CharField(120)  # the same thing is told once
    urgent = pw.BooleanField()
    shown = pw.BooleanField()
    created_at = pw.DateTimeField(index=True)
    read_at = pw.DateTimeField(null=True)

    class Meta:
        indexes = ((("person", "kind", "key"), True), (("person", "read_at"), False))


class NoticeDelivery(Record):
    """A notice on its way out by one channel."""

    notice = ref(Notice, cascade=True)
    channel = pw.CharField(60)
    state = pw.CharField(10)
    digest = pw.BooleanField()
    due_at = pw.DateTimeField()
    #: Those that went out together have the same number: that of the first of them.
    parcel = pw.IntegerField(null=True, index=True)
    reason = pw.CharField(255, null=True)
    changed_at = pw.DateTimeField()

    class Meta:
        indexes = ((("notice", "channel"), True), (("state", "due_at"), False))


class NoticeChoice(Record):
    """How an account wants to hear of a kind by a channel; ``about`` is a child, 0 for all."""

    user = ref(User, cascade=True)
    kind = pw.CharField(80)
    about = pw.IntegerField()
    channel = pw.CharField(60)
    rhythm = pw.CharField(10)

    class Meta:
        indexes = ((("user", "kind", "about", "channel"), True),)
