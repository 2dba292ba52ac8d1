"""What the steps of the demonstration hand to each other."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from asurso_core.demo.bulk import Bulk
from asurso_core.facts import YearCalendar
from asurso_core.school import school_days


@dataclass(kw_only=True, eq=False)
class DemoPerson:
    """An invented person; ``id`` and ``user_id`` are set when the rows are written."""

    surname: str
    given_name: str
    patronymic: str | None
    sex: str
    birth_date: dt.date
    #: The surname as a man of the family bears it.
    family_name: str = ""
    roles: list[str] = field(default_factory=list)
    position: str | None = None
    subjects: str | None = None
    id: int = 0
    user_id: int = 0
    login: str = ""

    @property
    def name(self) -> str:
        """Surname, given name and patronymic."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)


@dataclass(kw_only=True, eq=False)
class DemoPupil(DemoPerson):
    """A pupil with the days spent in the class and the people who answer for the child."""

    since: dt.date
    until: dt.date | None = None
    guardians: list[DemoGuardian] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class DemoGuardian:
    """Who answers for a pupil, and whether a court lets them know about the child."""

    person: DemoPerson
    relation: str
    may_receive: bool = True


@dataclass(kw_only=True, eq=False)
class DemoTeacher(DemoPerson):
    """A teacher with a room of their own (gyms are shared) and the hours they teach."""

    trade: str
    building: str
    hours: int = 0
    room: DemoRoom | None = None


@dataclass(kw_only=True, eq=False)
class DemoRoom:
    """A room; ``use`` tells the solver what is taught in it."""

    name: str
    building: str
    use: str  # home, gym, other
    kind: str
    capacity: int
    id: int = 0


@dataclass(kw_only=True, eq=False)
class DemoClass:
    """A class of the current year."""

    grade: int
    letter: str
    building: str
    size: int
    plan: str
    profile: str | None
    pupils: list[DemoPupil] = field(default_factory=list)
    leader: DemoTeacher | None = None
    id: int = 0

    @property
    def title(self) -> str:
        """«5А»."""
        return f"{self.grade}{self.letter}"


@dataclass(frozen=True)
class Stay:
    """A pupil learns in a group from a date to (not including) a date."""

    pupil: DemoPupil
    since: dt.date
    until: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        """Whether the pupil is in the group on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(kw_only=True, eq=False)
class DemoGroup:
    """A teaching group: a class and a subject, or a part of the class."""

    school_class: DemoClass
    subject: str  # code of asurso_core.facts.SubjectFact
    part: int
    name: str
    hours: int
    level: str = ""  # basic, advanced
    teacher: DemoTeacher | None = None
    rooms: list[DemoRoom] = field(default_factory=list)  # any of these will do
    stays: list[Stay] = field(default_factory=list)
    id: int = 0


@dataclass(kw_only=True, eq=False)
class DemoSchool:
    """The school in the making: what was asked for and what earlier steps have made."""

    seed: int
    size: str
    now: dt.datetime  # aware, on the school's own clock
    calendar: YearCalendar
    bulk: Bulk
    year_id: int = 0
    subject_ids: dict[str, int] = field(default_factory=dict)  # by code of the subject
    buildings: list[str] = field(default_factory=list)
    rooms: list[DemoRoom] = field(default_factory=list)
    classes: list[DemoClass] = field(default_factory=list)
    teachers: list[DemoTeacher] = field(default_factory=list)
    staff: list[DemoPerson] = field(default_factory=list)  # teachers included
    parents: list[DemoPerson] = field(default_factory=list)
    groups: list[DemoGroup] = field(default_factory=list)

    @property
    def today(self) -> dt.date:
        """The date at school."""
        return self.now.date()

    def lots(self, name: str) -> random.Random:
        """A source of lots of one step, the same for the same seed whatever other steps drew."""
        return random.Random(f"{self.seed}:{self.size}:{name}")

    def school_days(self, grade: int, first: dt.date, last: dt.date) -> list[dt.date]:
        """The days between two dates on which a grade has lessons."""
        return [day for day, _ in school_days(self.year_id, grade, 5, first, last)]

    def everybody(self) -> Iterable[DemoPerson]:
        """Every person once: staff, pupils, parents who are not staff."""
        yield from self.staff
        for school_class in self.classes:
            yield from school_class.pupils
        yield from self.parents


@dataclass(frozen=True, kw_only=True)
class DemoStep:
    """What one owner adds to the demonstration school; steps run by ``order``."""

    name: str
    order: int
    fill: Callable[[DemoSchool], None]


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """A sign-in that is shown to whoever tries the demonstration."""

    login: str
    password: str
    role: str
    name: str
    about: str
