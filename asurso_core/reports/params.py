"""Parameters of reports: lists that hold what the reader may see, and useful values to begin with.

A list and the check of what was sent are one rule: a class that is not offered does not exist.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from asurso_core import access, clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows, russian_order
from asurso_core.forms import Form
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports.documents import Report
from asurso_core.reports.permissions import ACCEPT
from asurso_core.school import (
    AcademicYear,
    Period,
    SchoolClass,
    TeachingGroup,
    class_titles,
    current_year,
    led_class_ids,
    taught_group_ids,
)
from asurso_core.text import sort_key


def form_of(actor: Actor, report: Report, sent: Any) -> Any:
    """The parameters of a report as an address has them, its lists filled by rights.

    A field that must be filled and that an address leaves out has what it has at first: a link may
    name the class alone.
    """
    if sent:
        sent = MultiDict(sent)
        for field in report.form(formdata=None, meta={"csrf": False}):
            at_first = _at_first(field)
            if at_first and field.name not in sent:
                sent[field.name] = at_first
    form = report.form(formdata=sent or None, meta={"csrf": False})
    if isinstance(form, ReportForm):
        form.offer(actor, report.requires)
    return form


def are_offered(actor: Actor, report: Report, params: Mapping[str, str]) -> bool:
    """Whether parameters of a report are still among those that the actor may choose."""
    form = form_of(actor, report, MultiDict(params))
    return all(
        str(one.data) == params[one.name]
        and one.data in {choice.value for choice in one.choices or []}
        for one in form
        if isinstance(one, Offered) and one.name in params
    )


def of_everybody(actor: Actor, permission: str) -> bool:
    """Whether somebody may run reports on other teachers: those who accept what they hand in."""
    over = actor.grants.get(permission, frozenset())
    return actor.is_system or ("school" in over and actor.holds(ACCEPT))


def _at_first(field: Any) -> str:
    """What a browser would send of a field that must be filled, empty of one that need not."""
    value = field.data
    if type(field) is SelectField:
        value = value or next((choice.value for choice in field.choices or []), "")
    elif not field.flags.required or isinstance(field, Offered) or value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


class ReportForm(Form):
    """Parameters of a report, read from the address.

    ``offer(actor, permission)`` fills the lists by rights and puts useful values where the address
    names none, so that a report shows something at once.
    """

    def offer(self, actor: Actor, permission: str) -> None:
        """Fill the lists of all fields, in the order in which they stand."""
        for one in self:
            if isinstance(one, Offered):
                one.offer(self, actor, permission)

    def of(self, name: str) -> Any:
        """What is chosen in a field, None where there is no such field."""
        return self[name].data if name in self else None


def _whole(value: Any) -> int | None:
    text = str(value)
    if text in {"", "None"}:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(text)
    return int(text)


class Offered(SelectField):
    """A list whose choices depend on the reader and on the fields before it."""

    def __init__(self, label: Any = None, *, optional: Any = "", **kwargs: Any) -> None:
        """``optional`` are the words for choosing nothing; without them something is chosen."""
        self.optional = optional
        super().__init__(label, coerce=_whole, choices=[], **kwargs)

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """What can be chosen, in order."""
        raise NotImplementedError

    def usual(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """What is chosen where the address says nothing."""
        del form, actor
        return found[0][0] if found and not self.optional else None

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """Whether the actor could choose what is sent in another year, or of another class.

        A form carries the class of the year that was shown when another year is chosen. What the
        actor could not have chosen before either does not exist.
        """
        del form, actor, permission
        return False

    def like(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """What takes the place of a known choice that is not offered now."""
        return self.usual(form, actor, found)

    def offer(self, form: ReportForm, actor: Actor, permission: str) -> None:
        """Fill the list, and choose where nothing is chosen."""
        found = self.pairs(form, actor, permission)
        first = [("", str(self.optional))] if self.optional else []
        if not found and not first:
            first = [("", "—")]
        self.choices = [SelectChoice(value, label) for value, label in [*first, *found]]
        if not self.raw_data:
            self.data = self.usual(form, actor, found)
        elif (
            self.data is not None
            and all(id_ != self.data for id_, _label in found)
            and self.known(form, actor, permission)
        ):
            self.data = self.like(form, actor, found) if found else None

    def pre_validate(self, form: Any) -> None:
        """Nothing chosen is right where there is nothing to choose, or where it may be left."""
        if self.data is None:
            return
        super().pre_validate(form)


class YearField(Offered):
    """A school year; bygone ones can be read."""

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """All years that have begun, the newest first."""
        del form, actor, permission
        years = AcademicYear.select().order_by(AcademicYear.starts.desc())
        return [(one.id, one.title) for one in years if one.state != "planned"]

    def usual(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """The present one."""
        del form, actor
        year = current_year()
        return year.id if year else (found[0][0] if found else None)


def _year_id(form: ReportForm) -> int:
    chosen = form.of("year")
    if chosen is None:
        year = current_year()
        return year.id if year else 0
    return int(chosen)


class ClassField(Offered):
    """A class of the year over which the reader has the permission; the own one first."""

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """Classes by grade and letter."""
        query = SchoolClass.select().where(SchoolClass.year == _year_id(form))
        found = access.visible(actor, permission, query).order_by(
            SchoolClass.grade, russian_order(SchoolClass.letter)
        )
        return [(one.id, one.title) for one in found]

    def usual(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """The class that the reader leads."""
        if self.optional:
            return None
        led = {row[0] for row in led_class_ids(actor.person_id).tuples()}
        own = [id_ for id_, _title in found if id_ in led]
        return own[0] if own else super().usual(form, actor, found)

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """A class of another year over which the actor has the permission."""
        del form
        before = SchoolClass.get_or_none(SchoolClass.id == self.data)
        return before is not None and access.can(actor, permission, before)

    def like(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """The same children: the class of the grade they were in that year."""
        before = SchoolClass.get_by_id(self.data)
        year = AcademicYear.get_or_none(AcademicYear.id == _year_id(form))
        grown = as_date(year.starts).year - as_date(before.year.starts).year if year else 0
        same = SchoolClass(grade=before.grade + grown, letter=before.letter).title
        return next((id_ for id_, title in found if title == same), self.usual(form, actor, found))


class ParallelField(Offered):
    """All classes of one grade."""

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """Grades that have classes over which the reader has the permission."""
        query = SchoolClass.select().where(SchoolClass.year == _year_id(form))
        grades = sorted({one.grade for one in access.visible(actor, permission, query)})
        return [(grade, _("grade %(grade)s", grade=grade)) for grade in grades]

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """Which grades there are is no secret."""
        del form, actor, permission
        return True


class GroupField(Offered):
    """A teaching group of the year: class and subject; the reader's own ones first."""

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """Groups by class and subject; of one class where that is chosen before."""
        sql = """
            SELECT DISTINCT g.id, s.name, g.name
              FROM core_teaching_group g
              JOIN core_subject s ON s.id = g.subject_id
              JOIN core_group_class gc ON gc.group_id = g.id
             WHERE g.year_id = ? AND NOT g.archived
        """
        found = rows(sql, [_year_id(form)])
        seen = access.allowed_ids(actor, permission, TeachingGroup, [row[0] for row in found])
        titles = class_titles(sorted(seen))
        own = {row[0] for row in taught_group_ids(actor.person_id).tuples()}
        named = [
            (id_, " ".join(part for part in (titles.get(id_, ""), subject, name) if part))
            for id_, subject, name in found
            if id_ in seen
        ]
        named.sort(key=lambda one: (one[0] not in own, _grade(one[1]), sort_key(one[1])))
        return named

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """A group of another year or class that is the actor's to see."""
        del form
        return bool(access.allowed_ids(actor, permission, TeachingGroup, [self.data or 0]))


def _grade(title: str) -> int:
    digits = "".join(sign for sign in title[:2] if sign.isdigit())
    return int(digits or 0)


class SubjectField(Offered):
    """A subject that is taught in the year."""

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """Subjects by name."""
        del actor, permission
        sql = """
            SELECT DISTINCT s.id, s.name FROM core_subject s
              JOIN core_teaching_group g ON g.subject_id = s.id AND g.year_id = ?
        """
        return sorted(rows(sql, [_year_id(form)]), key=lambda row: sort_key(row[1]))

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """A subject that is not taught in this year."""
        del form, actor, permission
        return bool(rows("SELECT id FROM core_subject WHERE id = ?", [self.data]))


class TeacherField(Offered):
    """A teacher of the year; a reader without a wider right finds only oneself."""

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """Teachers by name."""
        sql = """
            SELECT DISTINCT p.id, p.surname, p.given_name, p.patronymic, p.sort_key
              FROM core_group_teacher t
              JOIN core_teaching_group g ON g.id = t.group_id AND g.year_id = ?
              JOIN core_person p ON p.id = t.teacher_id
        """
        found = sorted(rows(sql, [_year_id(form)]), key=lambda row: (row[4], row[0]))
        everybody = of_everybody(actor, permission)
        return [
            (id_, " ".join(part for part in (surname, given, patronymic) if part))
            for id_, surname, given, patronymic, _key in found
            if everybody or id_ == actor.person_id
        ]

    def usual(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """Oneself."""
        if any(id_ == actor.person_id for id_, _name in found):
            return actor.person_id
        return super().usual(form, actor, found)

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """A teacher who does not teach in this year, for those who may see all."""
        del form
        return of_everybody(actor, permission)


class PupilField(Offered):
    """A pupil of the class chosen before; without one, the reader or the reader's children."""

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """Pupils by name."""
        if "school_class" in form:
            sql = """
                SELECT DISTINCT p.id, p.surname, p.given_name, p.sort_key
                  FROM core_class_member m JOIN core_person p ON p.id = m.pupil_id
                 WHERE m.school_class_id = ?
            """
            found = rows(sql, [form.of("school_class") or 0])
            seen = access.allowed_ids(actor, permission, Person, [row[0] for row in found])
        else:
            sql = """
                SELECT DISTINCT p.id, p.surname, p.given_name, p.sort_key
                  FROM core_person p JOIN core_class_member m ON m.pupil_id = p.id
                 WHERE p.id = ?
                    OR p.id IN (SELECT pupil_id FROM core_guardian WHERE guardian_id = ?)
            """
            found = rows(sql, [actor.person_id or 0, actor.person_id or 0])
            seen = access.allowed_ids(actor, permission, Person, [row[0] for row in found])
        found = sorted(found, key=lambda row: (row[3], row[0]))
        return [(id_, f"{surname} {given}") for id_, surname, given, _key in found if id_ in seen]

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """A pupil of another class who is the actor's to see."""
        del form
        return bool(access.allowed_ids(actor, permission, Person, [self.data or 0]))


class PeriodField(Offered):
    """A study period: of the class or pupil chosen before, else any of the year."""

    def __init__(self, label: Any = None, *, ended: bool = False, **kwargs: Any) -> None:
        """``ended`` begins with the last period that is over rather than with the running one."""
        self.ended = ended
        super().__init__(label if label is not None else _l("Study period"), **kwargs)

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """Periods in order of time."""
        del actor, permission
        return [(one.id, one.title) for one in self._periods(form)]

    def _periods(self, form: ReportForm) -> list[Period]:
        class_id = form.of("school_class") or _class_of_pupil(form.of("pupil"), _year_id(form))
        sql = "SELECT id FROM core_period_type WHERE year_id = ?"
        types = [row[0] for row in rows(sql, [_year_id(form)])]
        if class_id:
            sql = "SELECT period_type_id FROM core_school_class WHERE id = ?"
            types = [row[0] for row in rows(sql, [class_id])]
        query = Period.select().where(Period.period_type.in_(types or [0]))
        return sorted(query, key=lambda one: (one.ends, one.starts, one.id))

    def usual(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """The running period, or the last one that is over."""
        del actor
        if self.optional or not found:
            return None
        today = clock.today()
        periods = self._periods(form)
        begun = [one for one in periods if (one.ends if self.ended else one.starts) <= today]
        return int(begun[-1].id if begun else periods[0].id)

    def known(self, form: ReportForm, actor: Actor, permission: str) -> bool:
        """A period of another year; in one year another class may divide it otherwise."""
        del actor, permission
        before = Period.get_or_none(Period.id == self.data)
        return before is not None and before.period_type.year_id != _year_id(form)

    def like(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """The period of the same name."""
        before = Period.get_by_id(self.data)
        same = [id_ for id_, title in found if title == before.title]
        return same[0] if same else self.usual(form, actor, found)


def _class_of_pupil(pupil_id: int | None, year_id: int) -> int | None:
    if not pupil_id:
        return None
    sql = """
        SELECT c.id FROM core_class_member m
          JOIN core_school_class c ON c.id = m.school_class_id AND c.year_id = ?
         WHERE m.pupil_id = ? ORDER BY m.since DESC
    """
    found = rows(sql, [year_id, pupil_id])
    return int(found[0][0]) if found else None


def span_of(form_data: dict[str, Any], year_id: int | None = None) -> tuple[dt.date, dt.date]:
    """First and last day of the fields ``since`` and ``until``; the year where they are empty."""
    year = None
    if year_id or form_data.get("year"):
        year = AcademicYear.get_or_none(AcademicYear.id == (year_id or form_data["year"]))
    year = year or current_year()
    today = clock.today()
    starts = as_date(year.starts) if year else today
    ends = as_date(year.ends) if year else today
    return form_data.get("since") or starts, form_data.get("until") or min(today, ends)


def titled(pairs: Iterable[tuple[int, str]]) -> list[SelectChoice]:
    """Pairs as options of a list."""
    return [SelectChoice(value, label) for value, label in pairs]
