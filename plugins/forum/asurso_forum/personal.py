"""What the forum keeps of a person: given out whole; erased so that the talk stays readable."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import Person
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_forum.models import (
    OPEN,
    Mention,
    Message,
    OldText,
    PollOption,
    PollVote,
    Reaction,
    ReadMark,
    Report,
    SectionRight,
    Subscription,
    Topic,
)
from asurso_forum.services import messages


def _rows(query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in query.dicts()]


def _export(person_id: int) -> dict[str, Any]:
    mine = Message.select(Message.id).where(Message.author == person_id)
    return {
        "topics": _rows(
            Topic.select(Topic.id, Topic.title, Topic.created_at, Topic.state).where(
                Topic.author == person_id
            )
        ),
        "messages": _rows(
            Message.select(
                Message.id, Topic.title.alias("topic"), Message.text, Message.created_at,
                Message.edited_at, Message.state, Message.reason,
            ).join(Topic).where(Message.author == person_id).order_by(Message.id)
        ),
        "old_texts": _rows(
            OldText.select(OldText.message, OldText.text, OldText.at).where(
                OldText.message.in_(mine)
            )
        ),
        "reactions": _rows(
            Reaction.select(Reaction.message, Reaction.kind).where(Reaction.person == person_id)
        ),
        "votes": _rows(
            PollVote.select(PollOption.text).join(PollOption).where(PollVote.person == person_id)
        ),
        "reports": _rows(
            Report.select(Report.message, Report.reason, Report.note, Report.created_at).where(
                Report.reporter == person_id
            )
        ),
        "mentioned_in": _rows(Mention.select(Mention.message).where(Mention.person == person_id)),
        "follows": _rows(
            Subscription.select(Subscription.topic).where(Subscription.person == person_id)
        ),
        "read_up_to": _rows(
            ReadMark.select(ReadMark.topic, ReadMark.number).where(ReadMark.person == person_id)
        ),
    }  # fmt: skip


def _erase(person_id: int) -> None:
    mine = Message.select(Message.id).where(Message.author == person_id)
    OldText.delete().where(OldText.message.in_(mine)).execute()
    for model in (Mention, Reaction, Subscription, ReadMark, SectionRight):
        model.delete().where(model.person == person_id).execute()
    PollVote.update(person=None).where(PollVote.person == person_id).execute()
    Report.update(reporter=None).where(Report.reporter == person_id).execute()
    Message.update(decided_by=None).where(Message.decided_by == person_id).execute()
    # The messages stay: without them the answers of others would make no sense.
    Message.update(author=None).where(Message.author == person_id).execute()
    Topic.update(author=None).where(Topic.author == person_id).execute()
    _leave_quotations(Person.get_by_id(person_id))


def _leave_quotations(person: Person) -> None:
    """Take the name out of the quotations and mentions that others have made."""
    gone = _("deleted user")
    for one in Message.select().where(Message.text.contains(person.surname)):
        text = one.text.replace(f"**{person.short_name}:**", f"**{gone}:**")
        text = text.replace(f"@{person.call_name}", f"@{gone}")
        if text != one.text:
            one.text = text
            one.save()
            if one.state == OPEN:
                messages.shown(one)


PERSONAL_DATA = [PersonalData(name="forum", title=_l("Forum"), export=_export, erase=_erase)]
