"""Reports of readers and what moderators decide."""

from __future__ import annotations

from asurso_core import access, audit, clock
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_forum import kinds, policy, queries
from asurso_forum.models import HIDDEN, OPEN, Message, Report
from asurso_forum.permissions import MODERATE, VIEW
from asurso_forum.services.limits import is_pupil
from asurso_forum.services.messages import gone, shown, take_away

#: Reports of one pupil a day: the queue must not be flooded either.
MOST_REPORTS = 10


def report(actor: Actor, message_id: int, reason: str, note: str = "") -> None:
    """Ask a moderator to look at a message; saying it twice changes nothing.

    Enough reports hide the message until somebody has looked (a setting of the school).

    :raises Invalid: an unknown reason.
    :raises Refused: one's own message, or too many reports today.
    """
    with transaction():
        message = queries.message(actor, message_id)
        if reason not in kinds.REASONS:
            raise Invalid(fields={"reason": [_("Choose one of the list.")]})
        if message.author_id == actor.person_id:
            raise Refused(_("This is your own message."))
        mine = Report.select().where(Report.reporter == actor.person_id)
        if mine.where(Report.message == message).exists():
            return
        since = clock.stamp().replace(hour=0, minute=0, second=0, microsecond=0)
        if is_pupil(actor) and mine.where(Report.created_at >= since).count() >= MOST_REPORTS:
            raise Refused(_("You have reported enough today. Tell your class teacher."))
        Report.create(
            message=message, reporter=actor.person_id, reason=reason, note=note[:500],
            created_at=clock.stamp(),
        )  # fmt: skip
        audit.record(
            actor, "forum.message_reported", f"forum.message:{message.id}",
            person=message.author_id, reason=reason, topic=None,
        )  # fmt: skip
        _hide_by_reports(message)


def _hide_by_reports(message: Message) -> None:
    enough = int(policy.rule("reports_to_hide"))
    waiting = Report.select().where(Report.message == message, Report.state == "open").count()
    if enough and waiting >= enough and message.state == OPEN:
        message.state, message.reason = HIDDEN, None
        message.version += 1
        message.save()
        gone(message)


def _message(actor: Actor, message_id: int) -> Message:
    message = queries.message_for_deed(actor, message_id)
    access.require(actor, MODERATE, message, see=VIEW)
    return message


def hide(actor: Actor, message_id: int, reason: str) -> Message:
    """Take a message out of sight; the reason is shown in its place.

    :raises Invalid: no reason was given.
    """
    with transaction():
        message = _message(actor, message_id)
        if not reason.strip():
            raise Invalid(
                fields={"reason": [_("Say why: the reason stands in place of the message.")]}
            )
        take_away(actor, message, HIDDEN, reason.strip())
        audit.record(
            actor, "forum.message_hidden", f"forum.message:{message.id}",
            person=message.author_id, reason=reason.strip()[:255], topic=None,
        )  # fmt: skip
    return message


def restore(actor: Actor, message_id: int) -> Message:
    """Show a hidden, deleted or waiting message to everybody; open reports are rejected."""
    with transaction():
        message = _message(actor, message_id)
        _reject(message)
        if message.state == OPEN:
            return message
        before = message.state
        message.state, message.reason, message.decided_by = OPEN, None, None
        message.version += 1
        message.save()
        shown(message)
        audit.record(
            actor, "forum.message_shown", f"forum.message:{message.id}",
            before={"state": before}, person=message.author_id, topic=None,
        )  # fmt: skip
    return message


def dismiss(actor: Actor, message_id: int) -> Message:
    """Leave a message as everybody may see it: the reports were without ground."""
    return restore(actor, message_id)


def _reject(message: Message) -> None:
    Report.update(state="rejected", decided_at=clock.stamp()).where(
        Report.message == message, Report.state == "open"
    ).execute()
