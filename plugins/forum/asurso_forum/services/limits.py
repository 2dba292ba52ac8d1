"""What a message may be: its length, and for pupils how often (T41)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.errors import Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_forum import policy
from asurso_forum.models import Message, Topic


def is_pupil(actor: Actor) -> bool:
    """Whether the limits for pupils hold for the actor."""
    return "pupil" in actor.roles


def text_of(actor: Actor, text: str) -> str:
    """The trimmed text of a message; raises ``Invalid`` when it is empty or too long."""
    text = text.replace("\r\n", "\n").strip()
    longest = int(policy.rule("pupil_longest")) if is_pupil(actor) else policy.LONGEST
    if not text:
        raise Invalid(fields={"text": [_("Write something.")]})
    if "\x00" in text:
        raise Invalid(fields={"text": [_("The text holds a character that cannot be stored.")]})
    if len(text) > longest:
        raise Invalid(
            fields={"text": [_("At most %(longest)s characters fit here.", longest=longest)]}
        )
    return text


def may_write_now(actor: Actor) -> None:
    """Raise ``Refused`` when a pupil has written too much or a moment ago."""
    if not is_pupil(actor):
        return
    since = _morning()
    newest = (
        Message.select(Message.created_at)
        .where(Message.author == actor.person_id, Message.created_at >= since)
        .order_by(Message.created_at.desc())
    )
    found: Any = newest.tuples()
    stamps = [row[0] for row in found]
    most = int(policy.rule("pupil_messages_a_day"))
    if len(stamps) >= most:
        raise Refused(
            ngettext(
                "You have written %(num)s message today: that is the most. Go on tomorrow.",
                "You have written %(num)s messages today: that is the most. Go on tomorrow.",
                most,
            )
        )
    pause = int(policy.rule("pupil_pause"))
    if stamps and clock.stamp() - stamps[0] < dt.timedelta(seconds=pause):
        raise Refused(
            ngettext(
                "Wait a little: between two messages there must be %(num)s second.",
                "Wait a little: between two messages there must be %(num)s seconds.",
                pause,
            )
        )


def may_open_now(actor: Actor) -> None:
    """Raise ``Refused`` when a pupil has opened enough topics today."""
    if not is_pupil(actor):
        return
    most = int(policy.rule("pupil_topics_a_day"))
    opened = Topic.select().where(Topic.author == actor.person_id, Topic.created_at >= _morning())
    if opened.count() >= most:
        raise Refused(_("You have opened enough topics today. Write in one that is there."))


def _morning() -> dt.datetime:
    """The beginning of the school's day, as it is stored."""
    start = dt.datetime.combine(clock.today(), dt.time(), tzinfo=clock.zone())
    return start.astimezone(dt.UTC).replace(tzinfo=None)
