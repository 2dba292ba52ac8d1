"""What tests find of the plugin in the small school: a number and a message on each side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asurso_core import clock
from asurso_core.accounts import Person
from asurso_sms.models import (
    Broadcast,
    Inbound,
    Message,
    Part,
    Phone,
    Query,
    Recipient,
    Report,
    Target,
    Template,
)

if TYPE_CHECKING:
    from asurso_core.testing.world import Side, World


def fill(world: World) -> None:
    """A confirmed number of a parent and a message about the child; one that failed; a question."""
    persons, now = world.school.persons, clock.stamp()
    for at, side in enumerate(world.sides):
        parent = Person.get_by_id(persons[side.parent])
        number = f"+7927000000{at}"
        Phone.create(
            person=parent, number=number, confirmed_at=now, consent_at=now, consent_version="1",
            consent_text="Согласие",
        )  # fmt: skip
        row = Message.create(
            mark=f"world-{side.name}", person=parent, phone=number, text=side.secret,
            purpose="notice", about=persons[side.pupil], family=True,
            school_class=world.school.ids[side.title], year=world.school.ids["year"], parts=1,
            price=250, gateway="file", state="failed", reason="неверный номер", created_at=now,
            due_at=now, expires_at=now, final_at=now,
        )  # fmt: skip
        Part.create(message=row, gateway="file", gateway_id=row.mark, state="failed")
        Report.create(gateway="file", gateway_id=f"{row.mark}-x", state="sent", received_at=now)
        heard = Inbound.create(
            gateway="file", gateway_id=row.mark, sender=number, receiver="2222", text=side.secret,
            received_at=now, handled_at=now,
        )  # fmt: skip
        Query.create(
            inbound=heard, person=parent, about=persons[side.pupil], asked_at=now, message=row,
            command="journal.marks", state="answered",
        )  # fmt: skip
        cast = _broadcast(world, side, row)
        side.values.update({
            "broadcast_id": cast.id,
            # Texts of the school are everybody's who keeps them.
            "template_id": Template.get().id if side.name == "own" else 999_999,
            "sms.repeat.message_id": row.id,
            "sms.release_of.person_id": parent.id,
            "gateway": "file" if side.name == "own" else "nothing",
        })  # fmt: skip


def _broadcast(world: World, side: Side, row: Message) -> Broadcast:
    """A broadcast to the parents of the class, as somebody else than the class teacher sent it."""
    school, now = world.school, clock.stamp()
    cast: Broadcast = Broadcast.create(
        author=school.persons["deputy"], kind="meeting", text=f"Собрание {side.secret}",
        state="done", created_at=now, due_at=now, started_at=now, finished_at=now,
    )  # fmt: skip
    key, place = f"class:{school.ids[side.title]}:parents", school.ids[side.title]
    Target.create(broadcast=cast, key=key, school_class=place)
    Recipient.create(
        broadcast=cast, person=school.persons[side.parent], pupil=school.persons[side.pupil],
        key=key, school_class=place, state="texted", message=row,
    )  # fmt: skip
    return cast
