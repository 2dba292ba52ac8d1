"""Rules of passwords (R3.5d, T08): length, the owner's own names and dates, usual passwords."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asurso_core import clock
from asurso_core.accounts import passwords
from asurso_core.accounts.models import Person, Session, User
from asurso_core.actors import system

MONTHS = [
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
]  # fmt: skip
FORMATS = [
    "%d.%m.%Y", "%d%m%Y", "%d%m%y", "%Y%m%d", "%d-%m-%Y", "%d/%m/%y", "%Y-%m-%d", "%d %m %Y",
    "%m/%d/%Y", "%y%m%d",
]  # fmt: skip

_PASSPORT = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia"
_SIMPLE = "a b v g d e yo zh z i y k l m n o p r s t u f h c ch sh sch _ y ' e yu ya"
TABLES = {
    "passport": _PASSPORT.replace("_", "").split(" "),
    "simple": _SIMPLE.replace("_", "").split(" "),
}


def owner(birth: dt.date | None = None, login: str = "martynyuk_ia") -> tuple[User, Person]:
    person = Person(surname="Мартынюк", given_name="Иван", patronymic="Андреевич", birth_date=birth)
    return User(login=login, login_key=login), person


def wrong(password: str, birth: dt.date | None = dt.date(2015, 2, 1)) -> list[str]:
    return passwords.problems(password, *owner(birth))


@pytest.mark.parametrize(
    "password",
    [
        "мартынюк", "Мартынюк2015", "мартынюк2015!", "иван1234", "Иванович7", "андреевич",
        "martynyuk", "Martynuk15", "martyniuk2015", "ivan2015", "andreevich1", "Andreyevich",
        "vfhnsy.r", "Vfhnsy.r2015", "ьфкентнгл", "martynyuk_ia", "martynyuk_ia1", "ИванМартынюк",
        "Ivan Martynyuk 1987", "01.02.2015", "010215", "010215010215", "20150201", "1 февраля 2015",
        "1 февраля 2015 года", "1fevralya2015", "1 feb 2015", "15.02.01", "2015-02-01!!",
        "01022015a", "1atdhfkz2015", "12.02.2015мартынюк",
    ],
)  # fmt: skip
def test_what_is_built_from_its_owner_is_refused(app, password):
    assert wrong(password)


@pytest.mark.parametrize(
    "password",
    [
        "12345678", "qwerty123", "йцукен123", "пароль2024", "gfhjkm2024", "ghbdtn123", "Привет!!1",
        "ПРИВЕТПРИВЕТ", "11111111", "aaaaaaaaaa", "password1!", "1qaz2wsx", "дневник2026",
        "школа156", "Зенит-2025", "абвгдейка", "abcdefgh1",
    ],
)  # fmt: skip
def test_what_everybody_tries_is_refused(app, password):
    assert wrong(password)


@pytest.mark.parametrize(
    "password",
    [
        "мой кот Иван любит сметану", "верстак-облако-семь", "correct horse battery", "x7Kp2mQ9wz",
        "тридцать три коровы", "kf7m-3pxg-wh4t", "жукбвнрозвдт",
    ],
)  # fmt: skip
def test_unrelated_words_are_good(app, password):
    assert wrong(password) == []


def test_a_password_of_64_signs_is_accepted_and_of_200_is_not(app):
    long = "верстак облако семь тридцать три коровы и один зелёный паровоз!!!"
    assert len(long) >= 64
    assert wrong(long) == []
    assert wrong(long * 4)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    day=st.dates(dt.date(1940, 1, 1), dt.date(2022, 12, 31)),
    shape=st.sampled_from([*FORMATS, "words"]),
    before=st.text("0123456789", max_size=4),
    after=st.text("0123456789!.", max_size=6),
)
def test_no_usual_format_of_the_birth_date_passes(app, day, shape, before, after):
    text = (
        f"{day.day} {MONTHS[day.month - 1]} {day.year}" if shape == "words" else day.strftime(shape)
    )
    assert wrong(before + text + after, day)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(["Щербакова", "Ёжикова", "Цой-Юсупов", "Жуковский", "Александрова"]),
    digits=st.text("0123456789!-_", max_size=6),
    table=st.sampled_from(["passport", "simple"]),
)
def test_no_transliteration_of_a_surname_passes(app, name, digits, table):
    latin = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", TABLES[table], strict=True))
    text = "".join(latin.get(sign, sign) for sign in name.lower())
    person = Person(surname=name, given_name="Анна", patronymic=None, birth_date=None)
    assert passwords.problems(text + digits, User(login="x1", login_key="x1"), person)


def test_ten_thousand_one_time_passwords_have_no_pattern(app):
    made = {passwords.new_initial() for _n in range(10_000)}
    assert len(made) == 10_000
    assert all(len(one) >= 10 and not set(one) & set("0oO1lIi5sS2z8b") for one in made)
    assert not any(wrong(one) for one in list(made)[:300])


def test_a_one_time_password_ends_sessions_and_forces_a_change(app, school, login_as):
    browser = login_as("teacher")
    user = school.user("teacher")
    text = passwords.issue(system("test"), user)
    fresh = school.user("teacher")
    assert passwords.fits(fresh.password_hash, text)
    assert fresh.must_change
    assert fresh.initial_expires_at - clock.stamp() == dt.timedelta(days=14)
    assert Session.select().where(Session.user == user.id).count() == 0
    assert browser.get("/").status_code == 302


def test_a_hash_of_nothing_never_fits(app):
    assert not passwords.fits(None, "anything")
    assert not passwords.fits("not a hash", "anything")
    assert passwords.fits(passwords.hash_password("e\u0301лка"), "éлка")
