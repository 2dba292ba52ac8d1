"""What the plugin keeps of a person: given out whole, and taken away (152-ФЗ)."""

from __future__ import annotations

from typing import Any

from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_sms.models import Broadcast, Inbound, Message, Phone, Query, Recipient


def export(person_id: int) -> dict[str, Any]:
    """The number and the consent, messages to the person, and what came in from the number."""
    phone = Phone.get_or_none(Phone.person == person_id)
    fields = (
        "number", "confirmed_at", "consent_at", "consent_version", "consent_text", "withdrawn_at",
        "stopped_at",
    )  # fmt: skip
    messages = Message.select().where((Message.person == person_id) | (Message.about == person_id))
    heard = []
    if phone is not None and phone.number:
        heard = [
            {"received_at": row.received_at, "text": row.text}
            for row in Inbound.select().where(Inbound.sender == phone.number).order_by(Inbound.id)
        ]
    return {
        "phone": {name: getattr(phone, name) for name in fields} if phone is not None else {},
        "messages": [
            {
                "created_at": row.created_at, "phone": row.phone, "purpose": row.purpose,
                "text": row.text, "state": row.state, "reason": row.reason,
            }
            for row in messages.order_by(Message.id)
        ],
        "received": heard,
        "questions": [
            {"asked_at": row.asked_at, "command": row.command, "state": row.state}
            for row in Query.select().where(Query.person == person_id).order_by(Query.id)
        ],
        "broadcasts": [
            {"created_at": row.created_at, "text": row.text, "state": row.state}
            for row in Broadcast.select()
            .where(Broadcast.author == person_id)
            .order_by(Broadcast.id)
        ],
        "addressed_by": [
            {"broadcast": row.broadcast_id, "text": row.broadcast.text, "state": row.state}
            for row in Recipient.select(Recipient, Broadcast)
            .join(Broadcast)
            .where((Recipient.person == person_id) | (Recipient.pupil == person_id))
            .order_by(Recipient.id)
        ],
    }  # fmt: skip


def erase(person_id: int) -> None:
    """Numbers and texts go; what was sent and what it cost stays, without a person.

    Call inside a transaction.
    """
    phone = Phone.get_or_none(Phone.person == person_id)
    if phone is not None and phone.number:
        Inbound.update(sender="", text=None).where(Inbound.sender == phone.number).execute()
    # A question about the pupil stays one of who asked it, and the other way round.
    Query.update(person=None, choices=None).where(Query.person == person_id).execute()
    Query.update(about=None, choices=None).where(Query.about == person_id).execute()
    Phone.delete().where(Phone.person == person_id).execute()
    Broadcast.update(author=None).where(Broadcast.author == person_id).execute()
    Recipient.update(person=None).where(Recipient.person == person_id).execute()
    Recipient.update(pupil=None).where(Recipient.pupil == person_id).execute()
    Message.update(person=None, phone="", text=None, about=None).where(
        (Message.person == person_id) | (Message.about == person_id)
    ).execute()


PERSONAL_DATA = [
    PersonalData(name="sms", title=_l("Text messages"), export=export, erase=erase),
]
