"""Lists: the board, its archive, one's own, the trash, the start page, the search."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import peewee as pw

from asurso_announcements.models import DRAFT, PUBLISHED, Announcement, Reading, Target
from asurso_announcements.permissions import EDIT_ALL, VIEW, WRITE
from asurso_announcements.queries import rule
from asurso_core import access, audience, clock, fulltext, markup
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.text import sort_key

PER_PAGE = 20
#: Name of a list → its word. Which of them somebody has is told by :func:`shelves`.
SHELVES: dict[str, Any] = {
    "current": _l("On the board"),
    "archive": _l("Archive"),
    "mine": _l("My own"),
    "planned": _l("Waiting for their hour"),
    "trash": _l("Trash"),
}


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What of a list is asked for; an empty field asks for nothing."""

    shelf: str = "current"
    text: str = ""
    author: int | None = None
    key: str = ""
    unread: bool = False

    @property
    def is_set(self) -> bool:
        """Whether anything but the list itself is asked for."""
        return bool(self.text or self.author or self.key or self.unread)


@dataclass(frozen=True)
class Line:
    """An announcement in a list."""

    id: int
    title: str
    excerpt: str
    author: str
    state: str  # draft, planned, shown, ended, deleted
    at: dt.datetime | None
    ends_on: dt.date | None
    pinned: bool
    urgent: bool
    unread: bool
    to_acknowledge: bool
    to: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Listing:
    """A page of a list with what its filter offers."""

    lines: list[Line]
    shelves: list[str]
    filter: Filter
    authors: list[tuple[int, str]]
    keys: list[tuple[str, str]]
    page: int
    pages: int
    total: int


def shelves(actor: Actor) -> list[str]:
    """The lists that somebody has."""
    found = ["current", "archive"]
    if actor.holds(WRITE):
        found.append("mine")
    if actor.holds(EDIT_ALL):
        found.append("planned")
    return [*found, "trash"] if actor.holds(WRITE) or actor.holds(EDIT_ALL) else found


def _on_shelf(actor: Actor, shelf: str) -> tuple[Any, list[Any]]:
    """The condition of a list and its order."""
    newest = [Announcement.appears_at.desc(), Announcement.id.desc()]
    looked_after = rule.readable(actor)
    if shelf == "archive":
        return rule.for_reader(actor) & rule.ended(), newest
    if shelf == "mine":
        mine = looked_after & (Announcement.author == actor.person_id)
        last = [Announcement.changed_at.desc(), Announcement.id.desc()]
        return mine & Announcement.deleted_at.is_null(), last
    if shelf == "planned":
        waiting = (
            (Announcement.state == PUBLISHED)
            & Announcement.deleted_at.is_null()
            & (Announcement.appears_at > clock.stamp())
        )
        return looked_after & waiting, [Announcement.appears_at, Announcement.id]
    if shelf == "trash":
        gone = looked_after & Announcement.deleted_at.is_null(False)
        return gone, [Announcement.deleted_at.desc(), Announcement.id.desc()]
    shown = rule.for_reader(actor) & rule.current()
    return shown, [Announcement.pinned.desc(), *newest]


def listing(actor: Actor, wanted: Filter, page: int) -> Listing:
    """A page of a list; as many statements for ten announcements as for thousands.

    A list that the actor does not have is the board.
    """
    access.require_any(actor, VIEW)
    offered = shelves(actor)
    if wanted.shelf not in offered:
        wanted = Filter(text=wanted.text, author=wanted.author, key=wanted.key)
    shelf, order = _on_shelf(actor, wanted.shelf)
    query = _narrowed(_select(actor).where(shelf), actor, wanted)
    # Without the marks of each line, which the database would work out for thousands to count them.
    counted = rule.with_reading(Announcement.select(Announcement.id), actor)
    total = _narrowed(counted.where(shelf), actor, wanted).count()
    pages = max(1, -(-total // PER_PAGE))
    page = min(page, pages)
    found = list(query.order_by(*order).paginate(page, PER_PAGE).dicts())
    targets = _targets([one["id"] for one in found])
    # Made whole first: PostgreSQL without statistics would work the rule out for each of its rows.
    there = Announcement.select(Announcement.id).where(shelf).cte("there", materialized=True)
    beside: Any = (
        Target.select(Target.key)
        .where(Target.announcement.in_(there.select_from(there.c.id)))
        .distinct()
        .with_cte(there)
        .tuples()
    )
    used = [key for (key,) in beside]
    words = audience.titles({*used, *(key for keys in targets.values() for key in keys)})
    return Listing(
        [_line(one, [words[key] for key in targets.get(one["id"], [])]) for one in found],
        offered,
        wanted,
        _authors(shelf),
        sorted(((key, words[key]) for key in used), key=lambda one: sort_key(one[1])),
        page,
        pages,
        total,
    )


def _select(actor: Actor) -> Any:
    unread = pw.Case(None, [(rule.unread_by(actor), 1)], 0)
    # By the button "acknowledged", which is there for those whom it is meant for.
    waits = pw.Case(
        None,
        [
            (
                Announcement.must_acknowledge
                & rule.appeared()
                & rule.current()
                & rule.addressed(actor)
                & rule.by_others(actor)
                & (Reading.acknowledged_at.is_null() | (Reading.edition < Announcement.edition)),
                1,
            )
        ],
        0,
    )
    query = Announcement.select(
        Announcement.id, Announcement.title, Announcement.text, Announcement.state,
        Announcement.appears_at, Announcement.changed_at, Announcement.ends_on,
        Announcement.pinned, Announcement.urgent, Announcement.deleted_at, Person.surname,
        Person.given_name, Person.patronymic, unread.alias("unread"), waits.alias("waits"),
    )  # fmt: skip
    query = query.join(Person, pw.JOIN.LEFT_OUTER, on=(Announcement.author == Person.id))
    query = query.switch(Announcement)
    return rule.with_reading(query, actor)


def _narrowed(query: Any, actor: Actor, wanted: Filter) -> Any:
    if wanted.text:
        found = fulltext.find("announcements", "announcement", wanted.text)
        query = query.where(Announcement.id.in_(found))
    if wanted.author is not None:
        query = query.where(Announcement.author == wanted.author)
    if wanted.key:
        chosen = Target.select(Target.announcement).where(Target.key == wanted.key)
        query = query.where(Announcement.id.in_(chosen))
    return query.where(rule.unread_by(actor)) if wanted.unread else query


def _targets(ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    if ids:
        query: Any = (
            Target.select(Target.announcement, Target.key)
            .where(Target.announcement.in_(ids))
            .order_by(Target.id)
            .tuples()
        )
        for id_, key in query:
            found.setdefault(id_, []).append(key)
    return found


def _authors(shelf: Any) -> list[tuple[int, str]]:
    query = (
        Person.select(Person)
        .where(Person.id.in_(Announcement.select(Announcement.author).where(shelf)))
        .order_by(Person.sort_key)
    )
    return [(one.id, one.short_name) for one in query]


def name_of(surname: str | None, given: str | None, patronymic: str | None) -> str:
    """Surname and initials; words for a person whose data were erased."""
    if surname is None:
        return _("deleted user")
    initials = [f"{part[0]}." for part in (given, patronymic) if part]
    return " ".join([surname, *initials])


def state_of(
    state: str,
    appears_at: dt.datetime | None,
    ends_on: dt.date | None,
    deleted_at: dt.datetime | None,
) -> str:
    """Where an announcement stands, in one word: draft, planned, shown, ended, deleted."""
    if deleted_at is not None:
        return "deleted"
    if state == DRAFT:
        return "draft"
    if appears_at is not None and appears_at > clock.stamp():
        return "planned"
    return "ended" if ends_on is not None and ends_on < clock.today() else "shown"


def _line(row: dict[str, Any], to: list[str]) -> Line:
    words = markup.plain(row["text"])
    return Line(
        row["id"],
        row["title"],
        words[:180] + ("…" if len(words) > 180 else ""),
        name_of(row["surname"], row["given_name"], row["patronymic"]),
        state_of(row["state"], row["appears_at"], row["ends_on"], row["deleted_at"]),
        row["appears_at"] or row["changed_at"],
        row["ends_on"],
        bool(row["pinned"]),
        bool(row["urgent"]),
        bool(row["unread"]),
        bool(row["waits"]),
        to,
    )


def unread(actor: Actor, limit: int) -> list[Line]:
    """The newest that the actor has not read or not acknowledged, urgent ones first."""
    if not actor.holds(VIEW):
        return []
    missing = Reading.acknowledged_at.is_null() & Announcement.must_acknowledge
    waits = rule.unread_by(actor) | (
        rule.appeared() & rule.current() & rule.addressed(actor) & missing
    )
    query = (
        _select(actor)
        .where(rule.for_reader(actor), waits)
        .where(rule.by_others(actor))
        .order_by(
            Announcement.urgent.desc(), Announcement.appears_at.desc(), Announcement.id.desc()
        )
        .limit(limit)
    )
    return [_line(one, []) for one in query.dicts()]


def search(actor: Actor, text: str, limit: int) -> list[Line]:
    """Announcements that hold all words of the text, what is on the board before the archive."""
    if not actor.holds(VIEW):
        return []
    over = pw.Case(None, [(rule.ended(), 1)], 0)
    query = _narrowed(_select(actor).where(rule.for_reader(actor)), actor, Filter(text=text))
    return [
        _line(one, [])
        for one in query.order_by(over, Announcement.appears_at.desc(), Announcement.id.desc())
        .limit(limit)
        .dicts()
    ]
