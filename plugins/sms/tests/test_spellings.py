"""What parents type, and what is understood of it: no database, the family is made up here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from asurso_core import clock
from asurso_core.accounts import Person
from asurso_sms.conversation import families, parsing, replies, spelling
from asurso_sms.hookspecs import SmsPeriod

YEAR = SmsPeriod(title="год", starts=dt.date(2026, 9, 1), ends=dt.date(2027, 5, 26))
SUBJECTS = {
    "мат": ("Математика", "Мат."),
    "рус": ("Русский язык", "Рус.яз"),
    "физ": ("Физика", "Физ."),
    "физра": ("Физическая культура", "Физ-ра"),
    "англ": ("Иностранный язык (английский)", "Англ.яз"),
    "лит": ("Литература", "Лит."),
    "ист": ("История", "Ист."),
    "гео": ("География", "Геогр."),
    "геом": ("Геометрия", "Геом."),
    "хим": ("Химия", "Хим."),
}
NUMBERS = {short: number for number, short in enumerate(SUBJECTS, 1)}
MARKS, FORECAST, TOTALS = "journal.marks", "journal.forecast", "journal.totals"
ABSENCES, DEBTS, HOMEWORK = "journal.absences", "journal.debts", "journal.homework"
LESSONS, HELP = "timetable.lessons", "help"
Q1, HALF, ALL = ("quarter", 1), ("half_year", 2), ("year", None)


@pytest.fixture(autouse=True)
def a_tuesday() -> Iterator[None]:
    with clock.frozen("2026-11-24"):
        yield


def child(number: int, name: str, title: str) -> families.Child:
    return families.Child(
        Person(id=number, surname="Тайна", given_name=name), f"{name} {title}", title, 1, YEAR
    )


IVAN, MARIA = child(1, "Иван", "5А"), child(2, "Мария", "8Б")
FAMILY = [IVAN, MARIA]
LEARNT = {
    pupil: {NUMBERS[short]: (name, families._forms(name, abbr))
            for short, (name, abbr) in SUBJECTS.items()}
    for pupil in (1, 2)
}  # fmt: skip


def understood(text: str, family: list[families.Child] | None = None) -> dict[str, object]:
    """Only what was found in a text, so that rows of the tables stay short."""
    asked = replies.understand(text, FAMILY if family is None else family, LEARNT)
    command = asked.command
    shorts = {number: short for short, number in NUMBERS.items()}
    told: dict[str, object] = {
        "command": command.name if asked.plugin else HELP if command else None,
        "who": asked.children[0].person.given_name if len(asked.children) == 1 else None,
        "of": " ".join(shorts[one] for one in asked.subjects),
        "days": None
        if asked.days is None
        else f"{asked.days[0]:%d.%m.%y}-{asked.days[1]:%d.%m.%y}",
        "period": asked.period,
        "left": " ".join(asked.left),
    }
    return {key: value for key, value in told.items() if value}


def day(text: str) -> str:
    return f"{text}-{text}"


#: The command alone, in every spelling.
COMMANDS = {
    MARKS: "ОЦЕНКИ|оценки|Оценки.|оценка|оцен|оц|OCENKI|ocenki|otsenki|Otzenki|оцнеки|оценкии|"
           "ацeнки|отметки|отмет|  оценки , |ОЦЕНКИ!|OЦEHKИ|ozenki",
    FORECAST: "ПРОГНОЗ|прогноз|прог|prognoz|PROGNOZ|прагноз|прогнос|прогонз|progn",
    TOTALS: "ИТОГИ|итоги|итог|ит|itogi|итого|ITOG",
    ABSENCES: "ПРОПУСКИ|пропуск|проп|propuski|пропучки|посещаемость|PROPUSK",
    DEBTS: "ДОЛГИ|долги|долг|dolgi|DOLG|долгт",
    HOMEWORK: "ДЗ|дз|dz|DZ.|домашнее задание|домашка|ЧТО ЗАДАНО|domashka",
    LESSONS: "РАСП|расп|расписание|rasp|raspisanie|РАСПИСАНИЕ?|уроки|росписание",
    HELP: "ПОМОЩЬ|помощь|помош|pomosh|pomosch|pomoshch|HELP|help|помогите",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "command"),
    [(text, name) for name, texts in COMMANDS.items() for text in texts.split("|")],
)
def test_a_command_is_known_in_this_spelling(text: str, command: str) -> None:
    assert understood(text) == {"command": command}


@pytest.mark.parametrize(
    "text",
    ["", " ", "привет", "пр", "д", "спасибо", "5", "1 2 3", "кто это", "стоп", "о", "?", "....",
     "12.09", "ст", "иван", "математика"],
)  # fmt: skip
def test_this_is_no_command(text: str) -> None:
    assert understood(text) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # names and classes
        ("оценки иван", {"who": "Иван"}),
        ("оценки ив", {"who": "Иван"}),
        ("оценки ивана", {"who": "Иван"}),
        ("какие оценки у ивана?", {"who": "Иван"}),
        ("Иван оценки", {"who": "Иван"}),
        ("OCENKI IVAN", {"who": "Иван"}),
        ("оценки,мария.", {"who": "Мария"}),
        ("оценки марии", {"who": "Мария"}),
        ("ocenki maria", {"who": "Мария"}),
        ("ocenki mariya", {"who": "Мария"}),
        ("оценки МАР", {"who": "Мария"}),
        ("оценки марья", {"who": "Мария"}),
        ("оценки 5А", {"who": "Иван"}),
        ("оценки 5-а", {"who": "Иван"}),
        ("оценки 8 «Б»", {"who": "Мария"}),
        ("ocenki 8b", {"who": "Мария"}),
        ("оценки петр", {"left": "петр"}),
        ("оценки пожалуйста", {}),
        # subjects
        ("оценки иван мат", {"who": "Иван", "of": "мат"}),
        ("OCENKI IVAN MATEM", {"who": "Иван", "of": "мат"}),
        ("оценки иван по математике", {"who": "Иван", "of": "мат"}),
        ("оценки иван матиматика", {"who": "Иван", "of": "мат"}),
        ("оценки иван рус", {"who": "Иван", "of": "рус"}),
        ("оценки иван русский язык", {"who": "Иван", "of": "рус"}),
        ("оценки иван рус.яз", {"who": "Иван", "of": "рус"}),
        ("оценки иван русс", {"who": "Иван", "of": "рус"}),
        ("ocenki ivan russkiy", {"who": "Иван", "of": "рус"}),
        ("оценки иван физ", {"who": "Иван", "of": "физ"}),
        ("оценки иван физика", {"who": "Иван", "of": "физ"}),
        ("оценки иван физра", {"who": "Иван", "of": "физра"}),
        ("оценки иван физ-ра", {"who": "Иван", "of": "физра"}),
        ("оценки иван физкультура", {"who": "Иван", "of": "физра"}),
        ("ocenki ivan fizkultura", {"who": "Иван", "of": "физра"}),
        ("оценки иван английский", {"who": "Иван", "of": "англ"}),
        ("оценки иван англ", {"who": "Иван", "of": "англ"}),
        ("ocenki ivan angl", {"who": "Иван", "of": "англ"}),
        ("оценки иван иностранный язык", {"who": "Иван", "of": "англ"}),
        ("оценки иван геог", {"who": "Иван", "of": "гео"}),
        ("оценки иван геом", {"who": "Иван", "of": "геом"}),
        ("оценки иван химмия", {"who": "Иван", "of": "хим"}),
        ("ocenki ivan himia", {"who": "Иван", "of": "хим"}),
        ("ocenki ivan khimiya", {"who": "Иван", "of": "хим"}),
        ("оценки иван мат рус", {"who": "Иван", "of": "мат рус"}),
        ("оценки иван танцы", {"who": "Иван", "left": "танцы"}),
        # days: of what was
        ("оценки иван сегодня", {"who": "Иван", "days": day("24.11.26")}),
        ("оценки иван вчера", {"who": "Иван", "days": day("23.11.26")}),
        ("ocenki ivan vchera", {"who": "Иван", "days": day("23.11.26")}),
        ("оценки иван позавчера", {"who": "Иван", "days": day("22.11.26")}),
        ("оценки иван севодня", {"who": "Иван", "days": day("24.11.26")}),
        ("оценки иван 18.09", {"who": "Иван", "days": day("18.09.26")}),
        ("оценки иван 18.9.", {"who": "Иван", "days": day("18.09.26")}),
        ("оценки иван 18.09.2026", {"who": "Иван", "days": day("18.09.26")}),
        ("оценки иван 18.09.26г.", {"who": "Иван", "days": day("18.09.26")}),
        ("оценки иван 18/09", {"who": "Иван", "days": day("18.09.26")}),
        ("оценки иван 18 сентября", {"who": "Иван", "days": day("18.09.26")}),
        ("ocenki ivan 18 sent", {"who": "Иван", "days": day("18.09.26")}),
        ("оценки иван 3 мая", {"who": "Иван", "days": day("03.05.27")}),
        ("оценки иван 18.02", {"who": "Иван", "days": day("18.02.27")}),
        ("оценки иван 12-18.09", {"who": "Иван", "days": "12.09.26-18.09.26"}),
        ("оценки иван 12 - 18.09", {"who": "Иван", "days": "12.09.26-18.09.26"}),
        ("оценки иван 28.09-04.10", {"who": "Иван", "days": "28.09.26-04.10.26"}),
        ("оценки иван с 12.09 по 18.09", {"who": "Иван", "days": "12.09.26-18.09.26"}),
        ("оценки иван 18.09-12.09", {"who": "Иван", "days": "12.09.26-18.09.26"}),
        ("оценки иван за неделю", {"who": "Иван", "days": "18.11.26-24.11.26"}),
        ("оценки иван за месяц", {"who": "Иван", "days": "26.10.26-24.11.26"}),
        ("оценки иван понедельник", {"who": "Иван", "days": day("23.11.26")}),
        ("оценки иван в среду", {"who": "Иван", "days": day("18.11.26")}),
        ("оценки иван пн", {"who": "Иван", "days": day("23.11.26")}),
        ("оценки иван четверг", {"who": "Иван", "days": day("19.11.26")}),
        ("ocenki ivan ponedelnik", {"who": "Иван", "days": day("23.11.26")}),
        ("оценки иван 31.02", {"who": "Иван", "left": "?"}),
        ("оценки иван 45.67", {"who": "Иван", "left": "?"}),
        # periods
        ("оценки иван 1 четв", {"who": "Иван", "period": Q1}),
        ("оценки иван 1 четверть", {"who": "Иван", "period": Q1}),
        ("оценки иван 1-я четверть", {"who": "Иван", "period": Q1}),
        ("оценки иван 1ч", {"who": "Иван", "period": Q1}),
        ("оценки иван 1четв.", {"who": "Иван", "period": Q1}),
        ("оценки иван I четв", {"who": "Иван", "period": Q1}),
        ("оценки иван четверть 1", {"who": "Иван", "period": Q1}),
        ("оценки иван первая четверть", {"who": "Иван", "period": Q1}),
        ("ocenki ivan 1 chetv", {"who": "Иван", "period": Q1}),
        ("оценки иван за четверть", {"who": "Иван", "period": ("quarter", None)}),
        ("оценки иван IV четверть", {"who": "Иван", "period": ("quarter", 4)}),
        ("оценки иван четвертая четверть", {"who": "Иван", "period": ("quarter", 4)}),
        ("оценки иван 2 полугодие", {"who": "Иван", "period": HALF}),
        ("оценки иван II полуг", {"who": "Иван", "period": HALF}),
        ("оценки иван 2 п/г", {"who": "Иван", "period": HALF}),
        ("оценки иван второе полугодие", {"who": "Иван", "period": HALF}),
        ("ocenki ivan 2 polugodie", {"who": "Иван", "period": HALF}),
        ("оценки иван 3 трим", {"who": "Иван", "period": ("trimester", 3)}),
        ("оценки иван 2 модуль", {"who": "Иван", "period": ("module", 2)}),
        ("оценки иван за год", {"who": "Иван", "period": ALL}),
        ("оценки иван учебный год", {"who": "Иван", "period": ALL}),
        ("ocenki ivan god", {"who": "Иван", "period": ALL}),
        # all at once
        ("ОЦЕНКИ, иван: матем; 12-18.09",
         {"who": "Иван", "of": "мат", "days": "12.09.26-18.09.26"}),
        ("оценки мария рус яз 2 четв", {"who": "Мария", "of": "рус", "period": ("quarter", 2)}),
        ("оценки 8б хим вчера", {"who": "Мария", "of": "хим", "days": day("23.11.26")}),
    ],
)  # fmt: skip
def test_what_follows_is_understood(text: str, expected: dict[str, object]) -> None:
    assert understood(text) == {"command": MARKS, **expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("дз завтра", {"command": HOMEWORK, "days": day("25.11.26")}),
        ("дз иван на завтра", {"command": HOMEWORK, "who": "Иван", "days": day("25.11.26")}),
        ("dz zavtra", {"command": HOMEWORK, "days": day("25.11.26")}),
        ("дз пн", {"command": HOMEWORK, "days": day("30.11.26")}),
        ("дз в среду", {"command": HOMEWORK, "days": day("25.11.26")}),
        ("расп чт", {"command": LESSONS, "days": day("26.11.26")}),
        ("расп четв", {"command": LESSONS, "days": day("26.11.26")}),
        ("расп на неделю", {"command": LESSONS, "days": "24.11.26-30.11.26"}),
        ("rasp mariya pn", {"command": LESSONS, "who": "Мария", "days": day("30.11.26")}),
        ("расп послезавтра", {"command": LESSONS, "days": day("26.11.26")}),
        ("прогноз мат", {"command": FORECAST, "left": "мат"}),
        ("прогноз иван мат", {"command": FORECAST, "who": "Иван", "of": "мат"}),
        ("прогноз иван вчера", {"command": FORECAST, "who": "Иван", "left": "?"}),
        ("долги мария", {"command": DEBTS, "who": "Мария"}),
        ("итоги иван год", {"command": TOTALS, "who": "Иван", "period": ALL}),
        ("пропуски марии 1 четв", {"command": ABSENCES, "who": "Мария", "period": Q1}),
    ],
)
def test_other_commands_take_what_they_understand(text: str, expected: dict[str, object]) -> None:
    assert understood(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("оценки", {"who": "Руслан"}),
        ("оценки рус", {"who": "Руслан", "of": "рус"}),
        ("оценки руслан рус", {"who": "Руслан", "of": "рус"}),
        ("оценки мат", {"who": "Руслан", "of": "мат"}),
        ("оценки руслана", {"who": "Руслан"}),
    ],
)
def test_an_only_child_needs_no_name(text: str, expected: dict[str, object]) -> None:
    alone = [child(1, "Руслан", "5А")]
    assert understood(text, alone) == {"command": MARKS, **expected}


def test_the_same_name_in_two_classes_is_told_apart_by_the_class() -> None:
    family = [child(1, "Иван", "5А"), child(2, "Иван", "8Б")]
    assert understood("оценки иван", family) == {"command": MARKS}
    asked = replies.understand("оценки иван 8б", family, LEARNT)
    assert [one.label for one in asked.children] == ["Иван 8Б"]


def test_a_subject_that_fits_twice_is_asked_about() -> None:
    asked = replies.understand("оценки иван физи", FAMILY, LEARNT)
    assert asked.unclear == ("Физика", "Физическая культура")


@pytest.mark.parametrize("text", ["СТОП", "стоп!", "stop", "Stop.", "стоп смс", "отписаться"])
def test_stop_is_heard(text: str) -> None:
    assert replies.first_word_is(text, replies.STOP)


@pytest.mark.parametrize("text", ["сто", "стол", "не стоп", "старт", "", "остановка", "ст оп"])
def test_nothing_else_stops(text: str) -> None:
    assert not replies.first_word_is(text, replies.STOP)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Daria", "Дарья"), ("Darya", "Дарья"), ("Yulia", "Юлия"), ("Julia", "Юлия"),
        ("Sergey", "Сергей"), ("Sergej", "Сергей"), ("Aleksandr", "Александр"),
        ("Alexander", "Александр"), ("Evgeniy", "Евгений"), ("Yevgeny", "Евгений"),
        ("Petr", "Пётр"), ("Pyotr", "Пётр"), ("Артем", "Артём"), ("Semyon", "Семён"),
        ("Mikhail", "Михаил"), ("Mihail", "Михаил"), ("Anna", "Анна"), ("Kirill", "Кирилл"),
        ("Ksenia", "Ксения"), ("Xenia", "Ксения"), ("Yuri", "Юрий"), ("Daniil", "Даниил"),
        ("Ilya", "Илья"), ("Ilia", "Илья"), ("Sofia", "Софья"), ("София", "Софья"),
        ("Igor", "Игорь"), ("Vyacheslav", "Вячеслав"), ("Zhanna", "Жанна"), ("Timur", "Тимур"),
    ],
)  # fmt: skip
def test_a_name_in_latin_letters_is_the_same_name(typed: str, name: str) -> None:
    assert spelling.fit(spelling.written(typed), name) >= spelling.SLIPPED


@pytest.mark.parametrize(
    ("one", "other"),
    [("Иван", "Инна"), ("Мария", "Марина"), ("Егор", "Игорь"), ("Анна", "Инна"), ("Лев", "Лена")],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert spelling.meant([spelling.written(one)], {1: [[one]], 2: [[other]]})[1] == [1]


def test_dates_of_a_summer_belong_to_the_year_that_begins() -> None:
    found = parsing.arguments(parsing.scan("оценки 18.09"), dt.date(2026, 8, 10))
    assert found.days == (dt.date(2026, 9, 18), dt.date(2026, 9, 18))
