"""The kernel's own step: the card, the calendar, people, classes, groups and accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from asurso_core import clock, facts
from asurso_core.accounts import Guardian, Person, PersonDetail, Role, User, UserRole, logins
from asurso_core.demo import plan
from asurso_core.demo.context import (
    DemoClass,
    DemoGroup,
    DemoPerson,
    DemoPupil,
    DemoRoom,
    DemoSchool,
    DemoStep,
    DemoTeacher,
    Stay,
)
from asurso_core.demo.people import Families, make_employee, make_teacher
from asurso_core.demo.signing import hash_for
from asurso_core.school import (
    AcademicYear,
    CalendarDay,
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
from asurso_core.text import fold, sort_key

#: Staff beside the teachers: post, roles, sex.
_OFFICES = (
    ("Администратор системы, методист", ["admin"], "m"),
    ("Директор", ["director"], "f"),
    ("Заместитель директора по воспитательной работе", ["deputy"], "f"),
    ("Инженер", ["technical"], "m"),
    ("Лаборант", ["technical"], "f"),
    ("Секретарь учебной части", ["secretary"], "f"),
    ("Специалист по кадрам", ["hr"], "f"),
    ("Медицинская сестра", ["medical"], "f"),
    ("Педагог-психолог", ["psychologist"], "f"),
    ("Социальный педагог", ["psychologist"], "f"),
)


def fill(school: DemoSchool) -> None:
    """Make the school up to its teaching groups; nothing of lessons or marks."""
    _calendar(school)
    lots = school.lots("core")
    school.classes = plan.make_classes(school.size, school.calendar.starts.year, lots)
    school.buildings = list(dict.fromkeys(found.building for found in school.classes))
    taken: set[str] = set()
    year = school.calendar.starts.year
    school.staff = [
        make_employee(post, roles, sex, year, lots, taken) for post, roles, sex in _OFFICES
    ]
    families = Families(school.classes, year, lots)
    # Groups need to know who is in a class, and families which teachers have children here; so
    # the hours are dealt out first, by the sizes of the classes alone.
    school.groups = [group for found in school.classes for group in plan.make_groups(found)]
    for building in school.buildings:
        _staff_of_building(school, building, taken)
    own = [teacher for teacher in school.teachers if lots.random() < 0.4]
    families.fill(own[: max(1, len(own) // 2)])
    school.parents = families.parents
    _rooms(school)
    plan.choose_leaders(school.classes, school.groups)
    _places(school)
    _movements(school, families)
    _write_people(school)
    _write_classes(school)
    school.bulk.flush()


STEPS = [DemoStep(name="core", order=0, fill=fill)]


# --- the card and the calendar -----------------------------------------------------------------


def _calendar(school: DemoSchool) -> None:
    bulk, calendar = school.bulk, school.calendar
    bulk.add(
        School,
        name="Муниципальное бюджетное общеобразовательное учреждение «Демонстрационная средняя "
        "школа № 1» городского округа Примерск",
        short_name="Демонстрационная школа № 1",
        address="446000, Самарская область, г. Примерск, ул. Школьная, д. 1",
        phone="+7 (846) 000-00-01",
        email="school1@example.ru",
        website="https://school1.example.ru",
        founder="Администрация городского округа Примерск",
        zone=str(clock.zone()),
        demo=True,
    )
    for past in facts.year_calendars():
        if past.starts < calendar.starts:
            bulk.add(
                AcademicYear,
                title=past.title,
                starts=past.starts,
                ends=past.ends,
                state="closed",
            )
    school.year_id = bulk.add(
        AcademicYear,
        title=calendar.title,
        starts=calendar.starts,
        ends=calendar.ends,
        state="current",
    )
    for vacation in calendar.vacations:
        if vacation.starts <= calendar.ends:
            bulk.add(
                Holiday,
                year=school.year_id,
                title=vacation.title,
                starts=vacation.starts,
                ends=vacation.ends,
                first_grade=vacation.first_grade,
                last_grade=vacation.last_grade,
            )
    for day in _days_off(calendar):
        bulk.add(CalendarDay, year=school.year_id, date=day.date, kind="day_off", title=day.title)
    for subject in facts.subjects():
        if subject.kind == "subject" and subject.valid_to is None:
            school.subject_ids[subject.code] = 0
    bulk.flush()


def _days_off(calendar: facts.YearCalendar) -> Iterator[facts.SpecialDay]:
    """Days off that neither a weekend nor holidays of the whole school swallow.

    A working Saturday of the country is not taken over: whether to teach then, a school decides.
    """
    for day in facts.special_days(calendar.starts, calendar.ends):
        shut = any(day.date in found and found.last_grade > 4 for found in calendar.vacations)
        if day.kind in {"holiday", "day_off"} and day.date.isoweekday() < 7 and not shut:
            yield day


# --- staff and rooms ---------------------------------------------------------------------------


def _staff_of_building(school: DemoSchool, building: str, taken: set[str]) -> None:
    """Make the teachers that the hours of a building call for, and deal the hours out."""
    lots = school.lots(f"staff {building}")
    by_trade: dict[str, list[DemoGroup]] = {}
    for group in school.groups:
        if group.school_class.building == building:
            by_trade.setdefault(plan.trade_of(group), []).append(group)
    for trade in plan.TRADES:
        groups = by_trade.get(trade.name, [])
        if not groups:
            continue
        year = school.calendar.starts.year
        deputies = int(school.size != "small" and trade.name in plan.DEPUTY_TRADES)
        made = [
            make_teacher(trade, building, year, lots, taken)
            for _ in range(plan.teachers_needed(trade, groups, deputies) + deputies)
        ]
        # A deputy is dealt hours as if most of a full load were there already.
        already = round(plan.FULL_LOAD) - plan.DEPUTY_TEACHES
        for deputy in made[:deputies]:
            deputy.roles = ["deputy", "teacher"]
            deputy.position = f"Заместитель директора по УВР, {trade.position.lower()}"
            deputy.hours = already
        plan.allot(groups, made, trade, lots)
        for deputy in made[:deputies]:
            deputy.hours -= already
        for teacher in made:
            names = {facts.subject(g.subject).name for g in groups if g.teacher is teacher}
            teacher.subjects = ", ".join(sorted(names))
        school.teachers.extend(made)
        school.staff.extend(made)


def _rooms(school: DemoSchool) -> None:
    """Every teacher has a room; gyms are shared, and ОБЗР has a room of its own."""
    for building in school.buildings:
        mine = [teacher for teacher in school.teachers if teacher.building == building]
        numbers = iter(f"{floor}{place:02}" for floor in (1, 2, 3, 4) for place in range(1, 21))
        for teacher in mine:
            if teacher.trade != "sport":
                trade = plan.TRADE[teacher.trade]
                teacher.room = DemoRoom(
                    name=next(numbers),
                    building=building,
                    use="home",
                    kind=trade.room_kind,
                    capacity=16 if teacher.trade in {"english", "informatics"} else 32,
                )
                school.rooms.append(teacher.room)
        safety = DemoRoom(
            name=next(numbers), building=building, use="home", kind="кабинет ОБЗР", capacity=32
        )
        small = school.size == "small"
        gyms = [
            DemoRoom(name=name, building=building, use="gym", kind=kind, capacity=40)
            for name, kind in (
                ("Спортзал № 1", "спортивный зал"),
                ("Спортзал № 2", "спортивный зал"),
                ("Малый спортзал", "спортивный зал"),
                ("Стадион", "спортивная площадка"),
            )[: 2 if small else None]
        ]
        other = [
            DemoRoom(name=name, building=building, use="other", kind=name.lower(), capacity=places)
            for name, places in (("Актовый зал", 300), ("Библиотека", 40), ("Столовая", 240))
        ]
        school.rooms.extend([safety, *gyms, *other])
        for group in school.groups:
            if group.school_class.building != building:
                continue
            if group.subject == "pe":
                group.rooms = gyms
            elif group.subject == "obzr":
                group.rooms = [safety]
            elif group.teacher is not None and group.teacher.room is not None:
                group.rooms = [group.teacher.room]


# --- who learns where --------------------------------------------------------------------------


def _places(school: DemoSchool) -> None:
    """Put pupils in their order and into their subgroups: by the alphabet, or by sex."""
    for school_class in school.classes:
        school_class.pupils.sort(key=lambda pupil: sort_key(pupil.name))
    for group in school.groups:
        pupils = group.school_class.pupils
        half = (len(pupils) + 1) // 2
        if group.part == 0:
            chosen = pupils
        elif group.subject in {"tech", "pe"}:
            chosen = [pupil for pupil in pupils if pupil.sex == "mf"[group.part - 1]]
        else:
            chosen = pupils[:half] if group.part == 1 else pupils[half:]
        group.stays = [Stay(pupil, pupil.since) for pupil in chosen]


def _movements(school: DemoSchool, families: Families) -> None:
    """A few pupils came or left during the term or changed their subgroup, as everywhere."""
    lots = school.lots("movements")
    first = school.calendar.starts
    movable = [found for found in school.classes if found.size != 30]
    few = max(1, len(movable) // 10)
    for school_class in lots.sample(movable, few):
        came = _monday(first, lots.randint(2, 9))
        if came <= school.today:
            pupil = lots.choice(school_class.pupils)
            pupil.since = came
            _restay(school, school_class, pupil)
    for school_class in lots.sample(movable, few):
        left = _monday(first, lots.randint(3, 10))
        if left <= school.today:
            pupil = families.one_more(school_class)
            pupil.until = left
            school_class.pupils.sort(key=lambda found: sort_key(found.name))
            for group in _groups_for(school, school_class, pupil):
                group.stays.append(Stay(pupil, pupil.since, left))
    divided = [group for group in school.groups if group.subject == "eng" and group.part == 1]
    for group in lots.sample(divided, min(few, len(divided))):
        moved = _monday(first, lots.randint(4, 8))
        if group.school_class.size == 30 or moved > school.today:
            continue
        stay = lots.choice([found for found in group.stays if found.until is None])
        if stay.since >= moved:
            continue
        other = next(
            found
            for found in school.groups
            if found.school_class is group.school_class
            and found.subject == "eng"
            and found.part == 2
        )
        group.stays.remove(stay)
        group.stays.append(Stay(stay.pupil, stay.since, moved))
        other.stays.append(Stay(stay.pupil, moved))


def _monday(first: dt.date, weeks: int) -> dt.date:
    return first + dt.timedelta(days=7 * weeks - first.weekday())


def _groups_for(
    school: DemoSchool, school_class: DemoClass, pupil: DemoPupil
) -> Iterator[DemoGroup]:
    for group in school.groups:
        if group.school_class is not school_class:
            continue
        if group.part and group.subject in {"tech", "pe"}:
            fits = pupil.sex == "mf"[group.part - 1]
        else:
            fits = group.part < 2
        if fits:
            yield group


def _restay(school: DemoSchool, school_class: DemoClass, pupil: DemoPupil) -> None:
    for group in school.groups:
        if group.school_class is school_class:
            group.stays = [
                Stay(pupil, pupil.since) if stay.pupil is pupil else stay for stay in group.stays
            ]


# --- writing -----------------------------------------------------------------------------------


def _write_people(school: DemoSchool) -> None:
    bulk = school.bulk
    lots = school.lots("details")
    roles = {row.name: row.id for row in Role.select()}
    taken: set[str] = set()
    stamp = clock.stamp()
    for number, person in enumerate(school.everybody()):
        named = {
            "surname": person.surname,
            "given_name": person.given_name,
            "patronymic": person.patronymic,
        }
        person.id = bulk.add(
            Person,
            **named,
            sex=person.sex,
            birth_date=person.birth_date,
            sort_key=sort_key(person.name),
            search_text=fold(person.name),
        )
        person.login = logins.free(Person(**named), taken)
        taken.add(fold(person.login))
        gone = isinstance(person, DemoPupil) and person.until is not None
        person.user_id = bulk.add(
            User,
            person=person.id,
            login=person.login,
            login_key=fold(person.login),
            password_hash=hash_for(person.roles[0]),
            password_changed_at=stamp,
            must_change=False,
            state="archived" if gone else "active",
            created_at=stamp,
        )
        for role in person.roles:
            bulk.add(UserRole, user=person.user_id, role=roles[role])
        bulk.add(PersonDetail, person=person.id, **_detail(person, number, lots.random()))
    for school_class in school.classes:
        for pupil in school_class.pupils:
            for guardian in pupil.guardians:
                bulk.add(
                    Guardian,
                    guardian=guardian.person.id,
                    pupil=pupil.id,
                    relation=guardian.relation,
                    may_receive=guardian.may_receive,
                )


def _detail(person: DemoPerson, number: int, lot: float) -> dict[str, str | None]:
    phone = f"+7 (900) {number // 10000:03}-{number // 100 % 100:02}-{number % 100:02}"
    if isinstance(person, DemoPupil):
        return {"file_number": f"{person.surname[0].upper()}-{number}"}
    if person.position:
        return {"phone": phone, "position": person.position, "subjects": person.subjects}
    return {"phone": phone, "email": f"{person.login.lower()}@example.ru" if lot < 0.7 else None}


def _write_classes(school: DemoSchool) -> None:
    bulk, year, first = school.bulk, school.year_id, school.calendar.starts
    used = {group.subject for group in school.groups}
    school.subject_ids = {}
    for subject in facts.subjects():
        if subject.code in used:
            school.subject_ids[subject.code] = bulk.add(
                Subject, name=subject.name, short_name=subject.short_name, area=subject.area or None
            )
    head = {found.room: found for found in school.teachers if found.room is not None}
    for room in school.rooms:
        owner = head.get(room)
        room.id = bulk.add(
            Room,
            name=room.name,
            building=room.building,
            capacity=room.capacity,
            kind=room.kind,
            responsible=owner.id if owner is not None else None,
        )
    quarters = _period_type(school, "Четверти", "quarter", school.calendar.quarters)
    halves = _period_type(school, "Полугодия", "half_year", school.calendar.half_years)
    for found in school.classes:
        found.id = bulk.add(
            SchoolClass,
            year=year,
            grade=found.grade,
            letter=found.letter,
            profile=found.profile,
            period_type=halves if found.grade > 9 else quarters,
        )
        if found.leader is not None:
            bulk.add(
                ClassTeacher,
                school_class=found.id,
                teacher=found.leader.id,
                since=first,
                until=None,
            )
        for pupil in found.pupils:
            bulk.add(
                ClassMember,
                pupil=pupil.id,
                school_class=found.id,
                since=pupil.since,
                until=pupil.until,
            )
    for group in school.groups:
        _write_group(school, group)


def _period_type(school: DemoSchool, name: str, kind: str, spans: tuple[facts.Span, ...]) -> int:
    made = school.bulk.add(PeriodType, year=school.year_id, name=name, kind=kind)
    for number, span in enumerate(spans, 1):
        school.bulk.add(
            Period,
            period_type=made,
            number=number,
            title=span.title,
            starts=span.starts,
            ends=span.ends,
        )
    return made


def _write_group(school: DemoSchool, group: DemoGroup) -> None:
    bulk = school.bulk
    group.id = bulk.add(
        TeachingGroup,
        year=school.year_id,
        subject=school.subject_ids[group.subject],
        part=group.part,
        name=group.name,
        weekly_hours=group.hours,
    )
    bulk.add(GroupClass, group=group.id, school_class=group.school_class.id)
    if isinstance(group.teacher, DemoTeacher):
        bulk.add(
            GroupTeacher,
            group=group.id,
            teacher=group.teacher.id,
            since=school.calendar.starts,
            until=None,
        )
    if group.part:
        for stay in group.stays:
            bulk.add(
                GroupMember,
                pupil=stay.pupil.id,
                group=group.id,
                since=stay.since,
                until=stay.until,
            )
