"""The way of kept reports: whom it is told to, what is missing, long ones, and their term."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from asurso_core import access, plugins, settings
from asurso_core import clock as clocks
from asurso_core.accounts import Role, UserRole, actor_for, holders
from asurso_core.accounts.models import Grant, PersonGrant
from asurso_core.actors import system
from asurso_core.audit import AuditEntry
from asurso_core.db import rows
from asurso_core.errors import NotThere, Refused
from asurso_core.forms import DateField
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.jobs import attempts, queue
from asurso_core.reports import (
    ClassField,
    Column,
    Document,
    PeriodField,
    Report,
    ReportForm,
    Table,
    TeacherField,
    YearField,
    keeping,
    missing,
    progress,
)
from asurso_core.reports.models import ReportSnapshot
from asurso_core.school import SchoolClass, TeachingGroup
from asurso_core.school.models import ClassTeacher

DOCUMENT = Document(
    title="Итоги", tables=[Table(columns=[Column(title="Кто")], rows=[["Ёжикова"]])]
)


class OfClass(ReportForm):
    school_class = ClassField("Класс")
    period = PeriodField("Период")


class OfTeacher(ReportForm):
    year = YearField("Год")
    teacher = TeacherField("Учитель")
    period = PeriodField("Период")


class OfPeriod(ReportForm):
    period = PeriodField("Период")


class OfDays(ReportForm):
    day = DateField("День")


class OfYear(ReportForm):
    year = YearField("Год")


@pytest.fixture
def join(app):
    """``join(form=…)`` adds a report that is handed in, for one test."""
    manager = plugins.current()
    manager.collect(asurso_reports)
    kept = manager._collected["asurso_reports"]

    def add(**more: Any) -> Report:
        report = Report(**{
            "name": "core.probe", "title": "Проба", "group": "Пробы", "form": OfClass,
            "requires": "core.classes.view", "build": lambda actor, params: DOCUMENT,
            "submit": True, **more,
        })  # fmt: skip
        manager._collected["asurso_reports"] = [(manager.plugins["core"], report)]
        return report

    yield add
    manager._collected["asurso_reports"] = kept


def _hand_in(school: Any, report: Report, params: dict[str, Any], who: str = "teacher") -> int:
    actor = school.actor(who)
    row = keeping.keep(actor, report, DOCUMENT, params)
    keeping.submit(actor, row.id)
    return int(row.id)


def _tell() -> None:
    """What a worker does with what waits in the outbox."""
    queue.fan_out()
    for number in queue.due():
        attempts.attend(number, 7)


# --- who holds a right ---------------------------------------------------------------------------


def _held_by(school: Any, permission: str, target: Any = None) -> list[int]:
    """The same, asked one by one of everybody on every side."""
    found = set()
    for name, user in school.users.items():
        for side in ("staff", "family"):
            actor = actor_for(user, side)
            if not actor.roles:
                continue
            if access.can(actor, permission, target) if target else actor.holds(permission):
                found.add(school.persons[name])
    return sorted(found)


@pytest.mark.parametrize(
    "permission", ["core.reports.accept", "core.reports.submit", "core.people.view", "no.such"]
)
def test_holders_of_a_right_are_those_to_whom_the_rule_gives_it(school, permission):
    assert holders(permission) == _held_by(school, permission)


@pytest.mark.parametrize("name", ["5А", "5Б"])
def test_holders_over_a_row_are_those_who_can(school, name):
    target = SchoolClass.get_by_id(school.ids[name])
    found = holders("core.classes.view", target)
    assert found == _held_by(school, "core.classes.view", target)
    group = TeachingGroup.select().first()
    assert holders("core.groups.view", group) == _held_by(school, "core.groups.view", group)


def test_who_was_given_a_right_until_a_day_holds_it_until_then_and_blocked_ones_do_not(
    school, clock
):
    secretary = school.persons["secretary"]
    PersonGrant.create(
        user=school.users["secretary"], side="staff", permission="core.reports.accept",
        scope="school", until=dt.date(2026, 12, 1), reason="", given_by_name="",
        given_at=clocks.stamp(),
    )  # fmt: skip
    assert secretary in holders("core.reports.accept")
    clock.move(dt.date(2026, 12, 2))
    assert secretary not in holders("core.reports.accept")


def test_a_hand_in_is_told_to_whoever_accepts_and_not_to_a_role(school, join):
    role = Role.get(Role.name == "deputy")
    Grant.delete().where(Grant.role == role, Grant.permission == "core.reports.accept").execute()
    secretary = Role.get(Role.name == "secretary")
    Grant.create(role=secretary, permission="core.reports.accept", scope="school")
    _hand_in(school, join(), {"period": school.ids["period_1"]}, "class_teacher")
    _tell()
    told = {one for (one,) in rows("SELECT person_id FROM core_notice WHERE kind = ?",
                                   ["core.report_moved"])}  # fmt: skip
    assert school.persons["secretary"] in told
    assert school.persons["deputy"] not in told
    assert school.persons["class_teacher"] not in told


def test_teachers_of_reports_are_chosen_by_whoever_accepts_them_and_else_only_oneself(school, join):
    report = join(form=OfTeacher)
    whole, own = (OfTeacher(formdata=None, meta={"csrf": False}) for _side in range(2))
    whole.offer(school.actor("deputy"), report.requires)
    own.offer(school.actor("teacher"), report.requires)
    assert len(whole.teacher.choices) > 1
    assert [one.value for one in own.teacher.choices] == [school.persons["teacher"]]


# --- whose a kept report is ----------------------------------------------------------------------


def test_who_leads_a_class_no_more_reads_its_kept_reports_no_more(school, join):
    report = join(requires="core.users.view")
    teacher = school.actor("class_teacher")
    params = {"school_class": school.ids["5А"], "period": school.ids["period_1"]}
    row = keeping.keep(teacher, report, DOCUMENT, params)
    assert keeping.snapshot(teacher, row.id).id == row.id
    ClassTeacher.delete().where(ClassTeacher.teacher == teacher.person_id).execute()
    with pytest.raises(NotThere):
        keeping.snapshot(school.actor("class_teacher"), row.id)


def test_who_lost_the_right_to_a_report_lost_what_was_kept_of_it(school, join):
    report = join(requires="core.classes.view")
    row = keeping.keep(school.actor("class_teacher"), report, DOCUMENT, {})
    UserRole.delete().where(UserRole.user == school.users["class_teacher"]).execute()
    with pytest.raises(NotThere):
        keeping.snapshot(school.actor("class_teacher"), row.id)


# --- what is missing -----------------------------------------------------------------------------


def test_the_deputy_sees_who_handed_in_and_what_is_missing(school, join):
    params = {"school_class": school.ids["5А"], "period": school.ids["period_1"]}
    _hand_in(school, join(), params, "class_teacher")
    deputy = school.actor("deputy")
    assert [one.title for one in keeping.handed_in(deputy)] == ["Итоги"]
    (one,) = missing.lacking(deputy, school.ids["period_1"])
    assert dict(one.units) == {"5А": "submitted", "5Б": ""}
    assert one.missing == 1
    (other,) = missing.lacking(deputy, school.ids["period_2"])
    assert other.missing == 2


def test_a_report_of_a_teacher_is_missed_of_those_who_teach(school, join):
    report = join(form=OfTeacher)
    params = {"teacher": school.persons["teacher"], "period": school.ids["period_1"]}
    _hand_in(school, report, params)
    (one,) = missing.lacking(school.actor("deputy"), school.ids["period_1"])
    states = [state for _name, state in one.units]
    assert states.count("submitted") == 1
    assert one.missing == len(states) - 1 > 0


def test_a_report_of_nobody_in_particular_is_one_line(school, join):
    _hand_in(school, join(form=OfPeriod), {"period": school.ids["period_1"]}, "deputy")
    (one,) = missing.lacking(school.actor("deputy"), school.ids["period_1"])
    assert one.units == [("", "submitted")]


@pytest.mark.parametrize(
    ("day", "period"), [("2026-09-15", "period_1"), ("2026-12-01", "period_2")]
)
def test_a_report_of_days_belongs_to_the_period_of_its_days(school, join, day, period):
    _hand_in(school, join(form=OfDays), {"day": day}, "deputy")
    found = {
        name: missing.lacking(school.actor("deputy"), school.ids[name])[0].missing
        for name in ("period_1", "period_2")
    }
    assert found == {"period_1": 1, "period_2": 1, period: 0}


def test_a_report_of_the_year_belongs_to_the_period_around_whose_end_it_came(school, join, clock):
    clock.move(dt.date(2026, 10, 28))
    _hand_in(school, join(form=OfYear), {}, "deputy")
    deputy = school.actor("deputy")
    assert missing.lacking(deputy, school.ids["period_1"])[0].missing == 0
    assert missing.lacking(deputy, school.ids["period_2"])[0].missing == 1


def test_what_is_missing_costs_no_statement_more_for_more_reports_handed_in(
    school, join, login_as, queries
):
    report, browser = join(), login_as("deputy")
    params = {"school_class": school.ids["5А"], "period": school.ids["period_1"]}
    for _number in range(5):
        _hand_in(school, report, params, "class_teacher")
    with queries(11):
        page = browser.get("/reports/handed-in").text
    assert "не сдано: 1 из 2" in page


# --- long reports --------------------------------------------------------------------------------


@pytest.fixture
def browser(login_as):
    return login_as("class_teacher")


@pytest.fixture
def long_result(school, join, browser):
    """The result of a long report of the class teacher, with the progress that was told."""
    told: list[tuple[int, int]] = []

    def build(actor: Any, params: Any) -> Document:
        for done in range(1, 4):
            progress(done, 3)
        told.append((3, 3))
        return DOCUMENT

    join(long=True, build=build)
    answer = browser.post("/reports/core.probe/make", data={"period": school.ids["period_1"]})
    number = int(answer.location.rstrip("/").rsplit("/", 1)[1])
    attempts.attend(number, 7)
    ((done, total),) = rows("SELECT done, total FROM core_job WHERE id = ?", [number])
    assert (done, total) == (3, 3)
    assert told
    return ReportSnapshot.get()


def test_the_result_of_a_long_report_is_downloaded_kept_and_handed_in(
    long_result, browser, login_as
):
    url = f"/reports/kept/{long_result.id}"
    assert "Составлены раньше" in browser.get("/reports/core.probe").text
    for kind, beginning in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")):
        assert browser.get(f"{url}.{kind}").data.startswith(beginning)
    browser.post(f"{url}/keep")
    assert ReportSnapshot.get().state == "kept"
    browser.post(f"{url}/submit")
    assert ReportSnapshot.get().state == "submitted"
    assert login_as("deputy").get(url).status_code == 200
    kinds = [one.kind for one in AuditEntry.select().order_by(AuditEntry.id)]
    assert kinds.count("core.report_kept") == 1


def test_a_result_is_handed_in_at_once_and_kept_by_that(school, long_result):
    keeping.submit(school.actor("class_teacher"), long_result.id)
    assert ReportSnapshot.get().state == "submitted"
    with pytest.raises(Refused):
        keeping.adopt(school.actor("class_teacher"), long_result.id)


# --- the term ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "age", "years", "stays"),
    [
        ("kept", 6, 5, False), ("accepted", 6, 5, False), ("returned", 6, 5, False),
        ("submitted", 60, 5, True), ("kept", 4, 5, True), ("accepted", 70, 0, True),
        ("accepted", 6, 25, True),
    ],
)  # fmt: skip
def test_kept_reports_go_when_their_term_is_over_unless_they_wait(
    school, join, state, age, years, stays
):
    row = keeping.keep(school.actor("deputy"), join(), DOCUMENT, {})
    made = clocks.stamp() - dt.timedelta(days=366 * age)
    ReportSnapshot.update(state=state, made_at=made).execute()
    settings.put(system("test"), "core.reports", {"years": years})
    assert keeping.forget_expired(system("test")) == (0 if stays else 1)
    assert ReportSnapshot.select().exists() == stays
    if not stays:
        entry = AuditEntry.get(AuditEntry.kind == "core.report_forgotten")
        assert entry.before["digest"] == row.digest
