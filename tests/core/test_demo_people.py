"""The invented people of the demonstration belong together, and the hours are dealt out fairly."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from asurso_core import clock, demo, facts, install, plugins
from asurso_core import db as database
from asurso_core.accounts import Person, User, passwords
from asurso_core.demo import plan, signing, steps
from asurso_core.demo.names import feminine, patronymic
from asurso_core.school import GroupMember, School, TeachingGroup

NOON = "2026-11-24T12:00"


@contextlib.contextmanager
def empty_database(url: str) -> Iterator[None]:
    """A database of the kernel alone; what other tests had bound is put aside meanwhile."""
    bound, manager = database.db.obj, plugins._current
    database.db.initialize(None)
    mine = plugins.PluginManager()
    plugins.use(mine)
    try:
        mine.load(only=[])
        database.bind(database.make_database(url))
        with clock.frozen(NOON), database.connection():
            database.db.obj.create_tables(
                [
                    model
                    for model in database.MODELS
                    if database.owner_of(model.__module__) == "core"
                ]
            )
            install.install_defaults()
            yield
    finally:
        database.release()
        if bound is not None:
            database.bind(bound)
        plugins.use(manager)


def filled(url: str, size: str, seed: int = 1) -> demo.DemoSchool:
    with empty_database(url), database.transaction():
        return demo.fill(size, seed, steps.STEPS)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> demo.DemoSchool:
    """The school of a thousand pupils."""
    return filled(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'a.sqlite3'}", "school")


def pupils(school: demo.DemoSchool) -> list[tuple[demo.DemoPupil, demo.DemoClass]]:
    return [(pupil, found) for found in school.classes for pupil in found.pupils]


# --- families ----------------------------------------------------------------------------------


def test_a_child_bears_the_surname_of_somebody_who_answers_for_it(big):
    for pupil, _ in pupils(big):
        assert pupil.surname == (
            feminine(pupil.family_name) if pupil.sex == "f" else pupil.family_name
        )
        fathers = [g.person for g in pupil.guardians if g.relation == "отец"]
        families = {guardian.person.family_name for guardian in pupil.guardians}
        assert pupil.family_name in families or not fathers


def test_a_patronymic_comes_from_the_father(big):
    for pupil, _ in pupils(big):
        for guardian in pupil.guardians:
            if guardian.relation == "отец" and pupil.patronymic is not None:
                assert pupil.patronymic == patronymic(guardian.person.given_name, pupil.sex)


def test_parents_have_the_sex_and_the_age_of_parents(big):
    for pupil, _ in pupils(big):
        for guardian in pupil.guardians:
            years = (pupil.birth_date - guardian.person.birth_date).days / 365.25
            assert guardian.person.sex == ("m" if guardian.relation == "отец" else "f")
            assert 18 <= years <= (70 if guardian.relation == "опекун" else 50)


def test_pupils_are_as_old_as_their_grade(big):
    for pupil, school_class in pupils(big):
        age = (big.calendar.starts - pupil.birth_date).days / 365.25
        assert 5.4 <= age - school_class.grade <= 6.6


def test_there_are_brothers_namesakes_and_rare_names(big):
    children = Counter(guardian.person for pupil, _ in pupils(big) for guardian in pupil.guardians)
    names = Counter((pupil.surname, pupil.given_name, c.title) for pupil, c in pupils(big))
    surnames = {pupil.surname for pupil, _ in pupils(big)}
    assert sum(count > 1 for count in children.values()) > 100
    assert max(names.values()) == 2
    assert {"Ёлкин", "Ким", "Черных", "Мартынюк", "Соколова-Ильина"} <= surnames
    assert sum(pupil.patronymic is None for pupil, _ in pupils(big)) >= 3
    assert any(not guardian.may_receive for pupil, _ in pupils(big) for guardian in pupil.guardians)
    assert sum(set(teacher.roles) == {"teacher", "parent"} for teacher in big.teachers) >= 3


@pytest.mark.parametrize(
    ("man", "woman"),
    [
        ("Иванов", "Иванова"),
        ("Вишневский", "Вишневская"),
        ("Толстой", "Толстая"),
        ("Черных", "Черных"),
        ("Мартынюк", "Мартынюк"),
        ("Ким", "Ким"),
        ("Цой", "Цой"),
        ("Бойко", "Бойко"),
        ("Петров-Водкин", "Петрова-Водкина"),
    ],
)
def test_surnames_take_their_feminine_form(man, woman):
    assert feminine(man) == woman


@pytest.mark.parametrize(
    ("father", "son", "daughter"),
    [
        ("Пётр", "Петрович", "Петровна"),
        ("Илья", "Ильич", "Ильинична"),
        ("Юрий", "Юрьевич", "Юрьевна"),
        ("Дмитрий", "Дмитриевич", "Дмитриевна"),
        ("Игорь", "Игоревич", "Игоревна"),
        ("Андрей", "Андреевич", "Андреевна"),
        ("Никита", "Никитич", "Никитична"),
        ("Камиль", "Камилевич", "Камилевна"),
    ],
)
def test_patronymics_follow_the_name(father, son, daughter):
    assert (patronymic(father, "m"), patronymic(father, "f")) == (son, daughter)


def test_logins_are_plain_and_never_repeated(big):
    logins = [person.login for person in big.everybody()]
    assert len({login.lower() for login in logins}) == len(logins)
    assert all(login.isascii() and login.isalnum() for login in logins)


# --- classes and hours -------------------------------------------------------------------------


def test_a_thousand_pupils_sit_in_thirty_four_classes(big):
    here = {
        found.title: sum(pupil.until is None for pupil in found.pupils) for found in big.classes
    }
    assert (len(here), sum(here.values())) == (34, 1000)
    assert 25 <= min(here.values()) <= max(here.values()) <= 32
    assert here["7А"] == here["10А"] == 30


def test_three_thousand_pupils_learn_in_three_buildings():
    classes = plan.make_classes("large", 2026, random.Random(1))
    assert sum(found.size for found in classes) == 3000
    assert len({found.title for found in classes}) == len(classes) == 102


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_hours_of_a_class_are_exactly_what_the_norm_allows(year):
    for found in plan.make_classes("school", year, random.Random(1)):
        hours = sum(hours for hours, _ in plan.weekly_hours(found).values())
        assert hours == facts.load_norms()[found.grade].week_5_days, found.title


def test_federal_plans_add_up_to_their_totals():
    for found in facts.plans():
        for index, grade in enumerate(range(found.first_grade, found.last_grade + 1)):
            rows = facts.plan_rows(found.code, grade)
            mandatory = sum(row.hours for row in rows if row.part == "mandatory")
            assert mandatory == found.mandatory_hours[index], (found.code, grade)
            assert sum(row.hours for row in rows) == found.week_maximum[index], (found.code, grade)


def test_every_group_has_a_teacher_and_nobody_has_too_much(big):
    assert all(group.teacher is not None and group.rooms for group in big.groups)
    full = [teacher.hours for teacher in big.teachers if "deputy" not in teacher.roles]
    assert len(big.teachers) in range(50, 66)
    assert max(full) <= plan.MOST_HOURS
    assert sum(hours >= 18 for hours in full) > 0.85 * len(full)


def test_subgroups_of_a_class_have_different_teachers_and_share_its_pupils(big):
    parts: dict[tuple[str, str], list[demo.DemoGroup]] = {}
    for group in big.groups:
        if group.part:
            parts.setdefault((group.school_class.title, group.subject), []).append(group)
    for (title, _), (one, two) in parts.items():
        school_class = next(found for found in big.classes if found.title == title)
        there = [stay.pupil for group in (one, two) for stay in group.stays if stay.until is None]
        assert one.teacher is not two.teacher
        assert Counter(there) == Counter(p for p in school_class.pupils if p.until is None)


def test_every_class_has_a_class_teacher_of_its_own(big):
    leaders = [found.leader for found in big.classes]
    assert len(set(leaders)) == len(leaders)
    for found in big.classes:
        assert any(g.school_class is found and g.teacher is found.leader for g in big.groups)


# --- the year, the accounts, the file ----------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "title"),
    [("2025-12-01", "2025/26"), ("2026-07-01", "2025/26"), ("2026-08-20", "2026/27"),
     ("2027-07-01", "2026/27"), ("2020-01-01", "2025/26")],
)  # fmt: skip
def test_the_year_is_the_one_people_work_on(day, title):
    assert facts.year_on(dt.date.fromisoformat(day)).title == title


def test_the_same_seed_makes_the_same_school(tmp_path):
    made = [filled(f"sqlite:///{tmp_path / str(n)}.sqlite3", "small", seed) for n, seed in
            enumerate((5, 5, 6))]  # fmt: skip
    names = [[(person.name, person.birth_date) for person in one.everybody()] for one in made]
    assert names[0] == names[1] != names[2]


def test_one_can_sign_in_as_every_role(tmp_path):
    with empty_database(f"sqlite:///{tmp_path / 'a.sqlite3'}"):
        accounts = demo.build("small", 1, folder=tmp_path)
        assert {account.role for account in accounts} == {role.name for role in install.ROLES}
        assert len(accounts) == 14
        for account in accounts:
            user = User.get(User.login == account.login)
            assert passwords.fits(user.password_hash, account.password)
            assert not user.must_change
        assert School.get().demo
    text = (tmp_path / "demo-accounts.csv").read_text("utf-8")
    assert text.startswith("login,password,role,name,about\n")
    assert signing.read(tmp_path / "demo-accounts.csv") == accounts
    assert accounts[0].login in demo.describe(tmp_path / "demo-accounts.csv")


def test_invented_people_are_not_mixed_with_others(tmp_path):
    with empty_database(f"sqlite:///{tmp_path / 'a.sqlite3'}"):
        demo.build("small", 1, folder=tmp_path)
        with pytest.raises(RuntimeError):
            demo.build("small", 1, folder=tmp_path)


def test_life_goes_on_after_the_filling(engine, tmp_path: Path, request):
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_cluster").create_database("demo_people")
    with empty_database(url):
        school = demo.build("small", 1, folder=tmp_path) and Person.select().count()
        row = Person(surname="Новикова", given_name="Яна", birth_date=dt.date(2010, 1, 1))
        row.refresh_keys()
        row.save()
        assert Person.select().count() == school + 1
        assert Person.select().where(Person.birth_date == dt.date(2010, 1, 1)).count() >= 1
        english = TeachingGroup.get(TeachingGroup.part == 1)
        assert GroupMember.select().where(GroupMember.group == english).exists()
