"""Letters, the copies that people hold of them, and what became of those that left the house."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person
from asurso_core.db import Record, ref
from asurso_core.fields import JSONField

#: Kinds of a letter: to named people; to groups; from the school itself.
LETTER, BROADCAST, SCHOOL = "letter", "broadcast", "school"
#: What a copy's owner is to the letter: its author, named as recipient, one of a broadcast.
AUTHOR, TO, HIDDEN = "author", "to", "hidden"
#: Where a copy lies; ``FOLDER`` says "in the folder that is named".
INBOX, SENT, DRAFTS, TRASH, FOLDER = "inbox", "sent", "drafts", "trash", "folder"
#: Its owner has no copy any more, yet stays among the recipients that the others see.
NOWHERE = "nowhere"
#: What became of a letter to an outside address.
WAITING, LEAVING, GONE, REFUSED, UNKNOWN, STOPPED = (
    "waiting", "leaving", "gone", "refused", "unknown", "stopped",
)  # fmt: skip
#: What became of a report.
OPEN, DISMISSED, WARNED, BANNED = "open", "dismissed", "warned", "banned"


class Folder(Record):
    """A folder of one's own, on one side of a person."""

    owner = ref(Person, index=False)
    side = pw.CharField(10)
    name = pw.CharField(60)
    name_key = pw.CharField(60)  # folded: «Важное» and «важное» are one

    class Meta:
        indexes = ((("owner", "side", "name_key"), True),)


class Message(Record):
    """A letter, once, however many people hold a copy; without ``sent_at`` it is a draft."""

    author = ref(Person, null=True, index=False)  # empty: the school, or somebody who was erased
    side = pw.CharField(10)  # on which side of their life the author writes
    kind = pw.CharField(10, default=LETTER)
    subject = pw.CharField(200, default="")
    text = pw.TextField(default="")  # Markdown
    created_at = pw.DateTimeField()
    sent_at = pw.DateTimeField(null=True)
    thread = pw.IntegerField(null=True, index=True)  # number of the first letter of the talk
    answers = pw.IntegerField(null=True)  # number of the letter that this one answers
    # For whom, as chosen: {"to": ["staff:7"], "keys": ["class:3:parents"], "outside": ["a@b.ru"]}.
    # Of a sent letter only the keys are left: who got it is told by the copies.
    chosen = JSONField(default=dict)
    addressed = pw.CharField(255, default="")  # the same in words, for lists
    recipients = pw.IntegerField(default=0)
    open_list = pw.BooleanField(default=True)  # whether recipients see each other
    op = pw.CharField(40, null=True, unique=True)  # of the page it was written on: sent once
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("author", "side", "sent_at"), False),)


class Copy(Record):
    """What one person, on one side, holds of a letter."""

    message = ref(Message, index=False)
    owner = ref(Person, index=False)
    side = pw.CharField(10)
    part = pw.CharField(8)
    box = pw.CharField(8)
    folder = ref(Folder, null=True, index=False)  # stays while in the trash: the way back
    at = pw.DateTimeField()
    read_at = pw.DateTimeField(null=True)
    trashed_at = pw.DateTimeField(null=True, index=True)

    class Meta:
        indexes = (
            (("message", "owner", "side", "part"), True),
            # Lists go by moment and number, so the last page costs what the first one costs.
            (("owner", "side", "box", "at", "id"), False),
            (("folder", "at", "id"), False),
            (("owner", "side", "read_at"), False),
        )


class Attachment(Record):
    """A stored file belongs to a letter; forwarding adds a row and stores nothing again."""

    message = ref(Message, index=False)
    file = pw.IntegerField(index=True)  # a plain number: files are the kernel's

    class Meta:
        indexes = ((("message", "file"), True),)


class Outside(Record):
    """One outside address of a letter, and what became of it there."""

    message = ref(Message)
    address = pw.CharField(254)
    mark = pw.CharField(40)  # in its Message-ID, the same at every attempt
    state = pw.CharField(10, default=WAITING)
    words = pw.CharField(500, default="")  # the other server's, or ours
    job = pw.IntegerField(null=True)
    changed_at = pw.DateTimeField()


class Confirmation(Record):
    """An e-mail address that a person was asked to confirm, or has confirmed, for notices."""

    person = ref(Person, unique=True)
    email = pw.CharField(120)  # when the card says something else, this is worth nothing
    key = pw.CharField(64)  # SHA-256 of the secret in the link
    asked_at = pw.DateTimeField()
    times = pw.IntegerField(default=1)  # letters sent on the day of the last one
    confirmed_at = pw.DateTimeField(null=True)


class Report(Record):
    """Somebody asks a moderator to read a letter that they hold."""

    message = ref(Message, index=False)
    reporter = ref(Person, null=True)
    side = pw.CharField(10)
    reason = pw.CharField(20)
    note = pw.CharField(500, default="")
    created_at = pw.DateTimeField()
    state = pw.CharField(10, default=OPEN, index=True)
    decided_by = ref(Person, null=True, index=False)
    decided_at = pw.DateTimeField(null=True)
    decision = pw.CharField(500, default="")

    class Meta:
        indexes = ((("message", "reporter"), True),)


class Ban(Record):
    """Somebody may read but not write until a day, that day included."""

    person = ref(Person)
    side = pw.CharField(10)
    until = pw.DateField()
    reason = pw.CharField(500)
    given_by = ref(Person, null=True, index=False)
    given_at = pw.DateTimeField()
    lifted_at = pw.DateTimeField(null=True)
