"""E-mail as a way for notices: who has confirmed an address, and what a notice leads to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from asurso_core.accounts import PersonDetail
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import rows
from asurso_mail.models import Confirmation, Copy
from asurso_mail.queries.boxes import mine, not_there

#: Side → the kind of notice that tells of a new letter there: each is read on its own side (R3.2).
NOTICES = {FAMILY: "mail.letter", STAFF: "mail.letter_staff"}


def notice_key(message_id: int) -> str:
    """What makes the notice of a letter one of its kind."""
    return f"letter {message_id}"


def address_of(message_id: int) -> str:
    """The path by which everybody who got a letter finds their own copy of it."""
    return f"/mail/message/{message_id}"


def found_by_message(actor: Actor, message_id: int) -> Copy:
    """The actor's own copy of a letter, on this side; raises ``NotThere``.

    For links that are the same for everybody who got it.
    """
    found: Copy | None = None
    if 0 < message_id < 2**31:
        query = Copy.select().where(mine(actor), Copy.message == message_id)
        found = query.order_by(Copy.part.desc()).first()
    if found is None:
        raise not_there()
    return found


@dataclass(frozen=True)
class Email:
    """The address of a person's card, and how far its confirmation is."""

    address: str  # empty: the card has none
    confirmed: bool
    asked: bool


def email_of(person_id: int | None) -> Email:
    """The e-mail address of a person's card, as the person sees it."""
    detail = PersonDetail.get_or_none(PersonDetail.person == person_id)
    address = (detail.email or "").strip() if detail is not None else ""
    row = Confirmation.get_or_none(Confirmation.person == person_id)
    if row is None or not address or row.email != address:
        return Email(address, False, False)
    return Email(address, row.confirmed_at is not None, row.confirmed_at is None)


def confirmed(people: Iterable[int]) -> Mapping[int, str]:
    """``{person: address}`` of those who have confirmed the very address of their card."""
    found = rows(
        "SELECT c.person_id, c.email FROM mail_confirmation c "
        "JOIN core_person_detail d ON d.person_id = c.person_id AND TRIM(d.email) = c.email "
        "WHERE c.confirmed_at IS NOT NULL AND c.person_id IN ?",
        [sorted(people) or [0]],
    )
    return dict(found)


def key_of(secret: str) -> str:
    """What the database keeps of the secret in a link."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def of_link(actor: Actor, secret: str) -> Confirmation:
    """The actor's own question that a link answers; raises ``NotThere`` for every other one."""
    found: Confirmation | None = Confirmation.get_or_none(
        Confirmation.person == actor.person_id, Confirmation.key == key_of(secret[:200])
    )
    if found is None:
        raise not_there()
    return found
