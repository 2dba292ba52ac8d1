"""The small school with something in every table, and what is own and foreign in it.

"Own" is seen from the family of the first pupil of 5А and the teachers of that class; "foreign"
is the like of 5Б.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from asurso_core import clock, jobs
from asurso_core.accounts import models as accounts
from asurso_core.files import StoredFile
from asurso_core.school import models as school_models
from asurso_core.testing.make import FIRST_DAY, SmallSchool
from asurso_forum import services as forum
from asurso_forum.services.topics import NewPoll
from asurso_journal import models as journal
from asurso_portfolio import models as portfolio
from asurso_timetable import models as timetable

MONDAY = dt.date(2026, 11, 23)
#: Words that must not meet the eyes of another family.
CANARIES = {"own": "Канарейкин-Первый", "foreign": "Канарейкин-Второй"}


@dataclass
class World:
    """Values of every argument that rules of the application use, own and foreign."""

    school: SmallSchool
    own: dict[str, Any] = field(default_factory=dict)
    foreign: dict[str, Any] = field(default_factory=dict)


def build(school: SmallSchool) -> World:
    """Fill the bound small school; call inside the transaction of a test."""
    world = World(school)
    year = school.ids["year"]
    bells = timetable.BellSchedule.create(title="Обычные")
    spare_bells = timetable.BellSchedule.create(title="Сокращённые")
    for number in range(1, 8):
        for schedule in (bells, spare_bells):
            timetable.BellSlot.create(
                schedule=schedule, number=number, starts=460 + number * 50, ends=500 + number * 50
            )
    grid = timetable.Grid.create(year=year, title="Год", since=FIRST_DAY)
    spare_grid = timetable.Grid.create(year=year, title="Весна", since=dt.date(2027, 1, 11))
    kind = journal.AssignmentType.get_or_create(name="Контрольная", defaults={"letter": "К"})[0]
    spare_type = school_models.PeriodType.create(year=year, name="Полугодия", kind="half_year")
    spare_period = school_models.Period.create(
        period_type=spare_type, number=1, title="1 полугодие", starts=FIRST_DAY,
        ends=dt.date(2026, 12, 30),
    )  # fmt: skip
    school_models.ClassTeacher.create(
        school_class=school.ids["5Б"], teacher=school.persons["english_2"], since=FIRST_DAY
    )
    sides = (
        (world.own, "own", "5А", "maths_5a", "teacher", "pupil", "parent", "101", 1),
        (world.foreign, "foreign", "5Б", "maths_5b", "teacher_parent", "pupil_6", "other_parent",
         "102", 3),
    )  # fmt: skip
    for values, side, title, group, teacher, pupil, parent, room, number in sides:
        class_id, group_id = school.ids[title], school.ids[group]
        timetable.ClassBells.create(school_class=class_id, schedule=bells, since=FIRST_DAY)
        slot = {"starts": 460 + number * 50, "ends": 500 + number * 50}
        entry = timetable.GridEntry.create(
            grid=grid, weekday=1, number=number, group=group_id,
            teacher=school.persons[teacher], room=school.ids[f"room_{room}"], **slot,
        )  # fmt: skip
        lesson = timetable.Lesson.create(
            date=MONDAY, number=number, group=group_id, teacher=school.persons[teacher],
            room=school.ids[f"room_{room}"], **slot,
        )  # fmt: skip
        work = journal.Assignment.create(lesson=lesson, type=kind)
        journal.Mark.create(
            assignment=work,
            pupil=school.persons[pupil],
            year=year,
            value="5",
            comment=CANARIES[side],
        )
        journal.LessonNote.create(lesson=lesson, topic="Дроби", homework="§ 12")
        accounts.PersonDetail.create(person=school.persons[pupil], address=CANARIES[side])
        values.update(_forum(school, side, class_id, teacher))
        values.update(_common(school, class_id, group_id, pupil, parent, teacher))
        values.update(_portfolio(school, side, pupil, teacher))
        values.update(
            lesson_id=lesson.id, entry_id=entry.id, work_id=work.id, work=work.id,
            room_id=school.ids[f"room_{room}"],
        )  # fmt: skip
    world.own.update(
        year_id=year, type_id=school.ids["quarters"], period=school.ids["period_2"],
        subject_id=school.ids["Математика"], schedule_id=bells.id, grid_id=grid.id,
        holiday_id=school_models.Holiday.get().id, day_id=_day(year, 5), owner="core", name="diary",
        kind="pupils", batch_id=_batch(school, "secretary"), day="2026-11-23",
        role="teacher", permission="core.rooms.view",
        job_id=jobs.enqueue("core.clean_jobs", by=school.actor("teacher")),
    )  # fmt: skip
    world.foreign.update(
        year_id=school.ids["past_year"], type_id=spare_type.id, period=spare_period.id,
        subject_id=school.ids["Русский язык"], schedule_id=spare_bells.id, grid_id=spare_grid.id,
        holiday_id=school_models.Holiday.create(
            year=year, title="Весенние каникулы", starts=dt.date(2027, 3, 27),
            ends=dt.date(2027, 4, 4),
        ).id,
        day_id=_day(year, 6), owner="journal", name="nothing", kind="nonsense",
        batch_id=_batch(school, "admin"),
        day="2026-11-23", role="admin", permission="core.access.edit",
        job_id=jobs.enqueue("core.clean_jobs", by=school.actor("admin")),
    )  # fmt: skip
    return world


def _forum(school: SmallSchool, side: str, class_id: int, teacher: str) -> dict[str, Any]:
    """A section of the class with a topic of a teacher and a poll."""
    # One parent has children in both classes: the foreign section is not for parents.
    roles = ["teacher", "pupil", *(["parent"] if side == "own" else [])]
    section = forum.save_section(
        school.actor("admin"), None, title=f"Раздел {side}", about="", position=0, archived=False,
        readers=roles, writers=roles, classes=[class_id], moderators=[],
    )  # fmt: skip
    topic = forum.open_topic(
        school.actor(teacher, "staff"), section.id, "Тема", "Кто идёт?",
        poll=NewPoll(question="Идём?", options=["Да", "Нет"]),
    )  # fmt: skip
    message = forum.write(school.actor(teacher, "staff"), topic.id, "Ответьте")
    return {"section_id": section.id, "topic_id": topic.id, "message_id": message.id}


def _common(
    school: SmallSchool, class_id: int, group_id: int, pupil: str, parent: str, teacher: str
) -> dict[str, Any]:
    guardian = accounts.Guardian.get(
        accounts.Guardian.guardian == school.persons[parent],
        accounts.Guardian.pupil == school.persons[pupil],
    )
    leader = school_models.ClassTeacher.get(school_models.ClassTeacher.school_class == class_id)
    giver = school_models.GroupTeacher.get(school_models.GroupTeacher.group == group_id)
    session = accounts.Session.create(
        key=f"{pupil:0>64}", user=school.users[pupil], side="family", created_at=clock.stamp(),
        seen_at=clock.stamp(), address="127.0.0.1", agent="tests",
    )  # fmt: skip
    given = accounts.PersonGrant.create(
        user=school.users[teacher], side="staff", permission="core.rooms.view", scope="school",
        until=clock.today(), reason="замещает", given_by_name="Орлов Пётр Ильич",
        given_at=clock.stamp(),
    )  # fmt: skip
    return {
        "class_id": class_id,
        "group_id": group_id,
        "group": group_id,
        "pupil": school.persons[pupil],
        "pupil_id": school.persons[pupil],
        "person_id": school.persons[teacher],
        "user_id": school.users[pupil],
        "session_id": session.id,
        "given_id": given.id,
        "file_id": _file(school.persons[pupil]),
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


def _portfolio(school: SmallSchool, side: str, pupil: str, teacher: str) -> dict[str, Any]:
    """A project of a pupil with another author, a file and a link; only the family may read it.

    The link on the foreign side has expired: one that works is open to everybody on purpose.
    """
    last_day = clock.today() - dt.timedelta(days=side == "foreign")
    owner = school.persons[pupil]
    row = portfolio.Item.create(
        owner=owner, kind="project", title="Метеостанция", visibility="me",
        created_at=clock.stamp(),
    )  # fmt: skip
    portfolio.Author.create(item=row, person=owner, position=1)
    other = portfolio.Author.create(
        item=row, person=school.persons[teacher], position=1, accepted=False
    )
    link = portfolio.Link.create(
        item=row,
        token=f"{pupil.replace('_', '-'):x>43}",
        expires_on=last_day,
        created_at=clock.stamp(),
    )
    file = _file(owner, "portfolio.file", f"portfolio.item:{row.id}")
    return {
        "item_id": row.id,
        "author_id": other.id,
        "token": link.token,
        "portfolio.page.person_id": owner,
        "portfolio.page_pdf.person_id": owner,
        "portfolio.new.kind": "work" if side == "own" else "nonsense",
        "reports.show.name": "portfolio.achievements",
        "reports.show.kind": "csv",
        "portfolio.drop_link.link_id": link.id,
        "portfolio.drop_file.file_id": file,
        "portfolio.link_file.file_id": file,
    }


def _file(owner: int, kind: str = "gone.thing", target: str = "gone.thing:1") -> int:
    """A file whose bytes are lost; of a kind that nobody knows any more unless one is named."""
    made = StoredFile.create(
        kind=kind, owner=owner, target=target, name="a.pdf", size=1,
        type="application/pdf", digest="0" * 64, created_at=clock.stamp(),
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
