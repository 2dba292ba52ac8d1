"""A thousand random families: no answer ever holds a word about a child that is not the asker's.

Every child has a code that stands in the title of the class, in the child's only subject and in
the homework: whatever is told about a child betrays whose it is. Families have one to four
children, parents who may not be informed, parents of children in two families, grandparents,
teachers who are parents, pupils with a telephone; children who have left or are archived; and the
same ten first names for all of them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
from dataclasses import dataclass, field

from asurso_core import clock
from asurso_core.accounts import Guardian, Person, Role, User, UserRole
from asurso_core.accounts.queries import actor_for
from asurso_core.actors import FAMILY
from asurso_core.db import db, is_sqlite
from asurso_core.demo.bulk import Bulk
from asurso_core.school import (
    ClassMember,
    ClassTeacher,
    GroupClass,
    GroupMember,
    GroupTeacher,
    SchoolClass,
    Subject,
    TeachingGroup,
)
from asurso_core.testing.make import FIRST_DAY, SmallSchool
from asurso_journal.models import Assignment, AssignmentType, Attendance, LessonNote, Mark
from asurso_sms import alphabet, conversation
from asurso_sms.conversation import replies
from asurso_sms.models import Inbound, Message, Phone
from asurso_timetable.models import Lesson

FAMILIES = 1000
FIRST_NAMES = (
    "Иван", "Мария", "Анна", "Егор", "Руслан", "Дарья", "Марина", "Пётр", "София", "Лев",
)  # fmt: skip
COMMANDS = (
    "ОЦЕНКИ", "ocenki", "прогноз", "ИТОГИ", "пропуски", "ДОЛГИ", "dz", "ДЗ", "расп", "rasp",
    "помощь", "отметки у", "какие оценки", "", "пр",
)  # fmt: skip
MORE = (
    "", "", "", "1 четв", "2 четв", "год", "вчера", "завтра", "пятница", "20.11", "16-25.11",
    "за месяц", "?", "%", "' OR 1=1", "все", "*",
)  # fmt: skip
CODE = re.compile("Ъ[бвгдкл]{6}")
#: Nobody's surname may be told; all of them here hold this.
SURNAME = "Тайнов"


@dataclass
class Child:
    """A child of the world."""

    id: int
    name: str
    code: str
    title: str
    present: bool
    school_class: int = 0
    group: int = 0


@dataclass
class Asker:
    """Somebody with a telephone, and the children they may be told of."""

    person: int
    number: str
    own: list[Child] = field(default_factory=list)


class World:
    """Rows of a thousand families, written in bulk."""

    def __init__(self, school: SmallSchool) -> None:
        self.random = random.Random(20261124)
        self.bulk = Bulk()
        self.school = school
        self.roles = {role.name: role.id for role in Role.select()}
        self.kind = AssignmentType.select().first().id
        self.codes = map("Ъ{}".format, map("".join, itertools.product("бвгдкл", repeat=6)))
        self.children: list[Child] = []
        self.askers: list[Asker] = []
        parents: list[tuple[Asker, list[Child]]] = []
        for _number in range(FAMILIES):
            mine = [self.child() for _child in range(self.random.choice((1, 1, 1, 2, 2, 3, 4)))]
            parents += self.adults(mine)
        for asker, _mine in parents:
            if self.random.random() < 0.05:  # a child of another marriage
                self.guardian(asker, self.random.choice(self.children), may=True)
        for number, child in enumerate(self.children):
            if number in {0, 100}:
                self.settle()
            self.lessons(child)
        self.settle()

    def settle(self) -> None:
        """Write what waits; PostgreSQL cannot plan for rows that it has not counted."""
        self.bulk.finish()
        if not is_sqlite():
            db.execute_sql("ANALYZE")

    def lessons(self, child: Child) -> None:
        """A lesson with marks, a debt, an absence and homework, and the one it is due at."""
        year = self.school.ids["year"]
        # Not all on one day: what is held at the same time is compared with each other.
        first = 18 + child.id % 3
        for day in (first, first + 7):
            lesson = self.bulk.add(
                Lesson, date=dt.date(2026, 11, day), number=1, starts=510, ends=555,
                group=child.group,
            )  # fmt: skip
            if day != first:
                break
            self.bulk.add(LessonNote, lesson=lesson, homework=f"выучить {child.code}")
            self.bulk.add(Attendance, lesson=lesson, pupil=child.id, year=year, code="Б")
            for place, value in enumerate(("5", "")):
                work = self.bulk.add(Assignment, lesson=lesson, type=self.kind, position=place)
                self.bulk.add(
                    Mark, assignment=work, pupil=child.id, year=year, value=value, dot=not value
                )

    def person(self, given: str, born: dt.date | None = None, *, archived: bool = False) -> int:
        number = len(self.askers) + len(self.children)
        return self.bulk.add(
            Person, surname=f"{SURNAME}{number}", given_name=given, birth_date=born,
            sort_key=f"тайнов{number:06}", search_text="",
            archived_at=clock.stamp() if archived else None,
        )  # fmt: skip

    def asker(self, person: int, *roles: str) -> Asker:
        found = Asker(person, f"+7927{len(self.askers):07}")
        user = self.bulk.add(
            User, person=person, login=f"u{person}", login_key=f"u{person}", must_change=False,
            created_at=clock.stamp(),
        )  # fmt: skip
        for role in roles:
            self.bulk.add(UserRole, user=user, role=self.roles[role])
        self.bulk.add(Phone, person=person, number=found.number, confirmed_at=clock.stamp())
        self.askers.append(found)
        return found

    def child(self) -> Child:
        chance, code, year = self.random, next(self.codes), self.school.ids["year"]
        grade = chance.randint(1, 11)
        archived, left = chance.random() < 0.03, chance.random() < 0.05
        of_age = chance.random() < 0.2
        name = chance.choice(FIRST_NAMES)
        made = Child(
            self.person(name, dt.date(2011 if of_age else 2016, 5, 17), archived=archived), name,
            code, f"{grade} {code}", not (archived or left),
        )  # fmt: skip
        class_ = made.school_class = self.bulk.add(
            SchoolClass, year=year, grade=grade, letter=code,
            period_type=self.school.ids["quarters"],
        )  # fmt: skip
        subject = self.bulk.add(Subject, name=f"{code}логия", short_name=code)
        group = made.group = self.bulk.add(TeachingGroup, year=year, subject=subject, part=1)
        self.bulk.add(GroupClass, group=group, school_class=class_)
        self.bulk.add(
            ClassMember, pupil=made.id, school_class=class_, since=FIRST_DAY,
            until=dt.date(2026, 11, 1) if left else None,
        )  # fmt: skip
        self.bulk.add(GroupMember, pupil=made.id, group=group, since=FIRST_DAY)
        self.children.append(made)
        if chance.random() < (0.5 if of_age else 0.05):  # a young one has no business asking
            self.asker(made.id, "pupil").own += [made] if made.present and of_age else []
        return made

    def guardian(self, asker: Asker, child: Child, *, may: bool) -> None:
        if child not in asker.own:
            self.bulk.add(
                Guardian, guardian=asker.person, pupil=child.id, relation="родитель",
                may_receive=may,
            )  # fmt: skip
            if may and child.present:
                asker.own.append(child)

    def adults(self, mine: list[Child]) -> list[tuple[Asker, list[Child]]]:
        """A mother; mostly a father, at times divorced; at times a grandparent, or a teacher."""
        chance = self.random
        found = []
        for who, likely in (("mother", 1.0), ("father", 0.6), ("grandparent", 0.2)):
            if chance.random() > likely:
                continue
            teaches = who == "mother" and chance.random() < 0.1
            adult = self.asker(self.person("Взрослый"), "parent", *(["teacher"] if teaches else []))
            barred = who == "father" and chance.random() < 0.3
            for child in mine:
                if who != "grandparent" or chance.random() < 0.5:
                    self.guardian(adult, child, may=not (barred and chance.random() < 0.8))
            if teaches:
                self.teaches(adult, chance.choice(self.children))
            found.append((adult, mine))
        return found

    def teaches(self, adult: Asker, other: Child) -> None:
        """The teacher leads the class of somebody else's child and teaches there."""
        self.bulk.add(
            ClassTeacher, school_class=other.school_class, teacher=adult.person, since=FIRST_DAY
        )
        self.bulk.add(GroupTeacher, group=other.group, teacher=adult.person, since=FIRST_DAY)

    def text(self, asker: Asker) -> str:
        """A random question: about own children, and often about those of others."""
        chance = self.random
        words = [chance.choice(COMMANDS)]
        for _word in range(chance.choice((0, 1, 1, 2, 3))):
            pool = asker.own if asker.own and chance.random() < 0.5 else self.children
            child = chance.choice(pool)
            words.append(chance.choice((child.name, child.code, child.title, child.name.upper())))
        words.append(chance.choice(MORE))
        chance.shuffle(words)
        return " ".join(words)


def check(asker: Asker, asked: str, told: str, about: int | None) -> None:
    assert set(CODE.findall(told)) <= {child.code for child in asker.own}, (asked, told)
    assert SURNAME.lower() not in told.lower(), (asked, told)
    assert alphabet.count(told).parts <= 3, (asked, told)
    assert about is None or about in {child.id for child in asker.own}, (asked, told)


def test_no_answer_holds_a_word_about_a_child_that_is_not_the_askers(
    school: SmallSchool,
) -> None:

    world = World(school)
    users = {row.person_id: row.id for row in User.select(User.id, User.person)}
    told = []
    for asker in world.random.sample(world.askers, 1000):
        actor = actor_for(users[asker.person], FAMILY)
        text = world.text(asker)
        reply = replies.reply(actor, text)
        check(asker, text, reply.text, reply.about)
        told.append(reply.text)
        if reply.choices:
            assert set(reply.choices) <= {child.id for child in asker.own}
            pending = replies.Pending(reply.choices, text)
            figure = str(world.random.randint(0, 5))
            reply = replies.reply(actor, figure, pending)
            check(asker, f"{text} {figure}", reply.text, reply.about)
            told.append(reply.text)
    # It would be easy to leak nothing by telling nothing.
    assert len([text for text in told if CODE.search(text)]) > 500
    assert len([text for text in told if "5(5,00)" in text or " 5 •" in text]) > 100
    # All the way for some of them: it goes to the asker's own number and to nobody else's.
    for number, asker in enumerate(world.random.sample(world.askers, 60)):
        row = Inbound.create(
            gateway="file", gateway_id=f"m{number}", sender=asker.number, receiver="1234",
            text=world.text(asker), received_at=clock.stamp(),
        )  # fmt: skip
        conversation.answer(row, lambda: None)
    for sent in Message.select():
        mine = next(asker for asker in world.askers if asker.person == sent.person_id)
        assert sent.phone == mine.number
        check(mine, sent.reference, sent.text, sent.about_id)
    assert Message.select().count() > 50
