"""Sections, topics and messages, and what people did with them."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person
from asurso_core.db import Record, ref
from asurso_core.school import SchoolClass

#: What a row of :class:`SectionRight` gives; each includes those before it.
READ, WRITE, MODERATE = 1, 2, 3
#: States of a message: shown; waits for a moderator; taken away by one; deleted.
OPEN, WAITING, HIDDEN, DELETED = "open", "waiting", "hidden", "deleted"


class Section(Record):
    """A part of the forum; who may enter is said by its rights."""

    title = pw.CharField(120)
    about = pw.CharField(255, default="")
    position = pw.IntegerField(default=0)
    archived = pw.BooleanField(default=False)  # stays to be read, nobody writes
    version = pw.IntegerField(default=1)


class SectionRight(Record):
    """Whoever fits all that is named here has the right; what is empty fits everybody.

    ``role=parent, school_class=5А`` are the parents of 5А; a teacher fits a class that he leads or
    teaches.
    """

    section = ref(Section, cascade=True)
    level = pw.IntegerField()
    role = pw.CharField(40, null=True)
    school_class = ref(SchoolClass, null=True)
    person = ref(Person, null=True)


class Topic(Record):
    """A conversation. Numbers of its messages go 1, 2, 3 … and are never given again."""

    section = ref(Section, index=False)
    title = pw.CharField(200)
    author = ref(Person, null=True)  # empty: a person whose data were erased
    created_at = pw.DateTimeField()
    pinned = pw.BooleanField(default=False)
    closed = pw.BooleanField(default=False)
    state = pw.CharField(10, default=OPEN)  # open, deleted
    reason = pw.CharField(255, null=True)
    last_number = pw.IntegerField(default=0)  # given last
    last_open = pw.IntegerField(default=0)  # the last one that everybody may see
    last_at = pw.DateTimeField()  # when it was written
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("section", "state", "pinned", "last_at"), False),)


class Message(Record):
    """One message; it is never taken out of the table, so numbers and pages hold."""

    topic = ref(Topic, index=False)
    number = pw.IntegerField()
    author = ref(Person, null=True, index=False)
    text = pw.TextField()  # Markdown
    created_at = pw.DateTimeField()
    edited_at = pw.DateTimeField(null=True)
    state = pw.CharField(10, default=OPEN, index=True)
    reason = pw.CharField(255, null=True)
    decided_by = ref(Person, null=True, index=False)
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("topic", "number"), True), (("author", "created_at"), False))


class OldText(Record):
    """What a message said before it was changed; for moderators."""

    message = ref(Message)
    text = pw.TextField()
    at = pw.DateTimeField()


class ReadMark(Record):
    """How far a person has read a topic."""

    person = ref(Person, index=False)
    topic = ref(Topic)
    number = pw.IntegerField()

    class Meta:
        indexes = ((("person", "topic"), True),)


class Subscription(Record):
    """A person wants to hear of new messages; nothing is sent until there are notices."""

    person = ref(Person, index=False)
    topic = ref(Topic)

    class Meta:
        indexes = ((("person", "topic"), True),)


class Mention(Record):
    """A message names a person."""

    message = ref(Message, index=False)
    person = ref(Person)

    class Meta:
        indexes = ((("message", "person"), True),)


class Reaction(Record):
    """A person's short answer to a message."""

    message = ref(Message, index=False)
    person = ref(Person)
    kind = pw.CharField(12)

    class Meta:
        indexes = ((("message", "person", "kind"), True),)


class Report(Record):
    """Somebody asks a moderator to look at a message."""

    message = ref(Message, index=False)
    reporter = ref(Person, null=True)
    reason = pw.CharField(20)
    note = pw.CharField(500, default="")
    created_at = pw.DateTimeField()
    state = pw.CharField(10, default="open", index=True)  # open, accepted, rejected
    decided_at = pw.DateTimeField(null=True)

    class Meta:
        indexes = ((("message", "reporter"), True),)


class Poll(Record):
    """A question at the head of a topic."""

    topic = ref(Topic, unique=True)
    question = pw.CharField(255)
    multiple = pw.BooleanField(default=False)
    ends = pw.DateField(null=True)  # the last day of voting


class PollOption(Record):
    """An answer to choose."""

    poll = ref(Poll)
    position = pw.IntegerField()
    text = pw.CharField(200)


class PollVote(Record):
    """A person chose an answer; who it was is shown to nobody."""

    option = ref(PollOption, index=False)
    person = ref(Person, null=True)

    class Meta:
        indexes = ((("option", "person"), True),)
