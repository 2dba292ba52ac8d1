"""One announcement: its page, its form, its history; whom it can be written to."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_announcements.models import Announcement, Change, Reading, Target
from asurso_announcements.permissions import EDIT_ALL, WRITE
from asurso_announcements.queries import rule
from asurso_announcements.queries.board import name_of, state_of
from asurso_core import access, audience, clock, files, markup
from asurso_core.accounts import Person, User
from asurso_core.actors import Actor
from asurso_core.db import binary_order, contains, rows
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.files import StoredFile
from asurso_core.i18n import date_text, pgettext
from asurso_core.i18n import gettext as _
from asurso_core.text import fold


def target_of(announcement_id: int) -> str:
    """How files and the audit name an announcement."""
    return f"announcements.announcement:{announcement_id}"


def url_of(announcement_id: int) -> str:
    """The path of an announcement's page, for what is told outside of a request."""
    return f"/announcements/{announcement_id}"


def find(actor: Actor, announcement_id: int) -> Announcement:
    """An announcement that the actor may read; raises ``NotThere``."""
    found = None
    if 0 < announcement_id < 2**31:
        found = (
            Announcement.select()
            .where(Announcement.id == announcement_id, rule.readable(actor))
            .first()
        )
    if found is None:
        raise rule.not_there()
    return found  # type: ignore[no-any-return]


def keys_of_row(row: Announcement) -> list[str]:
    """The keys of an announcement in the order in which they were chosen."""
    query: Any = Target.select(Target.key).where(Target.announcement == row).order_by(Target.id)
    return [key for (key,) in query.tuples()]


def may_read_file(actor: Actor, row: StoredFile) -> bool:
    """Whether the actor may have a file: whoever may read the announcement it hangs on."""
    number = row.target.removeprefix("announcements.announcement:")
    try:
        find(actor, int(number) if number.isdecimal() else 0)
    except NotThere:
        return False
    return True


@dataclass(frozen=True)
class Page:
    """An announcement as its reader sees it."""

    row: Announcement
    state: str
    author: str
    html: Any
    to: list[str]
    files: list[StoredFile]
    addressed: bool
    unread: bool
    acknowledged_at: dt.datetime | None
    may_edit: bool
    may_see_readers: bool
    may_restore: bool
    is_own: bool

    @property
    def to_acknowledge(self) -> bool:
        """Whether the reader is asked to press the button."""
        return (
            self.row.must_acknowledge
            and self.addressed
            and not self.is_own
            and self.acknowledged_at is None
            and self.state == "shown"
        )


def page(actor: Actor, announcement_id: int) -> Page:
    """One announcement with everything around it."""
    row = find(actor, announcement_id)
    keys = keys_of_row(row)
    reading = Reading.get_or_none(
        Reading.announcement == row, Reading.person == actor.person_id,
        Reading.edition == row.edition,
    )  # fmt: skip
    mine = row.author_id is not None and row.author_id == actor.person_id
    for_me = bool(set(keys) & audience.keys_of(actor))
    author = Person.get_or_none(Person.id == row.author_id)
    return Page(
        row,
        state_of(row.state, row.appears_at, row.ends_on, row.deleted_at),
        author.short_name if author is not None else name_of(None, None, None),
        markup.markdown(row.text),
        list(audience.titles(keys).values()),
        files.of_target(target_of(row.id)),
        for_me,
        rule.is_on_board(row) and for_me and not mine and reading is None,
        reading.acknowledged_at if reading is not None else None,
        rule.may_edit(actor, row),
        rule.may_see_readers(actor, row, keys),
        may_restore(actor, row),
        mine,
    )


def is_missing(actor: Actor, row: Announcement, *, acknowledged: bool) -> bool:
    """Whether it is meant for the actor, who has not read its newest edition yet.

    ``acknowledged``: where that is asked, reading alone is not enough.
    """
    if not set(keys_of_row(row)) & audience.keys_of(actor):
        return False
    reading = Reading.get_or_none(
        Reading.announcement == row, Reading.person == actor.person_id,
        Reading.edition == row.edition,
    )  # fmt: skip
    if reading is None:
        return True
    return acknowledged and row.must_acknowledge and reading.acknowledged_at is None


def may_restore(actor: Actor, row: Announcement) -> bool:
    """Whether the actor may bring it back: who put away his own, or who may edit all."""
    if row.deleted_at is None or not rule.may_edit(actor, row):
        return False
    return row.deleted_by_id == actor.person_id or access.can(actor, EDIT_ALL, row)


def to_edit(actor: Actor, announcement_id: int) -> tuple[Announcement, list[str]]:
    """An announcement and its keys, for whoever may change it.

    :raises Refused: the actor may only read it, or it lies in the trash.
    """
    row = find(actor, announcement_id)
    if not rule.may_edit(actor, row):
        raise Refused(_("Only its author or the administrator can change an announcement."))
    if row.deleted_at is not None:
        raise Refused(_("The announcement is in the trash. Restore it first."))
    return row, keys_of_row(row)


# --- whom one can write to -----------------------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """A part of the audience that can be ticked in the form."""

    key: str
    label: str
    section: str
    chosen: bool


def audience_form(actor: Actor, chosen: Collection[str]) -> list[Offer]:
    """What the form offers, ticked where it is chosen; chosen persons and odd keys at the end.

    A key that the actor may not address (somebody else's announcement, a class that one no longer
    leads) stands there too, so that saving does not silently drop it.
    """
    offered = audience.choices(actor, WRITE)
    known = {one.key for one in offered}
    wanted = set(chosen)
    found = [Offer(one.key, one.label, one.section, one.key in wanted) for one in offered]
    rest = [key for key in dict.fromkeys(chosen) if key not in known and is_key(key)]
    words = audience.titles(rest)
    return [*found, *(Offer(key, words[key], "person", chosen=True) for key in rest)]


def is_key(text: str) -> bool:
    """Whether something that was sent is a key of an audience at all."""
    try:
        audience.parse(text)
    except Invalid:
        return False
    return True


def people(actor: Actor, text: str, limit: int = 12) -> list[tuple[str, str]]:
    """``(key, name and what they are)`` of people whom the actor may write to, by their names."""
    words = fold(text.replace("\x00", " ")[:100]).split()[:4]
    if not words or len(words[0]) < 2:
        return []
    holders = User.select(User.person).where(User.state == "active")
    query = access.visible(actor, WRITE, Person.select()).where(
        Person.archived_at.is_null(), Person.id.in_(holders)
    )
    for word in words:
        query = query.where(contains(Person.search_text, word))
    first = pw.Case(None, [(pw.fn.substr(Person.search_text, 1, len(words[0])) == words[0], 0)], 1)
    found = list(query.order_by(first, binary_order(Person.sort_key), Person.id).limit(limit))
    about = _about([one.id for one in found])
    return [(f"person:{one.id}", ", ".join([one.name, *about.get(one.id, [])])) for one in found]


_ABOUT = """
    SELECT m.pupil_id AS person, c.grade, c.letter, 0 AS parent FROM core_class_member m
      JOIN core_school_class c ON c.id = m.school_class_id
     WHERE m.since <= ? AND (m.until IS NULL OR m.until > ?) AND m.pupil_id IN ?
    UNION
    SELECT k.guardian_id, c.grade, c.letter, 1 FROM core_guardian k
      JOIN core_class_member m ON m.pupil_id = k.pupil_id
      JOIN core_school_class c ON c.id = m.school_class_id
     WHERE m.since <= ? AND (m.until IS NULL OR m.until > ?) AND k.guardian_id IN ?
"""


def _about(ids: list[int]) -> dict[int, list[str]]:
    """In which class a pupil is, or a parent's child: tells namesakes apart."""
    today, found = clock.today(), dict[int, list[str]]()
    if ids:
        for person, grade, letter, parent in rows(_ABOUT, [today, today, ids] * 2):
            title = f"{grade}{letter}"
            word = _("parent, %(title)s", title=title) if parent else title
            found.setdefault(person, []).append(word)
    return found


# --- what it was before --------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One change: of each field what it was and became; of the text its lines."""

    at: dt.datetime
    who: str
    fields: list[tuple[str, str, str]]
    lines: list[tuple[str, str]]  # ("-", "+" or " ", line)


def history(actor: Actor, announcement_id: int) -> tuple[Announcement, list[Step]]:
    """What was changed since it was published, the newest first; for whoever may change it.

    :raises Refused: the actor may only read it.
    """
    row = find(actor, announcement_id)
    if not rule.may_edit(actor, row):
        raise Refused(_("Only the author and the administrator see what was changed."))
    changes = list(
        Change.select(Change, Person)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Change.author == Person.id))
        .where(Change.announcement == row)
        .order_by(Change.id.desc())
        .limit(200)
    )
    keys = {
        key for one in changes for side in (one.before, one.after) for key in side.get("keys", [])
    }
    words = audience.titles(keys)
    return row, [
        Step(
            one.at,
            one.author.short_name if one.author_id else name_of(None, None, None),
            _told(one, words),
            _lines(one.before.get("text"), one.after.get("text")),
        )
        for one in changes
    ]


def _told(change: Change, words: dict[str, str]) -> list[tuple[str, str, str]]:
    labels = {
        "title": pgettext("announcement", "Title"),
        "keys": _("For whom"),
        "files": _("Files"),
        "appears_at": _("Appears"),
        "ends_on": _("Last day on the board"),
        "pinned": _("Pinned"),
        "urgent": _("Urgent"),
        "must_acknowledge": _("Must be acknowledged"),
        "edition": _("Has to be read anew"),
    }
    return [
        (label, _said(name, change.before.get(name), words), _said(name, change.after[name], words))
        for name, label in labels.items()
        if name in change.after
    ]


def _said(name: str, value: Any, words: dict[str, str]) -> str:
    if value is None or value == []:
        return "—"
    if name == "keys":
        return "; ".join(words.get(key, key) for key in value)
    if name == "files":
        return "; ".join(value)
    if name == "appears_at":
        return f"{clock.local(dt.datetime.fromisoformat(value)):%d.%m.%Y %H:%M}"
    if name == "ends_on":
        return date_text(dt.date.fromisoformat(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _lines(before: str | None, after: str | None) -> list[tuple[str, str]]:
    """The lines that went and came, each between its neighbours."""
    if before is None or after is None:
        return []
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return [(line[0], line[1:]) for line in list(told)[2:] if not line.startswith("@@")]
