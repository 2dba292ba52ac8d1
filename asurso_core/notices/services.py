"""What people do with notices: read them, choose how to be told, set the school's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from asurso_core import access, audit, clock, settings
from asurso_core.accounts.models import Preference
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.notices import choosing, queries
from asurso_core.notices.kinds import CLOSED, INSIDE, MUST, NOW, OFF, RHYTHMS, channels, kinds
from asurso_core.notices.models import Notice, NoticeChoice


def read(actor: Actor, number: int) -> str:
    """Mark one of the actor's notices as read; returns the path of its page.

    :raises NotThere: it is not the actor's.
    """
    row = queries.notice(actor, number)
    with transaction():
        Notice.update(read_at=clock.stamp()).where(
            Notice.id == row.id, Notice.read_at.is_null()
        ).execute()
    return str(row.url)


def read_all(actor: Actor) -> int:
    """Mark all notices of the present side as read; returns how many."""
    with transaction():
        return int(
            Notice.update(read_at=clock.stamp())
            .where(
                Notice.person == actor.person_id,
                Notice.side.in_(["", actor.side]),
                Notice.read_at.is_null(),
            )
            .execute()
        )


def seen(actor: Actor, url: str) -> int:
    """The actor has seen the page of a plugin: unread notices that lead there are read.

    ``url`` is the path that they were told with. Call inside the transaction of the deed.
    """
    return int(
        Notice.update(read_at=clock.stamp())
        .where(
            Notice.person == actor.person_id,
            Notice.side.in_(["", actor.side]),
            Notice.url == url,
            Notice.read_at.is_null(),
        )
        .execute()
    )


def choose(actor: Actor, wanted: Mapping[str, str]) -> None:
    """Keep choices: ``{"<kind>/<child or 0>/<channel>": rhythm}``; what is not named stays.

    :raises Invalid: something is not on the actor's page, or is fixed by the school.
    """
    offered = {
        cell.name: (line.kind.name, sheet.about, channel, cell)
        for sheet in queries.own(actor).sheets
        for lines in sheet.groups.values()
        for line in lines
        for channel, cell in line.cells.items()
        if not cell.fixed
    }
    with transaction():
        for name, rhythm in sorted(wanted.items()):
            if name not in offered or rhythm not in RHYTHMS:
                raise Invalid(_("Choose one of the list."))
            kind, about, channel, cell = offered[name]
            if channel == INSIDE and rhythm not in {OFF, NOW}:
                raise Invalid(_("Choose one of the list."))
            if rhythm == cell.rhythm:
                continue
            NoticeChoice.insert(
                user=actor.user_id, kind=kind, about=about, channel=channel, rhythm=rhythm
            ).on_conflict(
                conflict_target=[
                    NoticeChoice.user, NoticeChoice.kind, NoticeChoice.about, NoticeChoice.channel
                ],
                update={NoticeChoice.rhythm: rhythm},
            ).execute()  # fmt: skip


def keep_quiet(actor: Actor, begins: str, ends: str) -> None:
    """Keep the actor's own quiet hours; two empty texts go back to the school's.

    :raises Invalid: these are no times of the day.
    """
    with transaction():
        if not begins and not ends:
            _forget(actor, choosing.QUIET)
            return
        _keep(actor, choosing.QUIET, _hours(begins, ends))


def _hours(begins: str, ends: str) -> list[str]:
    try:
        return [f"{dt.time.fromisoformat(text):%H:%M}" for text in (begins, ends)]
    except ValueError as error:
        raise Invalid(_("A time such as 21:00.")) from error


def agree(actor: Actor, channel: str, yes: bool) -> None:
    """Agree that a channel carries contents, or take it back; both are recorded with their day.

    :raises Invalid: there is no such channel, or it asks for no consent here.
    """
    known = channels().get(channel)
    if known is None or not known.asks_consent:
        raise Invalid(_("Choose one of the list."))
    user = actor.user_id or 0
    with transaction():
        said = dict(choosing.preferences([user], choosing.CONTENTS).get(user) or {})
        if bool(said.get(channel)) == yes:
            return
        said.pop(channel, None)
        if yes:
            said[channel] = clock.today().isoformat()
        _keep(actor, choosing.CONTENTS, said)
        audit.record(
            actor,
            "core.contents_agreed" if yes else "core.contents_withdrawn",
            f"core.user:{user}",
            person=actor.person_id,
            after={"channel": channel},
        )


def _keep(actor: Actor, name: str, value: Any) -> None:
    Preference.insert(user=actor.user_id, name=name, value=value).on_conflict(
        conflict_target=[Preference.user, Preference.name], update={Preference.value: value}
    ).execute()


def _forget(actor: Actor, name: str) -> None:
    Preference.delete().where(Preference.user == actor.user_id, Preference.name == name).execute()


def set_rules(actor: Actor, rhythms: Mapping[str, str], begins: str, ends: str) -> None:
    """The school's rules: ``{"<kind>/<channel>": rhythm, "closed" or "must"}`` and quiet hours.

    :raises Refused: the actor may not set rules.
    :raises Invalid: there is no such kind, channel or rhythm.
    """
    access.require_any(actor, queries.EDIT)
    allowed = {f"{kind}/{channel}" for kind in kinds() for channel in (INSIDE, *channels())}
    kept = dict(settings.get(choosing.OWNER, "rhythms"))
    for name, rhythm in rhythms.items():
        inside = name.endswith(f"/{INSIDE}")
        words = {OFF, NOW, MUST} if inside else {*RHYTHMS, CLOSED, MUST}
        if name not in allowed or rhythm not in words:
            raise Invalid(_("Choose one of the list."))
        kept[name] = rhythm
    settings.put(actor, choosing.OWNER, {"rhythms": kept, "quiet": _hours(begins, ends)})
