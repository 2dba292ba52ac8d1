"""A small complete school and factories, for tests of the kernel and of plugins."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from asurso_core import clock, install, revisions
from asurso_core.accounts.models import Guardian, Person, Role, User, UserRole
from asurso_core.accounts.queries import actor_for
from asurso_core.actors import Actor
from asurso_core.school.models import (
    AcademicYear,
    ClassMember,
    ClassTeacher,
    GroupClass,
    GroupMember,
    GroupTeacher,
    Holiday,
    Period,
    PeriodType,
    Room,
    School,
    SchoolClass,
    Subject,
    TeachingGroup,
)
from asurso_core.settings import Setting

FIRST_DAY = dt.date(2026, 9, 1)
LAST_DAY = dt.date(2027, 5, 26)
#: The day on which tests stand still: a Tuesday in the second quarter.
TODAY = "2026-11-24T10:00"

QUARTERS = [
    (1, "1 четверть", dt.date(2026, 9, 1), dt.date(2026, 10, 25)),
    (2, "2 четверть", dt.date(2026, 11, 4), dt.date(2026, 12, 30)),
    (3, "3 четверть", dt.date(2027, 1, 11), dt.date(2027, 3, 26)),
    (4, "4 четверть", dt.date(2027, 4, 5), dt.date(2027, 5, 26)),
]


@dataclass
class SmallSchool:
    """Two classes, six pupils, every role, a parent of two, a teacher who is a parent.

    Attributes are ids; ``users`` maps a name (``teacher``, ``parent``, …) to the account's id,
    ``persons`` to the person's.
    """

    users: dict[str, int] = field(default_factory=dict)
    persons: dict[str, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def actor(self, name: str, side: str | None = None) -> Actor:
        """Somebody of the school, as if signed in."""
        return actor_for(self.users[name], side)

    def user(self, name: str) -> User:
        """The account of somebody."""
        found: User = User.get_by_id(self.users[name])
        return found

    def person(self, name: str) -> Person:
        """Somebody as a person."""
        found: Person = Person.get_by_id(self.persons[name])
        return found

    def get(self, model: Any, name: str) -> Any:
        """A row by its name in :attr:`ids`: ``school.get(SchoolClass, "5А")``."""
        return model.get_by_id(self.ids[name])


_STAFF = [
    ("admin", ["admin"], "Орлов Пётр Ильич", "m"),
    ("director", ["director"], "Макарова Алла Сергеевна", "f"),
    ("deputy", ["deputy"], "Ёлкина Ольга Юрьевна", "f"),
    ("teacher", ["teacher"], "Мартынюк Иван Андреевич", "m"),
    ("class_teacher", ["teacher"], "Черных Нина Павловна", "f"),
    ("teacher_parent", ["teacher", "parent"], "Ким Вера Олеговна", "f"),
    ("english_1", ["teacher"], "Белова Анна Львовна", "f"),
    ("english_2", ["teacher"], "Шевцова Ирина Олеговна", "f"),
    ("technical", ["technical"], "Сидоров Олег Фомич", "m"),
    ("secretary", ["secretary"], "Жукова Лидия Ивановна", "f"),
    ("hr", ["hr"], "Громова Инна Львовна", "f"),
    ("medical", ["medical"], "Лаврова Зоя Игоревна", "f"),
    ("psychologist", ["psychologist"], "Яшина Юлия Марковна", "f"),
]
_PUPILS = [
    ("pupil", "5А", "Абрамов Егор Ильич", "m"),
    ("pupil_2", "5А", "Ёжикова Майя Олеговна", "f"),
    ("pupil_3", "5А", "Ежов Лев Дмитриевич", "m"),
    ("pupil_4", "5А", "Жданова Яна", "f"),
    ("pupil_5", "5Б", "Абрамова Ника Ильинична", "f"),
    ("pupil_6", "5Б", "Яковлев Тимур Ринатович", "m"),
]
_PARENTS = [
    ("parent", "Абрамова Елена Викторовна", "f", ["pupil", "pupil_5"]),
    ("other_parent", "Яковлев Ринат Тимурович", "m", ["pupil_6"]),
]


def person(name: str, *, sex: str | None = None, birth_date: dt.date | None = None) -> Person:
    """A person from a full name in the usual Russian order."""
    parts = [*name.split(), "", ""][:3]
    row = Person(
        surname=parts[0],
        given_name=parts[1] or "Имя",
        patronymic=parts[2] or None,
        sex=sex,
        birth_date=birth_date,
    )
    row.refresh_keys()
    row.save()
    return row


def user(who: Person, roles: list[str], login: str | None = None) -> User:
    """An account with roles and without a password; tests sign in by session rows."""
    login = login or f"user{who.id}"
    row: User = User.create(
        person=who,
        login=login,
        login_key=login.lower(),
        must_change=False,
        created_at=clock.stamp(),
    )
    for name in roles:
        UserRole.create(user=row, role=Role.get(Role.name == name))
    return row


def group(
    school: SmallSchool,
    subject: str,
    classes: list[str],
    teacher: str,
    *,
    part: int = 0,
    pupils: list[str] | None = None,
) -> TeachingGroup:
    """A teaching group of the test school; ``part`` above 0 makes a subgroup of listed pupils."""
    row: TeachingGroup = TeachingGroup.create(
        year=school.ids["year"],
        subject=school.ids[subject],
        part=part,
        name=f"{part} подгруппа" if part else "",
    )
    for title in classes:
        GroupClass.create(group=row, school_class=school.ids[title])
    GroupTeacher.create(group=row, teacher=school.persons[teacher], since=FIRST_DAY)
    for name in pupils or []:
        GroupMember.create(pupil=school.persons[name], group=row, since=FIRST_DAY)
    return row


def small_school() -> SmallSchool:
    """Build the test school in the bound, empty database."""
    install.install_defaults()
    revisions.bump("school")  # as after any real change: pages may keep the school's name
    # Nobody of this school types codes; tests of the second factor set the rule back.
    Setting.create(owner="core", name="factor_roles", value=[])
    school = SmallSchool()
    School.create(name="Школа № 156", short_name="Школа 156")
    year = AcademicYear.create(title="2026/27", starts=FIRST_DAY, ends=LAST_DAY, state="current")
    past = AcademicYear.create(
        title="2025/26", starts=dt.date(2025, 9, 1), ends=dt.date(2026, 5, 26), state="closed"
    )
    quarters = PeriodType.create(year=year, name="Четверти", kind="quarter")
    school.ids.update(year=year.id, past_year=past.id, quarters=quarters.id)
    for number, title, starts, ends in QUARTERS:
        period = Period.create(
            period_type=quarters, number=number, title=title, starts=starts, ends=ends
        )
        school.ids[f"period_{number}"] = period.id
    Holiday.create(
        year=year,
        title="Осенние каникулы",
        starts=dt.date(2026, 10, 26),
        ends=dt.date(2026, 11, 3),
    )
    for name, short in (
        ("Математика", "Мат."), ("Русский язык", "Рус."), ("Английский язык", "Англ.")
    ):  # fmt: skip
        school.ids[name] = Subject.create(name=name, short_name=short).id
    for name in ("101", "102"):
        school.ids[f"room_{name}"] = Room.create(name=name, capacity=30).id
    for letter in ("А", "Б"):
        fifth = SchoolClass.create(year=year, grade=5, letter=letter, period_type=quarters)
        school.ids[f"5{letter}"] = fifth.id
    _people(school)
    ClassTeacher.create(
        school_class=school.ids["5А"], teacher=school.persons["class_teacher"], since=FIRST_DAY
    )
    for name, subject, title, teacher in (
        ("maths_5a", "Математика", "5А", "teacher"),
        ("maths_5b", "Математика", "5Б", "teacher_parent"),
        ("russian_5a", "Русский язык", "5А", "class_teacher"),
    ):
        school.ids[name] = group(school, subject, [title], teacher).id
    for part, teacher, pupils in (
        (1, "english_1", ["pupil", "pupil_2"]),
        (2, "english_2", ["pupil_3", "pupil_4"]),
    ):
        made = group(school, "Английский язык", ["5А"], teacher, part=part, pupils=pupils)
        school.ids[f"english_5a_{part}"] = made.id
    return school


def _people(school: SmallSchool) -> None:
    for key, roles, name, sex in _STAFF:
        who = person(name, sex=sex)
        school.persons[key] = who.id
        school.users[key] = user(who, roles, login=key).id
    for key, title, name, sex in _PUPILS:
        who = person(name, sex=sex, birth_date=dt.date(2015, 5, 17))
        school.persons[key] = who.id
        school.users[key] = user(who, ["pupil"], login=key).id
        ClassMember.create(pupil=who, school_class=school.ids[title], since=FIRST_DAY)
    for key, name, sex, children in _PARENTS:
        who = person(name, sex=sex)
        school.persons[key] = who.id
        school.users[key] = user(who, ["parent"], login=key).id
        for child in children:
            Guardian.create(guardian=who, pupil=school.persons[child], relation="мать")
    Guardian.create(
        guardian=school.persons["teacher_parent"],
        pupil=school.persons["pupil_2"],
        relation="мать",
    )
