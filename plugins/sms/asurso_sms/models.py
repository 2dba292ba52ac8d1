"""Messages that go out, what came in, and the confirmed numbers of persons."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person
from asurso_core.db import Record, ref
from asurso_core.fields import JSONField
from asurso_core.school import AcademicYear, SchoolClass, TeachingGroup

#: What a message is for.
NOTICE, BROADCAST, ANSWER, CODE, SERVICE = "notice", "broadcast", "answer", "code", "service"
PURPOSES = (NOTICE, BROADCAST, ANSWER, CODE, SERVICE)

#: The states of a message in their order; the last three are ends and equal.
QUEUED, LEAVING, SENT, UNKNOWN = "queued", "leaving", "sent", "unknown"
DELIVERED, FAILED, EXPIRED = "delivered", "failed", "expired"
STATES = (QUEUED, LEAVING, SENT, UNKNOWN, DELIVERED, FAILED, EXPIRED)
#: From which states a message may come into this one; nothing ever goes back.
EARLIER: dict[str, tuple[str, ...]] = {
    LEAVING: (QUEUED,),
    SENT: (QUEUED, LEAVING),
    UNKNOWN: (QUEUED, LEAVING, SENT),
    DELIVERED: (QUEUED, LEAVING, SENT, UNKNOWN),
    FAILED: (QUEUED, LEAVING, SENT, UNKNOWN),
    EXPIRED: (QUEUED, LEAVING, SENT, UNKNOWN),
}


class Phone(Record):
    """The telephone of a person: the number being confirmed, the confirmed one, the consent.

    Numbers are E.164 (``+79271234567``). A confirmed number is one person's alone.
    """

    person = ref(Person, unique=True)
    number = pw.CharField(16, null=True, unique=True)
    confirmed_at = pw.DateTimeField(null=True)
    #: The number that a code was sent to, until it is confirmed.
    asked = pw.CharField(16, null=True)
    asked_at = pw.DateTimeField(null=True)
    code_hash = pw.CharField(200, null=True)
    tries = pw.IntegerField(default=0)  # wrong codes since the last sending
    asked_from = pw.CharField(45, default="")  # the network address, to slow down floods
    #: The consent that was given with the confirmation: when, to which words, until when.
    consent_at = pw.DateTimeField(null=True)
    consent_version = pw.CharField(20, null=True)
    consent_text = pw.TextField(null=True)
    withdrawn_at = pw.DateTimeField(null=True)
    #: СТОП by a text message; СТАРТ empties it.
    stopped_at = pw.DateTimeField(null=True)


class Message(Record):
    """One message to one telephone."""

    #: How gateways and their reports name it; nobody can guess it.
    mark = pw.CharField(24, unique=True)
    person = ref(Person, null=True)
    phone = pw.CharField(16)
    text = pw.TextField(null=True)  # emptied when it is old; the states stay
    purpose = pw.CharField(10)
    about = ref(Person, null=True)  # the pupil it speaks of
    #: The person learns of the pupil as family: that is asked again before it leaves (T26).
    family = pw.BooleanField(default=False)
    school_class = ref(SchoolClass, null=True)  # whose budget pays
    year = ref(AcademicYear, null=True)
    urgent = pw.BooleanField(default=False)
    #: What asked for it, in its own words: ``notice:17``, ``broadcast:3``.
    reference = pw.CharField(100, default="")
    parts = pw.IntegerField()
    price = pw.IntegerField()  # kopecks, for all parts
    gateway = pw.CharField(40, null=True)  # by which it left
    job = pw.IntegerField(null=True)  # the job of the kernel that sends it
    state = pw.CharField(10)
    reason = pw.CharField(300, default="")
    created_at = pw.DateTimeField(index=True)
    due_at = pw.DateTimeField()
    expires_at = pw.DateTimeField()  # not handed over until then: it is not sent any more
    sent_at = pw.DateTimeField(null=True)
    final_at = pw.DateTimeField(null=True)
    #: The message that this one repeats, by somebody's decision.
    repeats = ref("self", null=True)

    class Meta:
        indexes = (
            (("state", "due_at"), False),
            (("person", "created_at"), False),
            (("reference",), False),
        )


class Part(Record):
    """One part of a message as the gateway knows it; reports come for parts."""

    message = ref(Message, cascade=True)
    gateway = pw.CharField(40)
    gateway_id = pw.CharField(80)
    state = pw.CharField(10)

    class Meta:
        indexes = ((("gateway", "gateway_id"), False),)


class Report(Record):
    """A report about a part that nobody knows yet: it may have overtaken the gateway's answer."""

    gateway = pw.CharField(40)
    gateway_id = pw.CharField(80)
    state = pw.CharField(10)
    reason = pw.CharField(300, default="")
    received_at = pw.DateTimeField(index=True)

    class Meta:
        indexes = ((("gateway", "gateway_id", "state"), True),)


class Template(Record):
    """A text that the school uses again and again, with fields such as ``{имя}``."""

    title = pw.CharField(80)
    kind = pw.CharField(20)
    text = pw.TextField()
    version = pw.IntegerField(default=1)


class Broadcast(Record):
    """One text to many people, filled in for each of them when it leaves (R2.13.4c).

    A draft is its author's alone. ``due_at`` is the moment when it starts, quiet hours over.
    """

    author = ref(Person, null=True)
    kind = pw.CharField(20)
    text = pw.TextField()
    day = pw.DateField(null=True)  # what {дата} says; empty: the day on which it starts
    urgent = pw.BooleanField(default=False)
    state = pw.CharField(10)  # see CAST_STATES
    reason = pw.CharField(300, default="")
    created_at = pw.DateTimeField()
    wanted_at = pw.DateTimeField(null=True)  # the moment that the author chose
    due_at = pw.DateTimeField(null=True)
    started_at = pw.DateTimeField(null=True)
    finished_at = pw.DateTimeField(null=True)
    job = pw.IntegerField(null=True)
    version = pw.IntegerField(default=1)
    #: Only those are written to whom that one did not reach.
    repeats = ref("self", null=True)
    with_unknown = pw.BooleanField(default=False)

    class Meta:
        indexes = ((("state", "created_at"), False),)


#: What becomes of a broadcast; the last three are ends.
DRAFT, WAITING, SENDING = "draft", "waiting", "sending"
DONE, CANCELLED, STOPPED = "done", "cancelled", "stopped"
CAST_STATES = (DRAFT, WAITING, SENDING, DONE, CANCELLED, STOPPED)


class Target(Record):
    """A key of :mod:`asurso_core.audience` that a broadcast addresses, and where it lies."""

    broadcast = ref(Broadcast, cascade=True)
    key = pw.CharField(80)
    school_class = ref(SchoolClass, null=True)
    group = ref(TeachingGroup, null=True)

    class Meta:
        indexes = ((("broadcast", "key"), True),)


class Recipient(Record):
    """One of those whom a broadcast addressed when it started, and how they were told."""

    broadcast = ref(Broadcast, cascade=True)
    person = ref(Person, null=True)
    pupil = ref(Person, null=True)  # the child through whom, and of whom the text speaks
    key = pw.CharField(80)
    school_class = ref(SchoolClass, null=True)  # whose budget pays
    group = ref(TeachingGroup, null=True)
    state = pw.CharField(10)  # see below
    message = ref(Message, null=True)
    reason = pw.CharField(300, default="")  # why there is no message

    class Meta:
        indexes = ((("broadcast", "state"), False),)


#: Not yet seen to; a message goes out; told in the notice centre instead; by no way at all.
PENDING, TEXTED, NOTIFIED, UNREACHED = "pending", "texted", "notified", "unreached"
#: Not among those who were meant any more when their turn came.
GONE = "gone"


class Inbound(Record):
    """A message that came in; the same one comes in once, however often the gateway tells it."""

    gateway = pw.CharField(40)
    gateway_id = pw.CharField(80)
    sender = pw.CharField(20)  # as the gateway says; easily forged
    receiver = pw.CharField(20)
    text = pw.TextField(null=True)  # emptied when it is old
    received_at = pw.DateTimeField(index=True)
    handled_at = pw.DateTimeField(null=True)
    #: Pieces of a long message until all are there: reference, number and count.
    piece = pw.CharField(40, null=True)

    class Meta:
        indexes = ((("gateway", "gateway_id"), True),)


class Query(Record):
    """What somebody asked by a text message, about whom, and what became of it (R2.13.4d).

    The text that was asked is that of ``inbound``, the text that was told that of ``message``;
    both are emptied when they are old, this row stays.
    """

    inbound = ref(Inbound, unique=True)
    person = ref(Person, null=True, index=False)  # empty: nobody has this number
    asked_at = pw.DateTimeField(index=True)
    command = pw.CharField(60, default="")  # «journal.marks», «help»; empty: none was understood
    about = ref(Person, null=True)
    state = pw.CharField(10)  # see below
    message = ref(Message, null=True)
    #: The children to choose from by a figure, in order.
    choices = JSONField(null=True)

    class Meta:
        indexes = ((("person", "asked_at"), False),)


#: What became of a query: answered; a figure is awaited; not understood, so the commands were
#: told; too many for a day, said so, or not even that; СТОП, СТАРТ; nothing was said.
ANSWERED, CHOICE, HELPED = "answered", "choice", "helped"
REFUSED, STOPPED, STARTED, SILENT = "refused", "stopped", "started", "silent"
