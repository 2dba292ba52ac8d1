"""The kernel's own reports: accounts and their use, lists of classes, how full classes are.

features.md 4.4 and 4.5; the figures rest on people, accounts and classes alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import access, audit, clock
from asurso_core.accounts import User, sees_particulars
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports.catalogue import link
from asurso_core.reports.documents import Cell, Column, Document, Report, Row, Table, percent
from asurso_core.reports.params import ClassField, ReportForm, YearField
from asurso_core.reports.permissions import ACCEPT
from asurso_core.school import AcademicYear, SchoolClass, current_year

CLASSES, USERS = "core.classes.view", "core.users.view"
GROUP = _l("People")


class OfClass(ReportForm):
    """A class."""

    year = YearField(_l("School year"))
    school_class = ClassField(_l("Class"))


class OfYear(ReportForm):
    """A year."""

    year = YearField(_l("School year"))


class Nothing(ReportForm):
    """No parameters."""


_ACTIVITY = """
    SELECT r.label, r.name, u.last_sign_in_at
      FROM core_user u
      JOIN core_user_role ur ON ur.user_id = u.id
      JOIN core_role r ON r.id = ur.role_id
     WHERE u.state = 'active'
"""
_PARENTS = """
    SELECT c.id, c.grade, c.letter, m.pupil_id, MAX(u.last_sign_in_at)
      FROM core_school_class c
      JOIN core_class_member m ON m.school_class_id = c.id AND m.since <= ?
       AND (m.until IS NULL OR m.until > ?)
      LEFT JOIN core_guardian g ON g.pupil_id = m.pupil_id
      LEFT JOIN core_user u ON u.person_id = g.guardian_id AND u.state = 'active'
     WHERE c.year_id = ? GROUP BY c.id, c.grade, c.letter, m.pupil_id
"""


def activity(actor: Actor, params: dict[str, Any]) -> Document:
    """Активность пользователей: who has signed in, by role; families reached, by class."""
    del params
    access.require_any(actor, ACCEPT)
    now = clock.stamp()
    roles: dict[str, list[int]] = {}
    for label, _name, at in rows(_ACTIVITY):
        told = roles.setdefault(label, [0, 0, 0, 0])
        told[0] += 1
        if at is None:
            told[3] += 1
            continue
        days = (now - as_stamp(at)).days
        told[1] += days < 7
        told[2] += days < 30
    lines = [[label, *told, percent(told[2], told[0])] for label, told in sorted(roles.items())]
    return Document(
        title=_("Activity of users"), note=f"{clock.today():%d.%m.%Y}",
        basis=_("Active accounts; a person of two roles is counted in both. A family is reached "
                "when one of the parents has signed in within 30 days."),
        tables=[
            Table(
                title=_("By role"),
                columns=[
                    Column(title=_("Role")), Column(title=_("Accounts"), number=True),
                    Column(title=_("within 7 days"), number=True, group=_("Signed in")),
                    Column(title=_("within 30 days"), number=True, group=_("Signed in")),
                    Column(title=_("never"), number=True, group=_("Signed in")),
                    Column(title=_("within 30 days, %"), number=True),
                ],
                rows=lines,
            ),
            _families(actor, now),
        ],
    )  # fmt: skip


def _families(actor: Actor, now: dt.datetime) -> Table:
    year, today = current_year(), clock.today()
    classes: dict[tuple[int, str, int], list[int]] = {}
    for id_, grade, letter, _pupil, at in rows(_PARENTS, [today, today, year.id if year else 0]):
        told = classes.setdefault((grade, letter, id_), [0, 0])
        told[0] += 1
        told[1] += at is not None and (now - as_stamp(at)).days < 30
    lines: list[Any] = [
        [
            Cell(
                SchoolClass(grade=grade, letter=letter).title,
                url=link(actor, "core.class_accounts", school_class=id_)
                or link(actor, "core.class_list", school_class=id_),
            ),
            *told,
            percent(told[1], told[0]),
        ]
        for (grade, letter, id_), told in sorted(classes.items())
    ]
    if lines:
        whole = [sum(one[at] for one in classes.values()) for at in range(2)]
        lines.append(Row([_("School"), *whole, percent(whole[1], whole[0])], "total"))
    return Table(
        title=_("Families that are reached"),
        columns=[Column(title=_("Class")), Column(title=_("Pupils"), number=True),
                 Column(title=_("reached"), number=True), Column(title="%", number=True)],
        rows=lines,
    )  # fmt: skip


def _class(actor: Actor, params: dict[str, Any], permission: str) -> SchoolClass | None:
    if not params.get("school_class"):
        return None
    found: SchoolClass = access.find(actor, permission, SchoolClass, params["school_class"])
    return found


_MEMBERS = """
    SELECT p.id, p.surname, p.given_name, p.patronymic, p.birth_date, p.sort_key, p.sex
      FROM core_class_member m JOIN core_person p ON p.id = m.pupil_id
     WHERE m.school_class_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
"""


def _members(school_class: SchoolClass) -> list[tuple[Any, ...]]:
    year = school_class.year
    day = min(max(clock.today(), as_date(year.starts)), as_date(year.ends))
    found = rows(_MEMBERS, [school_class.id, day, day])
    return sorted(found, key=lambda row: (row[5], row[0]))


def class_list(actor: Actor, params: dict[str, Any]) -> Document:
    """Список класса: names; birth dates of pupils whose card the reader may see."""
    school_class = _class(actor, params, CLASSES)
    if school_class is None:
        return Document(title=_("List of a class"), tables=[])
    members = _members(school_class)
    seen = sees_particulars(actor, [row[0] for row in members])
    audit.read(actor, "core.read_card", f"core.class:{school_class.id}", sorted(seen))
    lines = [
        [number, " ".join(part for part in row[1:4] if part),
         as_date(row[4]) if row[0] in seen and row[4] else None]
        for number, row in enumerate(members, 1)
    ]  # fmt: skip
    return Document(
        title=_("List of a class"), note=school_class.title,
        tables=[
            Table(
                columns=[Column(title="№", number=True), Column(title=_("Pupil")),
                         Column(title=_("Date of birth"))],
                rows=lines,
            )
        ],
    )  # fmt: skip


_ACCOUNTS = """
    SELECT m.pupil_id, g.relation, p.id, p.surname, p.given_name, u.login, u.last_sign_in_at, u.id
      FROM core_class_member m
      LEFT JOIN core_guardian g ON g.pupil_id = m.pupil_id
      JOIN core_person p ON p.id = COALESCE(g.guardian_id, 0) OR p.id = m.pupil_id
      JOIN core_user u ON u.person_id = p.id AND u.state = 'active'
     WHERE m.school_class_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
"""


def class_accounts(actor: Actor, params: dict[str, Any]) -> Document:
    """Логины и активность учеников и родителей класса: who has never signed in."""
    school_class = _class(actor, params, CLASSES)
    if school_class is None:
        return Document(title=_("Accounts of a class"), tables=[])
    today = clock.today()
    members = {row[0]: " ".join(part for part in row[1:3]) for row in _members(school_class)}
    found = rows(_ACCOUNTS, [school_class.id, today, today])
    seen = access.allowed_ids(actor, USERS, User, sorted({row[7] for row in found}))
    told: dict[tuple[int, int], list[Any]] = {}
    for pupil, relation, person, surname, name, login, at, user in found:
        if user not in seen or pupil not in members:
            continue
        own = person == pupil  # a mother may bear the name of her daughter
        moment = clock.local(as_stamp(at)) if at else None
        told[pupil, user] = [
            members[pupil], _("the pupil") if own else (relation or _("parent")),
            "" if own else f"{surname} {name}", login,
            moment.date() if moment else _("never"),
        ]  # fmt: skip
    order = {pupil: number for number, pupil in enumerate(members)}
    return Document(
        title=_("Accounts of a class"), note=school_class.title,
        tables=[
            Table(
                columns=[Column(title=_("Pupil")), Column(title=_("Whose account")),
                         Column(title=_("Name")), Column(title=_("Login")),
                         Column(title=_("Last signed in"))],
                rows=[
                    line for _key, line in sorted(
                        told.items(), key=lambda one: (order[one[0][0]], one[1][2] != "", one[0][1])
                    )
                ],
            )
        ],
    )  # fmt: skip


_SIZES = """
    SELECT c.id, c.grade, c.letter, c.profile, COUNT(p.id),
           SUM(CASE WHEN p.sex = 'm' THEN 1 ELSE 0 END),
           SUM(CASE WHEN p.sex = 'f' THEN 1 ELSE 0 END)
      FROM core_school_class c
      LEFT JOIN core_class_member m ON m.school_class_id = c.id AND m.since <= ?
       AND (m.until IS NULL OR m.until > ?)
      LEFT JOIN core_person p ON p.id = m.pupil_id
     WHERE c.year_id = ? GROUP BY c.id, c.grade, c.letter, c.profile
"""
_LEADERS = """
    SELECT t.school_class_id, p.surname, p.given_name, p.patronymic
      FROM core_class_teacher t JOIN core_person p ON p.id = t.teacher_id
     WHERE t.since <= ? AND (t.until IS NULL OR t.until > ?)
"""


def sizes(actor: Actor, params: dict[str, Any]) -> Document:
    """Наполняемость классов: today and on 20 September, totals by parallel and level."""
    year = AcademicYear.get_or_none(AcademicYear.id == (params.get("year") or 0))
    if year is None:
        return Document(title=_("How full classes are"), tables=[])
    query = SchoolClass.select().where(SchoolClass.year == year)
    seen = {one.id for one in access.visible(actor, CLASSES, query)}
    starts, ends = as_date(year.starts), as_date(year.ends)
    day = min(max(clock.today(), starts), ends)
    counted = dt.date(starts.year, 9, 20)
    autumn = {row[0]: row[4] for row in rows(_SIZES, [counted, counted, year.id])}
    leaders = {
        class_id: " ".join(part for part in names if part)
        for class_id, *names in rows(_LEADERS, [day, day])
    }
    found = sorted(
        (row for row in rows(_SIZES, [day, day, year.id]) if row[0] in seen),
        key=lambda row: (row[1], row[2]),
    )
    lines: list[Any] = []

    def total(title: str, some: list[tuple[Any, ...]]) -> None:
        lines.append(
            Row([title, "", "", sum(row[4] for row in some), sum(row[5] or 0 for row in some),
                 sum(row[6] or 0 for row in some), sum(autumn.get(row[0], 0) for row in some)],
                "total")
        )  # fmt: skip

    for first, last in ((1, 4), (5, 9), (10, 11)):
        level = [row for row in found if first <= row[1] <= last]
        for id_, grade, letter, profile, count, boys, girls in level:
            url = link(actor, "core.class_list", year=year.id, school_class=id_)
            title = Cell(SchoolClass(grade=grade, letter=letter).title, url=url)
            lines.append(
                [title, profile or "", leaders.get(id_, ""), count, boys or 0, girls or 0,
                 autumn.get(id_, 0)]
            )  # fmt: skip
        if level:
            total(_("grades %(first)s to %(last)s", first=first, last=last), level)
    if found:
        total(_("School"), found)
    return Document(
        title=_("How full classes are"), note=f"{year.title}, {day:%d.%m.%Y}",
        tables=[
            Table(
                columns=[
                    Column(title=_("Class")), Column(title=_("Profile")),
                    Column(title=_("Class teacher")), Column(title=_("Pupils"), number=True),
                    Column(title=_("boys"), number=True), Column(title=_("girls"), number=True),
                    Column(title=_("on 20 September"), number=True),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


REPORTS: list[Any] = [
    Report(
        name="core.class_list", title=_l("List of a class"), about=_l("names, dates of birth"),
        group=GROUP, requires=CLASSES, form=OfClass, build=class_list, order=140, side="staff",
    ),
    Report(
        name="core.class_accounts", title=_l("Accounts of a class"),
        about=_l("logins of pupils and parents, who never signed in"), group=GROUP,
        requires=USERS, form=OfClass, build=class_accounts, order=141, side="staff",
    ),
    Report(
        name="core.class_sizes", title=_l("How full classes are"),
        about=_l("pupils, boys and girls, on 20 September"), group=GROUP, requires=CLASSES,
        form=OfYear, build=sizes, order=142, side="staff",
    ),
    Report(
        name="core.activity", title=_l("Activity of users"),
        about=_l("who signs in, which families are reached"), group=GROUP,
        requires=ACCEPT, form=Nothing, build=activity, order=143, side="staff",
    ),
]  # fmt: skip
