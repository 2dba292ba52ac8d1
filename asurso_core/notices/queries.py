"""Reading notices: the centre of a person, the settings of kinds, the journal of deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asurso_core import access, clock
from asurso_core.access import CONFIG, PERSONAL, Permission
from asurso_core.accounts import Person, children_ids
from asurso_core.actors import FAMILY, Actor
from asurso_core.db import binary_order, contains
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.notices import choosing
from asurso_core.notices.kinds import CLOSED, INSIDE, MUST, Channel, NoticeKind, channels, kinds
from asurso_core.notices.models import Notice, NoticeDelivery

EDIT, VIEW = "core.notices.edit", "core.notices.view"
PAGE = 50
PERMISSIONS: list[Any] = [
    Permission(
        name=EDIT, label=_l("Say of what people are told and how"), default={"admin": "school"},
        edits=True, risk=CONFIG,
    ),
    Permission(
        name=VIEW, label=_l("See what was told to whom and what became of it"),
        default={"admin": "school"}, risk=PERSONAL,
    ),
]  # fmt: skip
STATES: Mapping[str, Any] = {
    "waiting": _l("waits for its time"), "handed": _l("on its way"), "sent": _l("sent"),
    "delivered": _l("delivered"), "failed": _l("not sent"), "expired": _l("too late"),
    "unknown": _l("outcome unknown"), "dropped": _l("not needed any more"),
}  # fmt: skip


# --- the centre --------------------------------------------------------------------------------


def _mine(actor: Actor) -> Any:
    """Notices of the actor on the present side (R3.2), of plugins that are switched on."""
    return Notice.select().where(
        Notice.person == actor.person_id,
        Notice.shown == True,  # noqa: E712 - SQL
        Notice.side.in_(["", actor.side]),
        Notice.kind.in_(sorted(kinds())),
    )


@dataclass(frozen=True)
class Centre:
    """A page of the notice centre."""

    items: list[Notice]
    more: bool
    unread: int
    kinds: list[tuple[str, str]]


def centre(
    actor: Actor, *, kind: str = "", unread: bool = False, before: int | None = None
) -> Centre:
    """The newest notices of the actor, or those older than ``before`` (an id)."""
    query = _mine(actor)
    if kind:
        query = query.where(Notice.kind == kind)
    if unread:
        query = query.where(Notice.read_at.is_null())
    if before is not None:
        query = query.where(Notice.id < before)
    found = list(query.order_by(Notice.id.desc()).limit(PAGE + 1))
    return Centre(
        items=found[:PAGE],
        more=len(found) > PAGE,
        unread=actor.unread,
        kinds=[(name, str(one.title)) for name, (_o, one) in kinds().items() if _fits(one, actor)],
    )


def notice(actor: Actor, number: int) -> Notice:
    """One of the actor's own notices; raises :class:`NotThere`."""
    found: Notice | None = _mine(actor).where(Notice.id == number).first()
    if found is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return found


# --- what a person chose -----------------------------------------------------------------------


def _fits(kind: NoticeKind, actor: Actor) -> bool:
    side = not kind.side or kind.side == actor.side
    return side and (kind.requires is None or actor.holds(kind.requires))


@dataclass(frozen=True)
class Cell:
    """One choice on the settings page: what stands there, and whether it can be changed."""

    name: str
    rhythm: str
    fixed: str  # why it cannot be changed; empty if it can


@dataclass(frozen=True)
class Line:
    """A kind with its choices by channel."""

    kind: NoticeKind
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Sheet:
    """The choices for one child, or for all that is not about a child."""

    about: int
    name: str
    groups: dict[str, list[Line]]


@dataclass(frozen=True)
class Own:
    """The page on which a person says how to be told."""

    sheets: list[Sheet]
    channels: dict[str, Channel]
    addresses: dict[str, str]
    consents: dict[str, str]
    quiet: tuple[dt.time, dt.time]
    own_quiet: bool


def own(actor: Actor) -> Own:
    """Kinds that concern the actor, with the present choice for each child and channel."""
    out, user = channels(), actor.user_id or 0
    said = choosing.of([user])
    fitting = [kind for _owner, kind in kinds().values() if _fits(kind, actor)]
    sheets = [
        Sheet(id_, name, _groups([kind for kind in fitting if kind.of_pupil], user, id_, out, said))
        for id_, name in _children(actor)
    ]
    others = [kind for kind in fitting if not kind.of_pupil]
    sheets.append(Sheet(0, "", _groups(others, user, 0, out, said)))
    quiet = choosing.preferences([user], choosing.QUIET).get(user)
    consents = choosing.preferences([user], choosing.CONTENTS).get(user) or {}
    person = actor.person_id or 0
    return Own(
        sheets=[sheet for sheet in sheets if sheet.groups],
        channels=out,
        addresses={
            name: told for name, one in out.items() if (told := one.reach([person]).get(person))
        },
        consents=dict(consents),
        quiet=choosing.quiet_hours(quiet),
        own_quiet=quiet is not None,
    )


def _children(actor: Actor) -> list[tuple[int, str]]:
    """Pupils about whom the actor chooses: oneself, one's own children."""
    if actor.side != FAMILY:
        return []
    children = Person.select().where(
        Person.id.in_(children_ids(actor.person_id)), Person.archived_at.is_null()
    )
    found = [(row.id, row.call_name) for row in children.order_by(binary_order(Person.sort_key))]
    return [(actor.person_id or 0, ""), *found] if "pupil" in actor.roles else found


def _groups(
    listed: list[NoticeKind], user: int, about: int, out: Mapping[str, Channel],
    said: choosing.Choices,
) -> dict[str, list[Line]]:  # fmt: skip
    found: dict[str, list[Line]] = {}
    for kind in listed:
        cells = {
            channel: Cell(
                name=f"{kind.name}/{about}/{channel}",
                rhythm=said.rhythm(user, kind, about, channel),
                fixed=_fixed(kind, channel),
            )
            for channel in (INSIDE, *out)
        }
        found.setdefault(str(kind.group), []).append(Line(kind, cells))
    return found


def _fixed(kind: NoticeKind, channel: str) -> str:
    said = choosing.schools(kind, channel)
    if said == CLOSED:
        return _("not offered by the school")
    if said == MUST or (channel == INSIDE and kind.must):
        return _("always")
    return ""


# --- the school's --------------------------------------------------------------------------------


def matrix(actor: Actor) -> list[tuple[NoticeKind, dict[str, str]]]:
    """Every kind with what the school says of it by channel; raises :class:`Refused`."""
    access.require_any(actor, EDIT)
    return [
        (kind, {name: choosing.schools(kind, name) for name in (INSIDE, *channels())})
        for _owner, kind in kinds().values()
    ]


@dataclass(frozen=True)
class Sent:
    """A line of the journal of deliveries."""

    id: int
    at: dt.datetime
    person: str
    kind: str
    channel: str
    state: str
    reason: str
    due: dt.datetime


def sent(
    actor: Actor, *, channel: str = "", state: str = "", person: str = "",
    before: int | None = None, mine: bool = False,
) -> list[Sent]:  # fmt: skip
    """Deliveries, newest first, one more than a page holds if there are more.

    ``mine``: only the actor's own, which needs no right. Contents are not in it: who may look at
    the journal need not know the marks.
    """
    if not mine:
        access.require_any(actor, VIEW)
    delivery, known = NoticeDelivery, kinds()
    query = (
        delivery.select(delivery, Notice, Person)
        .join(Notice)
        .join(Person, on=Notice.person)
        .where(Notice.kind.in_(sorted(known)))
    )
    if mine:
        query = query.where(Notice.person == actor.person_id)
    if channel:
        query = query.where(delivery.channel == channel)
    if state:
        query = query.where(delivery.state == state)
    if person:
        query = query.where(contains(Person.search_text, person))
    if before is not None:
        query = query.where(delivery.id < before)
    ways = channels()
    return [
        Sent(
            id=row.id,
            at=clock.local(row.changed_at),
            person=row.notice.person.name,
            kind=str(known[row.notice.kind][1].title),
            channel=str(ways[row.channel].title) if row.channel in ways else row.channel,
            state=row.state,
            reason=row.reason or "",
            due=clock.local(row.due_at),
        )
        for row in query.order_by(delivery.id.desc()).limit(PAGE + 1)
    ]
