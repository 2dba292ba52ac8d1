"""The one rule of who reads what, as conditions for lists and for single announcements."""

from __future__ import annotations

import functools
import operator
from typing import Any

import peewee as pw

from asurso_announcements.models import PUBLISHED, Announcement, Reading, Target
from asurso_announcements.permissions import EDIT_ALL, VIEW, WRITE
from asurso_core import access, audience, clock
from asurso_core.actors import STAFF, Actor
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _


def not_there() -> NotThere:
    """The refusal that tells nothing about what exists."""
    return NotThere(_("There is no such page, or it is not open to you."))


# --- where an announcement stands, whoever asks ------------------------------------------------


def appeared() -> Any:
    """Published, its hour has come, and nobody has put it away."""
    return (
        (Announcement.state == PUBLISHED)
        & Announcement.deleted_at.is_null()
        & (Announcement.appears_at <= clock.stamp())
    )


def current() -> Any:
    """Its last day is not over."""
    return Announcement.ends_on.is_null() | (Announcement.ends_on >= clock.today())


def ended() -> Any:
    """Its last day is over: it is in the archive."""
    return Announcement.ends_on.is_null(False) & (Announcement.ends_on < clock.today())


def is_on_board(row: Announcement) -> bool:
    """:func:`appeared` and :func:`current` of a row that is at hand."""
    return (
        row.state == PUBLISHED
        and row.deleted_at is None
        and row.appears_at is not None
        and row.appears_at <= clock.stamp()
        and (row.ends_on is None or row.ends_on >= clock.today())
    )


def waits(row: Announcement) -> bool:
    """Whether its hour is still to come: a draft, or one that is scheduled."""
    if row.state != PUBLISHED or row.appears_at is None:
        return True
    return bool(row.appears_at > clock.stamp())


# --- of one actor ------------------------------------------------------------------------------


def _any(rules: list[Any]) -> Any:
    """At least one of conditions, some of which may be plain True or False."""
    if any(rule is True for rule in rules):
        return pw.SQL("1 = 1")
    left = [rule for rule in rules if rule is not False]
    return functools.reduce(operator.or_, left) if left else pw.SQL("1 = 0")


def own(actor: Actor) -> Any:
    """What the actor wrote; on the family's side nobody is an author (R3.2)."""
    if actor.side != STAFF or actor.person_id is None:
        return False
    return Announcement.author == actor.person_id


def editable(actor: Actor) -> Any:
    """What the actor may change although others wrote it; their drafts are theirs alone."""
    rule = access.condition(actor, EDIT_ALL, Announcement)
    published = Announcement.state == PUBLISHED
    if rule is True or rule is False:
        return published if rule else False
    return published & rule


def for_reader(actor: Actor) -> Any:
    """What has appeared and is meant for the actor, was written by the actor, or is in his care."""
    rules = [access.condition(actor, VIEW, Announcement), own(actor), editable(actor)]
    return appeared() & _any(rules)


def readable(actor: Actor) -> Any:
    """:func:`for_reader`, and what has not appeared or was put away, for those who look after it.

    Every list, page, search, feed and file asks this or :func:`for_reader`.
    """
    return for_reader(actor) | _any([own(actor), editable(actor)])


def addressed(actor: Actor) -> Any:
    """The actor is among those for whom it is: only of such it can be said that it is unread."""
    return Announcement.id.in_(
        Target.select(Target.announcement).where(Target.key.in_(sorted(audience.keys_of(actor))))
    )


def by_others(actor: Actor) -> Any:
    """Somebody else wrote it: nobody has to read and acknowledge what he wrote himself."""
    return Announcement.author.is_null() | (Announcement.author != actor.person_id)


def unread_by(actor: Actor) -> Any:
    """On the board, meant for the actor, and not read in its newest edition.

    For a query that joins :class:`Reading` of the actor from the left (:func:`with_reading`).
    """
    return (
        appeared()
        & current()
        & addressed(actor)
        & by_others(actor)
        & (Reading.id.is_null() | (Reading.edition < Announcement.edition))
    )


def with_reading(query: Any, actor: Actor) -> Any:
    """The query with what the actor has read beside each announcement."""
    beside = (Reading.announcement == Announcement.id) & (Reading.person == actor.person_id)
    return query.join(Reading, pw.JOIN.LEFT_OUTER, on=beside)


# --- may I ---------------------------------------------------------------------------------------


def may_edit(actor: Actor, row: Announcement) -> bool:
    """Whether the actor may change it: the author as long as he may write, or who may edit all."""
    if row.author_id is not None and row.author_id == actor.person_id:
        return actor.side == STAFF and actor.holds(WRITE)
    return row.state == PUBLISHED and access.can(actor, EDIT_ALL, row)


def may_see_readers(actor: Actor, row: Announcement, keys: list[str]) -> bool:
    """Whether the actor may see by name who has read it.

    An author who has left the class does not see the parents who have come since.
    """
    if row.state != PUBLISHED:
        return False
    if access.can(actor, EDIT_ALL, row):
        return True
    if not may_edit(actor, row):
        return False
    try:
        audience.check(actor, WRITE, keys)
    except (Invalid, Refused):
        return False
    return True
