"""Pages, the items on them, their authors, and the links by which strangers may read one item."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person
from asurso_core.db import Record, ref


class Page(Record):
    """What somebody tells of themselves; there is none until they have written something."""

    person = ref(Person, unique=True)
    about = pw.TextField(default="")
    visibility = pw.CharField(10, default="me")
    version = pw.IntegerField(default=1)


class Item(Record):
    """One achievement, project, work …; it stands on the pages of all its authors.

    ``visibility`` is ``me``, ``class`` or ``school``; those who may read the whole portfolio of an
    author (parents, class teacher) read it whatever it says.
    """

    owner = ref(Person)  # who entered it, and alone decides about its authors and links
    kind = pw.CharField(40)
    title = pw.CharField(200)
    text = pw.TextField(default="")
    date = pw.DateField(null=True)
    level = pw.CharField(20, null=True)
    place = pw.CharField(20, null=True)
    venue = pw.CharField(200, null=True)  # who held it, where it was published, who wrote it
    subject = pw.CharField(80, null=True)
    visibility = pw.CharField(10, default="me")
    confirmed_at = pw.DateTimeField(null=True)
    confirmed_by = ref(Person, null=True)
    created_at = pw.DateTimeField()
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("kind", "date"), False),)


class Author(Record):
    """Whose an item is; everybody orders the items of their own page.

    An invited author has not accepted yet: the item does not stand on their page.
    """

    item = ref(Item, cascade=True)
    person = ref(Person)
    position = pw.IntegerField()
    accepted = pw.BooleanField(default=True)

    class Meta:
        indexes = ((("item", "person"), True), (("person", "position"), False))


class Link(Record):
    """A secret address that shows one item to whoever knows it, until a day."""

    item = ref(Item, cascade=True)
    token = pw.CharField(43, unique=True)
    expires_on = pw.DateField()  # the last day on which it works
    created_at = pw.DateTimeField()
