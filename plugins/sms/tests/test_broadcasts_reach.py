"""Random families: nobody but the audience is written to, nobody reads of another's child."""

from __future__ import annotations

import random
import re

import pytest

from asurso_core import access, clock, hookimpl
from asurso_core.accounts import Guardian, Person, Role, User, UserRole
from asurso_core.db import transaction
from asurso_core.errors import NotThere
from asurso_core.jobs import attempts
from asurso_core.school import ClassMember, ClassTeacher, SchoolClass
from asurso_core.testing.make import FIRST_DAY
from asurso_sms import history, preview
from asurso_sms.models import Broadcast, Message, Phone, Recipient
from asurso_sms.services import broadcasts
from asurso_sms.services.broadcasts import Content

LOTS = random.Random(20261124)
PUPILS, PARENTS = 90, 130


def _write(model, found):
    for start in range(0, len(found), 100):
        model.insert_many(found[start : start + 100]).execute()


class Town:
    """Families as plain sets, against which the database is held."""

    def __init__(self, school):
        now = clock.stamp()
        known = {row.id for row in Person.select(Person.id)}
        _write(Person, [
            {"surname": "Тестов", "given_name": f"Имя{at}", "sort_key": f"тестов {at}",
             "search_text": f"тестов имя{at}"}
            for at in range(PUPILS + PARENTS)
        ])  # fmt: skip
        people = sorted({row.id for row in Person.select(Person.id)} - known)
        self.pupils, self.parents = people[:PUPILS], people[PUPILS:]
        _write(User, [
            {"person": id_, "login": f"t{id_}", "login_key": f"t{id_}", "must_change": False,
             "created_at": now}
            for id_ in people
        ])  # fmt: skip
        roles = {one: Role.get(Role.name == one).id for one in ("pupil", "parent")}
        users = {row.person_id: row.id for row in User.select().where(User.person.in_(people))}
        _write(UserRole, [
            {"user": users[id_], "role": roles["pupil" if id_ in self.pupils else "parent"]}
            for id_ in people
        ])  # fmt: skip
        self.classes = [
            SchoolClass.create(
                year=school.ids["year"], grade=6, letter=letter, period_type=school.ids["quarters"]
            ).id
            for letter in "АБВГДЕ"
        ]
        self.place = {pupil: LOTS.choice(self.classes) for pupil in self.pupils}
        _write(ClassMember, [
            {"pupil": pupil, "school_class": place, "since": FIRST_DAY}
            for pupil, place in self.place.items()
        ])  # fmt: skip
        # Shared parents, parents of several, parents who may not be told.
        self.told, links = set(), set()
        for parent in self.parents:
            for pupil in LOTS.sample(self.pupils, LOTS.choice((1, 1, 2, 3))):
                may = LOTS.random() < 0.8
                links.add((parent, pupil, may))
                self.told |= {(parent, pupil)} if may else set()
        _write(Guardian, [
            {"guardian": parent, "pupil": pupil, "relation": "мать", "may_receive": may}
            for parent, pupil, may in sorted(links)
        ])  # fmt: skip
        self.numbers = {one for one in (*self.pupils, *self.parents) if LOTS.random() < 0.7}
        _write(Phone, [
            {"person": id_, "number": f"+7900{id_:07}", "confirmed_at": now, "consent_at": now}
            for id_ in sorted(self.numbers)
        ])  # fmt: skip
        ClassTeacher.create(
            school_class=self.classes[0], teacher=school.persons["teacher"], since=FIRST_DAY
        )

    def audience(self, keys):
        """``{(person, pupil)}`` of keys, by the plain sets."""
        found = set()
        for kind, number, who in (key.split(":") for key in keys):
            inside = {
                pupil for pupil, place in self.place.items()
                if kind == "parallel" or place == int(number)
            }  # fmt: skip
            if who == "pupils":
                found |= {(pupil, pupil) for pupil in inside}
            else:
                found |= {(parent, pupil) for parent, pupil in self.told if pupil in inside}
        return found


@pytest.fixture
def town(school, join):
    class SmsField:
        """A secret of a child, told by the rights of the diary."""

        name, title, longest, requires = "тайна", "Тайна", 20, "journal.mark.view"

        def value(self, reader, pupil_id):
            if not access.can(reader, "journal.mark.view", Person.get_by_id(pupil_id)):
                raise NotThere
            return f"тайна-{pupil_id}"

    @hookimpl(optionalhook=True)
    def sms_fields():
        return [SmsField()]

    join(sms_fields)
    with transaction():
        return Town(school)


def _send(school, town, author, keys, text):
    actor = school.actor(author, "staff")
    row = broadcasts.save(actor, None, Content(kind="other", text=text, keys=keys))
    cost = preview.of(actor, row).cost
    row = broadcasts.send(
        actor, row.id, version=1, count=cost.messages, price=cost.price, sure=True
    )
    # Between the deed and the job some guardians lose their right and some pupils leave.
    gone = LOTS.sample(sorted(town.told), 6)
    for parent, pupil in gone:
        town.told.discard((parent, pupil))
        Guardian.update(may_receive=False).where(
            Guardian.guardian == parent, Guardian.pupil == pupil
        ).execute()
    attempts.attend(row.job, 7)
    return Broadcast.get_by_id(row.id)


@pytest.mark.parametrize("text", ["Собрание", "{имя}: {тайна}"])
def test_nobody_but_the_audience_and_nothing_of_another_child(school, town, text):
    one, two = (f"class:{place}:parents" for place in town.classes[:2])
    sent = [
        ("teacher", [one]),
        ("deputy", [two, f"class:{town.classes[2]}:pupils"]),
        ("teacher", [one, f"class:{town.classes[0]}:pupils"]),
    ]
    for author, keys in sent:
        row = _send(school, town, author, keys, text)
        assert row.state == "done"
        meant = town.audience(keys)
        people = {person for person, _pupil in meant}
        written = list(Message.select().where(Message.reference.startswith(f"broadcast:{row.id}:")))
        assert {message.person_id for message in written} == people & town.numbers
        for message in written:
            secrets = {int(found) for found in re.findall(r"тайна-(\d+)", message.text)}
            assert {(message.person_id, pupil) for pupil in secrets} <= meant
            assert len(secrets) == ("тайна" in text)
        once = {(message.person_id, message.text) for message in written}
        assert len(once) == len(written)
        reached = Recipient.select().where(Recipient.broadcast == row.id)
        told = {one.person_id for one in reached if one.state in {"texted", "notified"}}
        assert told == people
    seen = history.recipients_of(school.actor("teacher"), row)
    assert {one.pupil_id for one in seen if one.pupil_id} <= {
        pupil for pupil, place in town.place.items() if place == town.classes[0]
    }
