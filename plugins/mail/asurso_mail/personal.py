"""What mail keeps of a person: given out whole; what others were sent stays with them."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import Person
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_mail import services
from asurso_mail.models import (
    AUTHOR,
    Attachment,
    Ban,
    Confirmation,
    Copy,
    Folder,
    Message,
    Outside,
    Report,
)


def _rows(query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in query.dicts()]


def _export(person_id: int) -> dict[str, Any]:
    own = Message.select(Message.id).where(Message.author == person_id)
    return {
        "written": _rows(
            Message.select(
                Message.id, Message.side, Message.kind, Message.subject, Message.text,
                Message.addressed, Message.created_at, Message.sent_at,
            ).where(Message.author == person_id).order_by(Message.id)
        ),
        "received": _rows(
            Copy.select(
                Message.id, Copy.side, Copy.box, Message.author, Message.subject, Message.text,
                Copy.at, Copy.read_at,
            ).join(Message).where(Copy.owner == person_id, Copy.part != AUTHOR).order_by(Copy.id)
        ),
        "files": _rows(
            Attachment.select(Attachment.message, Attachment.file).where(
                Attachment.message.in_(own)
            )
        ),
        "outside": _rows(
            Outside.select(Outside.message, Outside.address, Outside.state, Outside.words).where(
                Outside.message.in_(own)
            )
        ),
        "email": _rows(
            Confirmation.select(
                Confirmation.email, Confirmation.asked_at, Confirmation.confirmed_at
            ).where(Confirmation.person == person_id)
        ),
        "folders": _rows(
            Folder.select(Folder.side, Folder.name).where(Folder.owner == person_id)
        ),
        "reports": _rows(
            Report.select(Report.message, Report.reason, Report.note, Report.created_at).where(
                Report.reporter == person_id
            )
        ),
        "decided": _rows(
            Report.select(Report.message, Report.state, Report.decided_at).where(
                Report.decided_by == person_id
            )
        ),
        "bans": _rows(
            Ban.select(Ban.side, Ban.until, Ban.reason, Ban.given_at, Ban.lifted_at).where(
                Ban.person == person_id
            )
        ),
        "bans_given": _rows(Ban.select(Ban.until, Ban.given_at).where(Ban.given_by == person_id)),
    }  # fmt: skip


def _erase(person_id: int) -> None:
    services.forget_person(person_id)
    Confirmation.delete().where(Confirmation.person == person_id).execute()
    Ban.delete().where(Ban.person == person_id).execute()
    Ban.update(given_by=None).where(Ban.given_by == person_id).execute()
    Report.update(reporter=None).where(Report.reporter == person_id).execute()
    Report.update(decided_by=None).where(Report.decided_by == person_id).execute()
    Outside.delete().where(
        Outside.message.in_(Message.select(Message.id).where(Message.author == person_id))
    ).execute()
    _leave_names(Person.get_by_id(person_id))
    # The letters stay with those who got them: they are theirs, too.
    touched = [row.id for row in Message.select(Message.id).where(Message.author == person_id)]
    Message.update(author=None).where(Message.author == person_id).execute()
    services.index_again(touched)


def _leave_names(person: Person) -> None:
    """Take the name out of quotations and of the lists of recipients that others see."""
    gone = _("deleted user")
    named = (Message.text.contains(f"**{person.short_name}:**")) | (
        Message.addressed.contains(person.short_name)
    )
    touched = []
    for one in Message.select().where(named):
        one.text = one.text.replace(f"**{person.short_name}:**", f"**{gone}:**")
        one.addressed = one.addressed.replace(person.short_name, gone)[:255]
        one.save()
        if one.sent_at is not None:
            touched.append(one.id)
    services.index_again(touched)


PERSONAL_DATA = [PersonalData(name="mail", title=_l("Mail"), export=_export, erase=_erase)]
