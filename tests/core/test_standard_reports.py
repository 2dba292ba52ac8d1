"""The kernel's own reports: lists of classes, accounts, how full classes are, activity."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from asurso_core import clock as clocks
from asurso_core.accounts.models import User
from asurso_core.audit import AuditEntry
from asurso_core.errors import NotThere, Refused
from asurso_core.reports import standard
from asurso_core.reports.documents import value_of
from asurso_core.school.models import ClassMember


def lines(document, number=0):
    rows = document.tables[number].rows
    return [[value_of(cell) for cell in getattr(row, "cells", row)] for row in rows]


def test_a_class_list_holds_the_pupils_of_today_and_notes_that_dates_were_read(
    school, login_as, clock
):
    clock.move("2026-11-24")
    ClassMember.update(until=dt.date(2026, 11, 1)).where(
        ClassMember.pupil == school.persons["pupil_4"]
    ).execute()
    address = f"/reports/core.class_list?school_class={school.ids['5А']}"
    text = login_as("secretary").get(address + "").text
    assert "Абрамов Егор" in text
    assert "Жданова" not in text
    assert "17.05.2015" in text
    assert AuditEntry.select().where(AuditEntry.kind == "core.read_card").count() == 3


def test_a_class_is_as_full_as_its_members_and_the_departed_are_out(school, clock):
    clock.move("2026-11-24")
    ClassMember.update(until=dt.date(2026, 11, 1)).where(
        ClassMember.pupil == school.persons["pupil_4"]
    ).execute()
    found = lines(standard.sizes(school.actor("deputy"), {"year": school.ids["year"]}))
    assert found[0] == ["5А", "", "Черных Нина Павловна", 3, 2, 1, 4]
    assert found[-1][3:] == [5, 3, 2, 6]


def test_activity_counts_who_signed_in_and_which_families_are_reached(school, clock):
    clock.move("2026-11-24")
    at = clocks.stamp() - dt.timedelta(days=2)
    User.update(last_sign_in_at=at).where(
        User.id.in_([school.users["parent"], school.users["teacher"]])
    ).execute()
    document = standard.activity(school.actor("deputy"), {})
    parents = next(line for line in lines(document) if line[0] == "Родитель")
    assert parents[1:] == [3, 1, 1, 2, Decimal("33.3")]
    families = lines(document, 1)
    assert families[0] == ["5А", 4, 1, Decimal("25.0")]
    assert families[-1] == ["Школа", 6, 2, Decimal("33.3")]
    with pytest.raises(Refused):
        standard.activity(school.actor("teacher"), {})


def test_a_class_teacher_sees_the_accounts_of_the_own_class_only(school):
    teacher = school.actor("class_teacher")
    found = lines(standard.class_accounts(teacher, {"school_class": school.ids["5А"]}))
    logins = {line[3] for line in found}
    assert {"pupil", "parent", "teacher_parent"} <= logins
    other = lines(standard.class_accounts(teacher, {"school_class": school.ids["5Б"]}))
    assert {line[3] for line in other} <= {"parent"}


def test_a_mother_who_bears_the_name_of_her_daughter_is_no_pupil(school):
    mother = school.person("parent")
    mother.surname, mother.given_name = "Абрамов", "Егор"
    mother.save()
    params = {"school_class": school.ids["5А"]}
    found = lines(standard.class_accounts(school.actor("admin"), params))
    own = [line for line in found if line[0] == "Абрамов Егор"]
    never = "ещё не было"
    assert own == [
        ["Абрамов Егор", "ученик", "", "pupil", never],
        ["Абрамов Егор", "мать", "Абрамов Егор", "parent", never],
    ]


def test_a_class_that_is_not_there_is_not_there(school):
    with pytest.raises(NotThere):
        standard.class_list(school.actor("deputy"), {"school_class": 999})
