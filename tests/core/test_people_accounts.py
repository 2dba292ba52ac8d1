"""Entering, changing, blocking and archiving users, and who may give whom a password."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core.accounts import logins, people_services
from asurso_core.accounts.models import Guardian, Person, Session, User, UserRole
from asurso_core.audit import AuditEntry
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.school import SchoolClass, class_of

NEW = {"surname": "Щукин", "given_name": "Юрий", "patronymic": "Ёлкович"}


def test_a_login_is_surname_and_initials_in_latin_letters(school):
    user = people_services.create_staff(school.actor("admin"), NEW, ["teacher"])
    assert user.login == "ShchukinYuE"[:9] + user.login[9:]
    assert user.login.startswith("Shchukin")


def test_a_second_namesake_gets_a_number(school):
    actor = school.actor("admin")
    first = people_services.create_staff(actor, NEW, ["teacher"])
    second = people_services.create_staff(actor, NEW, ["teacher"])
    assert second.login == f"{first.login}2"


def test_logins_do_not_differ_by_case(school):
    user = school.user("pupil_2")
    with pytest.raises(Invalid) as caught:
        people_services.change_login(school.actor("admin"), user, "PUPIL", user.version)
    assert "login" in caught.value.fields


@pytest.mark.parametrize("text", ["", "ab", "a b c", "<b>", "x" * 61, "a\x00bc"])
def test_a_strange_login_is_refused(app, text):
    with pytest.raises(Invalid):
        logins.checked(text)


def test_a_new_pupil_is_in_the_class_from_today(school):
    school_class = school.get(SchoolClass, "5А")
    values = {**NEW, "birth_date": dt.date(2015, 3, 1)}
    user = people_services.create_pupil(school.actor("class_teacher"), values, school_class)
    assert class_of(user.person_id, dt.date(2026, 11, 24)).title == "5А"
    assert class_of(user.person_id, dt.date(2026, 11, 23)) is None


def test_a_class_teacher_enters_nobody_into_another_class(school):
    with pytest.raises((NotThere, Refused)):
        people_services.create_pupil(
            school.actor("class_teacher"), NEW, school.get(SchoolClass, "5Б")
        )


def test_a_secretary_does_not_make_an_administrator(school):
    with pytest.raises(Invalid):
        people_services.create_staff(school.actor("secretary"), NEW, ["admin"])


def test_a_new_parent_is_linked_and_can_be_told_nothing_by_court(school):
    user = people_services.create_parent(
        school.actor("secretary"), NEW, school.person("pupil"), "Отец", may_receive=False
    )
    row = Guardian.get(Guardian.guardian == user.person_id)
    assert (row.relation, row.may_receive) == ("отец", False)


def test_a_stale_version_shows_what_is_there_now(school):
    actor, person = school.actor("admin"), school.person("pupil")
    people_services.update_person(actor, person, {"surname": "Первый"}, person.version)
    stale = Person.get_by_id(person.id)
    with pytest.raises(Conflict) as caught:
        people_services.update_person(actor, stale, {"surname": "Второй"}, stale.version - 1)
    assert caught.value.details["values"]["surname"] == "Первый"


def test_every_changed_field_is_in_the_log(school):
    person = school.person("pupil")
    people_services.update_person(
        school.actor("admin"), person, {"phone": "8 (927) 000-11-22"}, person.version
    )
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    assert entry.kind == "core.person_changed"
    assert (entry.before, entry.after) == ({"phone": None}, {"phone": "+79270001122"})


def test_saving_without_changes_writes_nothing(school):
    person = school.person("pupil")
    before = AuditEntry.select().count()
    people_services.update_person(
        school.actor("admin"), person, {"surname": person.surname}, person.version
    )
    assert AuditEntry.select().count() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("surname", "=cmd|' /C calc'!A0"),
        ("surname", ""),
        ("given_name", "1"),
        ("snils", "123-456-789 01"),
        ("birth_date", dt.date(2090, 1, 1)),
        ("phone", "позвоните вечером"),
        ("email", "нет"),
        ("patronymic", "Я" * 81),
    ],
)
def test_nonsense_in_a_field_is_named(school, field, value):
    person = school.person("pupil")
    with pytest.raises(Invalid) as caught:
        people_services.update_person(school.actor("admin"), person, {field: value}, person.version)
    assert field in caught.value.fields


def _sessions(user):
    return Session.select().where(Session.user == user.id).count()


def test_losing_a_role_ends_the_sessions(school, login_as):
    login_as("teacher_parent")
    user = school.user("teacher_parent")
    people_services.set_roles(school.actor("admin"), user, ["parent"], user.version)
    assert _sessions(user) == 0


def test_the_last_administrator_stays(school):
    user = school.user("admin")
    with pytest.raises(Invalid):
        people_services.set_roles(school.actor("admin"), user, ["teacher"], user.version)


def test_nobody_without_the_right_gives_roles(school):
    user = school.user("pupil")
    for name in ("teacher", "class_teacher", "secretary", "parent", "hr"):
        with pytest.raises((NotThere, Refused)):
            people_services.set_roles(school.actor(name), user, ["admin"], user.version)


def test_a_blocked_user_is_signed_out_at_once(school, login_as):
    browser = login_as("teacher")
    people_services.block(school.actor("admin"), school.user("teacher"), "увольнение")
    assert browser.get("/people/").status_code in {302, 303}


def test_nobody_blocks_themselves(school):
    with pytest.raises(Refused):
        people_services.block(school.actor("admin"), school.user("admin"))


def test_an_archived_user_comes_back_whole(school):
    actor, user = school.actor("admin"), school.user("teacher")
    roles = UserRole.select().where(UserRole.user == user.id).count()
    people_services.archive(actor, user, "Ошибка ввода")
    assert school.person("teacher").archived_at is not None
    people_services.restore(actor, school.user("teacher"))
    assert school.user("teacher").state == "active"
    assert school.person("teacher").archived_at is None
    assert UserRole.select().where(UserRole.user == user.id).count() == roles


def test_a_pupil_of_a_class_is_not_archived_unawares(school):
    with pytest.raises(Invalid):
        people_services.archive(school.actor("admin"), school.user("pupil"), "выбыл")


def test_archiving_needs_a_reason(school):
    with pytest.raises(Invalid):
        people_services.archive(school.actor("admin"), school.user("teacher"), "  ")


# --- one-time passwords ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pupil", "pupil_3", "parent"])
def test_a_class_teacher_resets_pupils_and_parents_of_the_own_class(school, name):
    slip = people_services.reset_password(school.actor("class_teacher"), school.user(name))
    assert slip.login == school.user(name).login
    assert school.user(name).must_change


@pytest.mark.parametrize("name", ["pupil_6", "other_parent", "teacher", "admin", "director"])
def test_a_class_teacher_resets_nobody_else(school, name):
    with pytest.raises((NotThere, Refused)):
        people_services.reset_password(school.actor("class_teacher"), school.user(name))


def test_a_class_teacher_does_not_reset_a_parent_who_works_here(school):
    # Ким is the mother of a pupil of 5А and a teacher: her password would open her journals.
    with pytest.raises(Refused):
        people_services.reset_password(school.actor("class_teacher"), school.user("teacher_parent"))


def test_a_class_teacher_does_not_change_the_login_of_a_parent_who_works_here(school):
    user = school.user("teacher_parent")
    with pytest.raises(Refused):
        people_services.change_login(school.actor("class_teacher"), user, "taken1", user.version)


def test_a_class_teacher_draws_no_stranger_into_the_own_class(school):
    for stranger in ("teacher", "other_parent", "admin"):
        with pytest.raises((NotThere, Refused)):
            people_services.link_guardian(
                school.actor("class_teacher"),
                school.person(stranger),
                school.person("pupil"),
                "дядя",
            )


@pytest.mark.parametrize("name", ["teacher", "parent", "pupil", "secretary", "deputy", "hr"])
def test_without_the_right_nobody_resets(school, name):
    with pytest.raises((NotThere, Refused)):
        people_services.reset_password(school.actor(name), school.user("pupil_2"))


def test_one_refused_account_stops_the_whole_batch(school):
    before = school.user("pupil").password_hash
    with pytest.raises((NotThere, Refused)):
        people_services.reset_passwords(
            school.actor("class_teacher"), [school.users["pupil"], school.users["teacher_parent"]]
        )
    assert school.user("pupil").password_hash == before


def test_the_secretary_prints_only_first_slips(school):
    actor = school.actor("secretary")
    user = people_services.create_parent(actor, NEW, school.person("pupil"), "отец")
    people_services.first_passwords(actor, [user.id])
    with pytest.raises(Refused):
        people_services.first_passwords(actor, [user.id])


def test_linking_a_member_of_staff_gives_the_role_of_a_parent(school):
    people_services.link_guardian(
        school.actor("admin"), school.person("english_1"), school.person("pupil_4"), "мать"
    )
    assert set(school.actor("english_1").sides) == {"staff", "family"}


def test_unlinking_is_recorded(school):
    row = Guardian.get(Guardian.guardian == school.persons["other_parent"])
    people_services.unlink_guardian(school.actor("admin"), row.id)
    assert Guardian.get_or_none(Guardian.id == row.id) is None
    entry = AuditEntry.select().where(AuditEntry.kind == "core.guardian_unlinked").get()
    assert entry.before["guardian"] == "Яковлев Ринат Тимурович"


def test_users_are_never_deleted(school):
    before = User.select().count()
    people_services.archive(school.actor("admin"), school.user("technical"), "уволен")
    assert User.select().count() == before
