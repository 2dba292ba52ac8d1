"""Notes of parents about an absence: the class teacher accepts or declines them (3.3)."""

from __future__ import annotations

import datetime as dt

from asurso_core import access, audit, clock, files, outbox
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_journal import permissions
from asurso_journal.models import AbsenceNote
from asurso_journal.services.absences import add_absence, year_of

KIND = "journal.absence_note"
FILE_KIND = "journal.note"
#: A note that waits and one parent may have so many of.
MOST_WAITING = 10


def target_of(note_id: int) -> str:
    """What the files of a note hang on, as in the audit."""
    return f"journal.absence_note:{note_id}"


def send_note(
    actor: Actor,
    pupil_id: int,
    *,
    starts: dt.date,
    ends: dt.date,
    reason: str,
    upload: files.Received | None = None,
) -> AbsenceNote:
    """Tell the class teacher that one's child is absent for days, both included, and why.

    :raises NotThere: not the actor's child.
    :raises Invalid: days out of order, or in no school year; no words; too many wait already.
    """
    if not access.allowed_ids(actor, permissions.NOTE, Person, [pupil_id]):
        raise NotThere(_("There is no such page, or it is not open to you."))
    if ends < starts:
        raise Invalid(fields={"ends": [_("The last day comes before the first.")]})
    reason = reason.strip()
    if not reason or len(reason) > 500 or "\x00" in reason:
        raise Invalid(fields={"reason": [_("Write the reason in a few words.")]})
    with transaction():
        year = year_of(starts, ends)
        waiting = AbsenceNote.select().where(
            AbsenceNote.pupil == pupil_id, AbsenceNote.state == "new"
        )
        if waiting.count() >= MOST_WAITING:
            raise Invalid(_("The class teacher has not answered your earlier notes yet."))
        note: AbsenceNote = AbsenceNote.create(
            pupil=pupil_id, year=year, starts=starts, ends=ends, reason=reason,
            created_at=clock.stamp(), created_by=actor.user_id,
        )  # fmt: skip
        if upload is not None:
            files.save(actor, FILE_KIND, upload, target=target_of(note.id))
        _record(actor, note, "new")
        outbox.put("journal.note_sent", note=note.id)
    return note


def accept_note(
    actor: Actor, note_id: int, *, code: str, version: int, certificate: str = ""
) -> AbsenceNote:
    """Accept a note: it becomes an absence with this code, which fills the lessons.

    :raises Conflict: it was answered already.
    :raises Invalid: an absence of these days is entered already, or the code makes no sense.
    """
    with transaction():
        note = _waiting(actor, note_id, version)
        # The words of the parent stay in the note; the absence carries what the journal needs.
        made = add_absence(
            actor, note.pupil_id, starts=note.starts, ends=note.ends, code=code,
            certificate=certificate,
        )  # fmt: skip
        note.absence = made
        _decide(actor, note, "accepted", "")
    return note


def decline_note(actor: Actor, note_id: int, *, answer: str, version: int) -> AbsenceNote:
    """Decline a note with words that the parent reads.

    :raises Invalid: no words.
    :raises Refused: the year is closed, or the actor may look at absences only.
    """
    answer = answer.strip()
    with transaction():
        note = _waiting(actor, note_id, version)
        if not answer or len(answer) > 255 or "\x00" in answer:
            raise Invalid(fields={"answer": [_("Tell the parent why.")]})
        _decide(actor, note, "declined", answer)
    return note


def withdraw_note(actor: Actor, pupil_id: int, note_id: int) -> AbsenceNote:
    """Take one's own note back while nobody has answered it.

    :raises NotThere: it is not the actor's, or about another child.
    :raises Refused: the year is closed.
    :raises Conflict: it was answered already.
    """
    with transaction():
        note: AbsenceNote | None = AbsenceNote.get_or_none(
            AbsenceNote.id == note_id, AbsenceNote.pupil == pupil_id
        )
        allowed = access.allowed_ids(actor, permissions.NOTE, Person, [pupil_id])
        if note is None or not allowed or note.created_by_id != actor.user_id:
            raise NotThere(_("There is no such page, or it is not open to you."))
        year_of(note.starts, note.ends)
        _move(note, "withdrawn")
        _record(actor, note, "withdrawn")
    return note


def _waiting(actor: Actor, note_id: int, version: int) -> AbsenceNote:
    note: AbsenceNote | None = AbsenceNote.get_or_none(AbsenceNote.id == note_id)
    if note is None or not access.allowed_ids(actor, permissions.DAY, Person, [note.pupil_id]):
        raise NotThere(_("There is no such page, or it is not open to you."))
    if not access.allowed_ids(actor, permissions.ABSENCE, Person, [note.pupil_id]):
        raise Refused(_("Absences are entered by the class teacher."))
    if note.version != version:
        raise Conflict(_("Somebody has answered this note first."))
    year_of(note.starts, note.ends)
    return note


def _decide(actor: Actor, note: AbsenceNote, state: str, answer: str) -> None:
    _move(
        note, state, answer=answer, absence=note.absence_id, decided_at=clock.stamp(),
        decided_by=actor.user_id,
    )  # fmt: skip
    _record(actor, note, state)
    outbox.put("journal.note_decided", note=note.id)


def _move(note: AbsenceNote, state: str, **values: object) -> None:
    """Bring a waiting note into another state; only one of two at once succeeds."""
    changed = (
        AbsenceNote.update(state=state, version=note.version + 1, **values)
        .where(
            AbsenceNote.id == note.id,
            AbsenceNote.version == note.version,
            AbsenceNote.state == "new",
        )
        .execute()
    )
    if not changed:
        raise Conflict(_("Somebody has answered this note first."))


def _record(actor: Actor, note: AbsenceNote, state: str) -> None:
    audit.record(
        actor, KIND, target_of(note.id), person=note.pupil_id, after={"state": state},
        topic=f"pupil:{note.pupil_id}",
    )  # fmt: skip
