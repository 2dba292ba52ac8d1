"""The small school with something of every loaded plugin, and what is own and foreign in it.

"Own" is seen from the family of the first pupil of 5А and the teachers of that class; "foreign"
is the like of 5Б.

A plugin brings its part in a module ``asurso_<name>/testing.py``::

    def fill(world: World) -> None:
        for side in world.sides:
            note = Note.create(author=world.school.persons[side.teacher], text=side.secret)
            side.values["note_id"] = note.id

Each argument of an address needs a value on both sides; ``<endpoint>.<argument>`` where one word
means different things at different endpoints.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from asurso_core import clock, jobs, plugins
from asurso_core.accounts import models as accounts
from asurso_core.files import StoredFile
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.notices.models import Notice
from asurso_core.reports import Chart, Column, Document, Table
from asurso_core.reports.documents import digest
from asurso_core.reports.models import ReportSnapshot
from asurso_core.reports.packing import packed
from asurso_core.school import models as school_models
from asurso_core.testing.make import FIRST_DAY, SmallSchool

#: Words that must not meet the eyes of another family.
CANARIES = {"own": "Канарейкин-Первый", "foreign": "Канарейкин-Второй"}


@dataclass
class Side:
    """One of the two classes with its people, and the values of arguments seen from there.

    ``teacher``, ``pupil``, ``parent``, ``group``, ``title`` and ``room`` are names of the small
    school; ``number`` is a lesson that nobody else of it has; ``secret`` are words that the other
    side must never read.
    """

    name: str  # "own" or "foreign"
    title: str
    group: str
    teacher: str
    pupil: str
    parent: str
    room: str
    number: int
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def secret(self) -> str:
        """Words that must not meet the eyes of another family."""
        return CANARIES[self.name]


@dataclass
class World:
    """Values of every argument that rules of the application use, own and foreign.

    ``open_things`` are endpoints whose foreign objects everybody of the school may look at,
    because they hold nothing personal.
    """

    school: SmallSchool
    sides: tuple[Side, Side]
    open_things: set[str] = field(default_factory=set)
    #: The first day of the school year, and a Monday on which lessons are.
    first_day: dt.date = FIRST_DAY
    monday: dt.date = dt.date(2026, 11, 23)

    @property
    def own(self) -> dict[str, Any]:
        """Values of the own side."""
        return self.sides[0].values

    @property
    def foreign(self) -> dict[str, Any]:
        """Values of the foreign side."""
        return self.sides[1].values

    def file(self, owner: int, kind: str = "gone.thing", target: str = "gone.thing:1") -> int:
        """A stored file whose bytes are lost; of a kind that nobody knows unless one is named."""
        made = StoredFile.create(
            kind=kind, owner=owner, target=target, name="a.pdf", size=1,
            type="application/pdf", digest="0" * 64, created_at=clock.stamp(),
        )  # fmt: skip
        return int(made.id)


def build(school: SmallSchool) -> World:
    """Fill the bound small school; call inside the transaction of a test."""
    world = World(
        school,
        (
            Side("own", "5А", "maths_5a", "teacher", "pupil", "parent", "101", 1),
            Side("foreign", "5Б", "maths_5b", "teacher_parent", "pupil_6", "other_parent",
                 "102", 3),
        ),
    )  # fmt: skip
    _kernel(world)
    for name in plugins.current().plugins:
        fill = filler(name)
        if fill is not None:
            fill(world)
    return world


def filler(name: str) -> Any:
    """What a plugin adds to the world: ``fill`` of its module ``testing``, or None."""
    package = plugins.current().plugins[name].package
    if name == "core" or find_spec(f"{package}.testing") is None:
        return None
    return import_module(f"{package}.testing").fill


def _kernel(world: World) -> None:
    school, year = world.school, world.school.ids["year"]
    spare_type = school_models.PeriodType.create(year=year, name="Полугодия", kind="half_year")
    spare_period = school_models.Period.create(
        period_type=spare_type, number=1, title="1 полугодие", starts=FIRST_DAY,
        ends=dt.date(2026, 12, 30),
    )  # fmt: skip
    school_models.ClassTeacher.create(
        school_class=school.ids["5Б"], teacher=school.persons["english_2"], since=FIRST_DAY
    )
    for side in world.sides:
        accounts.PersonDetail.create(person=school.persons[side.pupil], address=side.secret)
        side.values.update(_common(world, side))
    # An installed plugin and a report, where there are any; else the pages answer 404.
    plugin = (["nothing", *sorted(set(plugins.current().plugins) - {"core"})])[1:2]
    reports = [report.name for _owner, report in plugins.collect(asurso_reports)]
    both = {
        "reports.show.kind": "csv",
        "reports.kept.kind": "csv",
        "day": "2026-11-23",
    }
    first = reports[0] if reports else "core.nothing"
    # A report has no owner: everybody finds in it what is open to them.
    for deed in ("show", "favour", "keep", "make"):
        world.own[f"reports.{deed}.name"] = first
        world.foreign[f"reports.{deed}.name"] = "core.nothing"
    world.own.update(
        both, year_id=year, type_id=school.ids["quarters"], period=school.ids["period_2"],
        subject_id=school.ids["Математика"],
        holiday_id=school_models.Holiday.get().id, day_id=_day(year, 5), owner="core",
        name=plugin[0] if plugin else "nothing", kind="pupils",
        batch_id=_batch(school, "secretary"), role="teacher", permission="core.rooms.view",
        job_id=jobs.enqueue("core.clean_jobs", by=school.actor("teacher")),
        snapshot_id=_snapshot(world, "teacher", "submitted"), code="code-of-teacher",
    )  # fmt: skip
    world.foreign.update(
        both, year_id=school.ids["past_year"], type_id=spare_type.id, period=spare_period.id,
        subject_id=school.ids["Русский язык"],
        holiday_id=school_models.Holiday.create(
            year=year, title="Весенние каникулы", starts=dt.date(2027, 3, 27),
            ends=dt.date(2027, 4, 4),
        ).id,
        day_id=_day(year, 6), owner="journal", name="nothing", kind="nonsense",
        batch_id=_batch(school, "admin"), role="admin", permission="core.access.edit",
        job_id=jobs.enqueue("core.clean_jobs", by=school.actor("admin")),
        snapshot_id=_snapshot(world, "admin", "kept"), code="code-of-admin",
    )  # fmt: skip
    # Whoever holds a printed report may ask whether it is genuine.
    world.open_things |= {"school.year", "reports.verify"}


def _common(world: World, side: Side) -> dict[str, Any]:
    school = world.school
    pupil, teacher = school.persons[side.pupil], school.persons[side.teacher]
    class_id, group_id = school.ids[side.title], school.ids[side.group]
    guardian = accounts.Guardian.get(
        accounts.Guardian.guardian == school.persons[side.parent],
        accounts.Guardian.pupil == pupil,
    )
    leader = school_models.ClassTeacher.get(school_models.ClassTeacher.school_class == class_id)
    giver = school_models.GroupTeacher.get(school_models.GroupTeacher.group == group_id)
    session = accounts.Session.create(
        key=f"{side.pupil:0>64}", user=school.users[side.pupil], side="family",
        created_at=clock.stamp(), seen_at=clock.stamp(), address="127.0.0.1", agent="tests",
    )  # fmt: skip
    given = accounts.PersonGrant.create(
        user=school.users[side.teacher], side="staff", permission="core.rooms.view",
        scope="school", until=clock.today(), reason="замещает", given_by_name="Орлов Пётр Ильич",
        given_at=clock.stamp(),
    )  # fmt: skip
    notice = Notice.create(
        person=pupil, side="", owner="core", kind="core.security", title=side.secret, text="",
        url="/settings", data={}, key=side.title, urgent=False, shown=True,
        created_at=clock.stamp(),
    )  # fmt: skip
    return {
        "class_id": class_id,
        "notice_id": notice.id,
        "group_id": group_id,
        "group": group_id,
        "pupil": pupil,
        "pupil_id": pupil,
        "person_id": teacher,
        "user_id": school.users[side.pupil],
        "session_id": session.id,
        "given_id": given.id,
        "room_id": school.ids[f"room_{side.room}"],
        "file_id": world.file(pupil),
        "files.show.name": "a.pdf",
        "people.edit_link.link_id": guardian.id,
        "people.unlink.link_id": guardian.id,
        "school.end_class_teacher.link_id": leader.id,
        "school.end_group_teacher.link_id": giver.id,
    }


def _day(year: int, number: int) -> int:
    made = school_models.CalendarDay.create(
        year=year, date=dt.date(2026, 12, number), kind="day_off", title="Выходной"
    )
    return int(made.id)


def _snapshot(world: World, who: str, state: str) -> int:
    """A kept report with a chart; its text is the secret of a side."""
    side = world.sides[0] if who == "teacher" else world.sides[1]
    told = packed(
        Document(
            title="Отчёт", charts=[Chart(title="Д", labels=["А"], series=[("Р", [1])])],
            tables=[Table(columns=[Column(title="Кто")], rows=[[side.secret]])],
        )
    )  # fmt: skip
    made = ReportSnapshot.create(
        code=f"code-of-{who}", report="core.nothing", title="Отчёт", params={}, content=told,
        digest=digest(told), author=world.school.users[who], made_at=clock.stamp(), state=state,
        state_at=clock.stamp(),
    )  # fmt: skip
    return int(made.id)


def _batch(school: SmallSchool, owner: str) -> int:
    made = accounts.ImportBatch.create(
        owner=school.users[owner], kind="staff", filename="люди.csv", digest="0" * 64,
        content={"header": ["Фамилия", "Имя", "Отчество", "Дата рождения"],
                 "rows": [[2, ["Новиков", "Глеб", "Ильич", "01.02.1980"]]]},
        created_at=clock.stamp(), expires_at=clock.stamp() + dt.timedelta(hours=1),
    )  # fmt: skip
    return int(made.id)
