"""Announcements, whom they are for, who has read them, and what they said before."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person
from asurso_core.db import Record, ref
from asurso_core.fields import JSONField

#: States: only its author sees it; on the board from ``appears_at`` to ``ends_on``.
DRAFT, PUBLISHED = "draft", "published"


class Announcement(Record):
    """One announcement; it is never taken out of the table, only put away."""

    title = pw.CharField(200)
    text = pw.TextField()  # Markdown
    author = ref(Person, null=True)  # empty: a person whose data were erased
    state = pw.CharField(10, default=DRAFT)
    created_at = pw.DateTimeField()
    changed_at = pw.DateTimeField()
    # From when it is on the board; of a draft, when it shall appear. Empty: when it is published.
    appears_at = pw.DateTimeField(null=True)
    ends_on = pw.DateField(null=True)  # the last day on the board; empty: until it is put away
    pinned = pw.BooleanField(default=False)
    urgent = pw.BooleanField(default=False)
    must_acknowledge = pw.BooleanField(default=False)
    # Counts the changes that everybody has to read anew.
    edition = pw.IntegerField(default=1)
    version = pw.IntegerField(default=1)
    told_edition = pw.IntegerField(default=0)  # the last one of which people were told
    reminded_at = pw.DateTimeField(null=True)
    deleted_at = pw.DateTimeField(null=True)
    deleted_by = ref(Person, null=True, index=False)
    delete_reason = pw.CharField(255, null=True)

    class Meta:
        indexes = ((("state", "appears_at"), False),)


class Target(Record):
    """A part of the audience: a key of :mod:`asurso_core.audience`."""

    announcement = ref(Announcement, cascade=True, index=False)
    key = pw.CharField(60)

    class Meta:
        indexes = ((("announcement", "key"), True), (("key", "announcement"), False))


class Reading(Record):
    """A person has read an edition of an announcement, and perhaps said so by the button."""

    announcement = ref(Announcement, cascade=True, index=False)
    person = ref(Person)
    edition = pw.IntegerField()
    read_at = pw.DateTimeField()
    acknowledged_at = pw.DateTimeField(null=True)

    class Meta:
        indexes = ((("announcement", "person"), True),)


class Change(Record):
    """What an announcement was before and after somebody changed it."""

    announcement = ref(Announcement, cascade=True)
    at = pw.DateTimeField()
    author = ref(Person, null=True, index=False)
    before = JSONField()
    after = JSONField()


class Feed(Record):
    """A person's secret address of a feed, for one side of the person; only its hash is kept."""

    person = ref(Person, index=False)
    side = pw.CharField(10)
    digest = pw.CharField(64, unique=True)  # SHA-256 of the token
    created_at = pw.DateTimeField()

    class Meta:
        indexes = ((("person", "side"), True),)
