"""Reports about letters, and what moderators decide: nothing, a warning, a time without writing."""

from __future__ import annotations

import datetime as dt

from asurso_core import access, audit, clock
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_mail import kinds, queries
from asurso_mail.models import AUTHOR, BANNED, DISMISSED, OPEN, WARNED, Ban, Report
from asurso_mail.permissions import MODERATE, USE
from asurso_mail.services import texts
from asurso_mail.services.sending import send_from_school

#: The longest time without writing, days.
LONGEST_BAN = 90
#: Reports of one person a day: the queue must not be flooded either.
MOST_REPORTS = 10


def _reason(text: str, field: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Invalid(fields={field: [_("Say why.")]})
    if len(text) > 500 or not texts.is_storable(text):
        raise Invalid(fields={field: [_("The text is too long, or cannot be stored.")]})
    return text


def report(actor: Actor, copy_id: int, reason: str, note: str = "") -> None:
    """Ask a moderator to read a letter that one has received; saying it twice changes nothing.

    From then on moderators see this letter and the talk around it, and nothing else of the box.

    :raises NotThere: there is no such letter in the own mailbox.
    :raises Invalid: an unknown reason.
    :raises Refused: one's own letter, or too many reports today.
    """
    access.require_any(actor, USE)
    with transaction():
        copy = queries.copy(actor, copy_id)
        if copy.part == AUTHOR or copy.message.author_id is None:
            raise Refused(_("Only letters of others can be reported."))
        if reason not in kinds.REASONS:
            raise Invalid(fields={"reason": [_("Choose one of the list.")]})
        mine = Report.select().where(Report.reporter == actor.person_id)
        if mine.where(Report.message == copy.message).exists():
            return
        since = clock.stamp() - dt.timedelta(days=1)
        if mine.where(Report.created_at >= since).count() >= MOST_REPORTS:
            raise Refused(_("You have reported enough today. Talk to your class teacher."))
        Report.create(
            message=copy.message, reporter=actor.person_id, side=actor.side, reason=reason,
            note=note.strip()[:500], created_at=clock.stamp(),
        )  # fmt: skip
        audit.record(
            actor, "mail.reported", f"mail.message:{copy.message_id}",
            person=copy.message.author_id, reason=reason, topic=None,
        )  # fmt: skip


def decide(actor: Actor, report_id: int, decision: str, words: str = "", days: int = 0) -> None:
    """Decide a report, and with it all open ones about the same letter.

    A warning and a ban reach the author as a letter of the school, with the words given.

    :raises Invalid: an unknown decision, no words, or too many days.
    :raises Refused: it is decided already, or it is about the moderator's own letter.
    """
    access.require_any(actor, MODERATE)
    with transaction():
        row = queries.find(actor, report_id)
        message = row.message
        if row.state != OPEN:
            raise Refused(_("This report is decided already."))
        if message.author_id is not None and message.author_id == actor.person_id:
            raise Refused(_("Somebody else has to decide about your own letter."))
        if decision not in kinds.DECISIONS:
            raise Invalid(fields={"decision": [_("Choose one of the list.")]})
        if decision != DISMISSED:
            words = _reason(words, "words")
        if decision == BANNED and not 1 <= days <= LONGEST_BAN:
            raise Invalid(fields={"days": [_("From 1 to %(most)s days.", most=LONGEST_BAN)]})
        Report.update(
            state=decision,
            decided_by=actor.person_id,
            decided_at=clock.stamp(),
            decision=words[:500],
        ).where(Report.message == message, Report.state == OPEN).execute()
        if message.author_id is not None and decision in {WARNED, BANNED}:
            _tell(actor, message.author_id, message.side, message.subject, decision, words, days)
        audit.record(
            actor, "mail.decided", f"mail.message:{message.id}", person=message.author_id,
            after={"decision": decision, "days": days if decision == BANNED else None},
            reason=words[:255] or None, topic=None,
        )  # fmt: skip


def _tell(
    actor: Actor, person: int, side: str, subject: str, decision: str, words: str, days: int
) -> None:
    """Let the author know, and keep them from writing if that was decided."""
    if decision == WARNED:
        told = _("A moderator has read your letter «%(subject)s» and warns you: %(words)s",
                 subject=subject, words=words)  # fmt: skip
    else:
        until = clock.today() + dt.timedelta(days=days)
        Ban.create(
            person=person, side=side, until=until, reason=words, given_by=actor.person_id,
            given_at=clock.stamp(),
        )  # fmt: skip
        told = _("A moderator has read your letter «%(subject)s». Until %(day)s you cannot write "
                 "letters: %(words)s",
                 subject=subject, day=until.strftime("%d.%m.%Y"), words=words)  # fmt: skip
    send_from_school(person, side, _("About your letter"), told)


def lift(actor: Actor, ban_id: int) -> None:
    """Give somebody the right to write back before its day; raises ``NotThere``."""
    access.require_any(actor, MODERATE)
    with transaction():
        there = Ban.id == ban_id, Ban.lifted_at.is_null(), Ban.until >= clock.today()
        ban = Ban.get_or_none(*there) if ban_id < 2**31 else None
        if ban is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
        if ban.person_id == actor.person_id:
            raise Refused(_("Somebody else has to decide about you."))
        ban.lifted_at = clock.stamp()
        ban.save()
        audit.record(
            actor, "mail.ban_lifted", f"mail.ban:{ban.id}", person=ban.person_id, topic=None
        )
