"""Pages of the school: what they show, to whom, at what cost, and how they take nonsense."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from asurso_core import audit
from asurso_core.db import rows, run
from asurso_core.errors import NotThere
from asurso_core.school import Holiday, Period, Room, School, SchoolClass, Subject, services
from asurso_core.school.services.rules import save_version


def urls(school: Any) -> list[str]:
    """Every page that is read."""
    ids = school.ids
    return [
        "/school/", "/school/years", f"/school/years/{ids['year']}", "/school/subjects",
        "/school/subjects?archived=1", "/school/rooms", "/school/classes",
        f"/school/classes/{ids['5А']}", f"/school/groups/{ids['maths_5a']}",
        f"/school/groups/{ids['english_5a_1']}",
        f"/school/classes/{ids['5А']}/subgroups/{ids['Английский язык']}",
    ]  # fmt: skip


def forms(school: Any) -> list[str]:
    """Every page with a form of its own."""
    ids, pupil = school.ids, school.persons["pupil"]
    class_, year = f"/school/classes/{ids['5А']}", f"/school/years/{ids['year']}"
    holiday = Holiday.get().id
    return [
        "/school/edit", "/school/years/new", f"{year}/edit", f"{year}/period-types",
        f"/school/period-types/{ids['quarters']}", f"{year}/holidays",
        f"/school/holidays/{holiday}", f"{year}/days", "/school/subjects/new",
        f"/school/subjects/{ids['Математика']}", "/school/rooms/new",
        f"/school/rooms/{ids['room_101']}", f"{year}/classes/new", f"{class_}/edit",
        f"{class_}/teacher", f"{class_}/enrol", f"{class_}/pupils/{pupil}/move",
        f"{class_}/pupils/{pupil}/leave", f"{class_}/groups/new",
        f"/school/groups/{ids['maths_5a']}/edit", f"/school/groups/{ids['maths_5a']}/teacher",
        f"{class_}/subgroups/{ids['Английский язык']}",
    ]  # fmt: skip


def test_every_page_opens_for_the_administrator(school: Any, login_as: Any) -> None:
    client = login_as("admin")
    for url in [*urls(school), *forms(school)]:
        assert client.get(url).status_code == 200, url


def test_a_page_costs_at_most_ten_statements(school: Any, login_as: Any, statements: Any) -> None:
    client = login_as("admin")
    client.get("/school/")
    for url in [*urls(school), *forms(school)]:
        with statements() as seen:
            client.get(url)
        assert len(seen) <= 10, (url, len(seen), seen)


def test_nobody_but_the_administrator_edits(school: Any, login_as: Any) -> None:
    for name in ("teacher", "secretary", "parent", "pupil"):
        client = login_as(name)
        for url in forms(school):
            assert client.get(url).status_code in {403, 404}, (name, url)
            assert client.post(url, data={"name": "Взлом"}).status_code in {403, 404}, (name, url)


def test_families_see_the_card_and_the_calendar_but_no_lists(school: Any, login_as: Any) -> None:
    client = login_as("parent")
    assert "Школа № 156" in client.get("/school/").text
    assert client.get(f"/school/years/{school.ids['year']}").status_code == 200
    assert client.get(f"/school/classes/{school.ids['5А']}").status_code == 403
    assert client.get("/school/classes").status_code == 403


NONSENSE = [
    {},
    {"name": "x" * 5000, "title": "x" * 5000, "letter": "x" * 5000},
    {"name": "а\x00б", "title": "а\x00б", "letter": "\x00", "short_name": "\x00"},
    {"starts": "32.13.2026", "ends": "9999-99-99", "on": "завтра", "since": "0000-00-00"},
    {"starts": "2050-01-01", "ends": "2049-01-01", "title": "т", "on": "2050-01-01",
     "since": "2050-01-01", "date": "2050-01-01", "name": "имя"},
    {"grade": "99999999999", "week_days": "-1", "period_type": "2147483648", "letter": "Я"},
    {"teacher": "2147483648", "pupil": "9" * 30, "school_class": "-1", "subject": "1e3"},
    {"capacity": "99999999999999999999", "name": "я", "weekly_hours": "NaN", "count": "∞"},
    {"version": "9" * 40, "name": "Школа", "short_name": "Ш", "zone": "Mars/Base"},
    {"weekly_hours": "Infinity", "parts": "9", "others": ["1", "x", "2147483648"]},
    {"periods-0-title": "x", "periods-0-starts": "вчера", "periods-99999-title": "y"},
    {"name": ["a", "b"], "on": ["2026-12-01", "2026-12-02"], "kind": ["x", "y"]},
]  # fmt: skip
TABLES = (
    "core_school", "core_academic_year", "core_period_type", "core_period", "core_holiday",
    "core_calendar_day", "core_subject", "core_room", "core_school_class", "core_class_teacher",
    "core_teaching_group", "core_group_class", "core_group_teacher", "core_class_member",
    "core_group_member",
)  # fmt: skip


def content() -> list[Any]:
    """All rows of the school's tables."""
    return [rows(f"SELECT * FROM {table} ORDER BY id") for table in TABLES]


@pytest.mark.parametrize("number", range(len(NONSENSE)))
def test_nonsense_is_refused_and_writes_nothing(school: Any, login_as: Any, number: int) -> None:
    client = login_as("admin")
    before = content()
    for url in forms(school):
        answer = client.post(url, data={"version": "1", **NONSENSE[number]})
        # A name alone is sense for a subject; a group's page and a table may be left as they are.
        harmless = any(part in url for part in ("subgroups", "/groups/", "period-types/")) or (
            ("subjects/" in url or "rooms/" in url) and number in {4, 7, 8, 11}
        )
        assert answer.status_code in ({422, 409, 303} if harmless else {422, 409}), (
            url, answer.status_code,
        )  # fmt: skip
    after = content()
    changed = {TABLES[i] for i in range(len(TABLES)) if before[i] != after[i]}
    assert changed <= {
        "core_period", "core_period_type", "core_teaching_group", "core_subject", "core_room",
    }  # fmt: skip


@pytest.mark.parametrize("id_", ["0", "2147483648", "99999999999999999999", "abc", "-1"])
def test_unknown_ids_are_not_found(school: Any, login_as: Any, id_: str) -> None:
    client = login_as("admin")
    for url in (
        "years/{}", "classes/{}", "groups/{}", "subjects/{}", "rooms/{}", "holidays/{}",
        "period-types/{}", "classes/{}/enrol", "class-teachers/{}/end", "group-teachers/{}/end",
        f"classes/{school.ids['5А']}/pupils/{{}}/move", "classes?year={}",
    ):  # fmt: skip
        assert client.get("/school/" + url.format(id_)).status_code == 404, url
    for url in ("days/{}/remove", "years/{}/open", "groups/{}/archive", "subjects/{}/restore"):
        assert client.post("/school/" + url.format(id_)).status_code == 404, url


def test_the_card_is_changed_and_recorded(school: Any, login_as: Any) -> None:
    client = login_as("admin")
    data = {"name": "Школа № 1", "short_name": "Школа 1", "zone": "Europe/Samara", "version": "1"}
    assert client.post("/school/edit", data=data).status_code == 303
    entry = audit.AuditEntry.get(audit.AuditEntry.kind == "core.school_changed")
    assert entry.before["name"] == "Школа № 156"
    assert entry.after["name"] == "Школа № 1"


def test_two_who_change_the_card_at_once_see_both_values(school: Any, login_as: Any) -> None:
    services.update_school(school.actor("admin"), {"phone": "111"}, 1)
    data = {"name": "Школа № 1", "short_name": "Ш", "zone": "Europe/Samara", "phone": "222",
            "version": "1"}  # fmt: skip
    answer = login_as("admin").post("/school/edit", data=data)
    assert answer.status_code == 409
    assert "111" in answer.text
    assert "222" in answer.text
    assert School.get().phone == "111"


#: Form → its page, what somebody else saves first, the same in words, what is typed meanwhile.
RIVALS: dict[str, tuple[str, dict[str, str], list[str], dict[str, str]]] = {
    "card": (
        "/school/edit",
        {"name": "Школа № 156 имени Тютчева", "short_name": "Школа 156", "zone": "Europe/Samara"},
        ["Школа № 156 имени Тютчева", "Школа 156", "—"],
        {"name": "Гимназия", "short_name": "Гимназия 7", "zone": "Europe/Samara"},
    ),
    "year": (
        "/school/years/{year}/edit",
        {"title": "2026/27", "starts": "2026-09-01", "ends": "2027-06-15"},
        ["2026/27", "01.09.2026", "15.06.2027"],
        {"title": "Шестой год", "starts": "2026-09-01", "ends": "2027-05-28"},
    ),
    "subject": (
        "/school/subjects/{Математика}",
        {"name": "Математика и логика", "short_name": "МиЛ", "area": ""},
        ["Математика и логика", "МиЛ", "—"],
        {"name": "Алгебра", "short_name": "Алг", "area": "Точные науки"},
    ),
    "room": (
        "/school/rooms/{room_101}",
        {"name": "101а", "building": "Корпус 2", "capacity": "31", "responsible": "{teacher}"},
        ["101а", "Корпус 2", "31", "Мартынюк Иван Андреевич", "—"],
        {"name": "101б", "building": "Флигель", "capacity": "12", "kind": "Физика"},
    ),
    "class": (
        "/school/classes/{5А}/edit",
        {"grade": "6", "letter": "физмат", "period_type": "{quarters}", "week_days": "6"},
        ["6", "физмат", "—", "Четверти", "шесть дней"],
        {"grade": "7", "letter": "Я", "period_type": "{quarters}", "week_days": "5",
         "profile": "Кадеты"},
    ),
    "group": (
        "/school/groups/{english_5a_1}/edit",
        {"name": "Сильная", "weekly_hours": "2,5"},
        ["Сильная", "2,5"],
        {"name": "Начинающие", "weekly_hours": "3"},
    ),
    "holiday": (
        "/school/holidays/{holiday}",
        {"title": "Каникулы", "starts": "2026-10-24", "ends": "2026-11-01", "first_grade": "2",
         "last_grade": "9"},
        ["Каникулы", "24.10.2026", "01.11.2026", "2", "9"],
        {"title": "Отдых", "starts": "2026-10-27", "ends": "2026-11-03", "first_grade": "1",
         "last_grade": "11"},
    ),
    "periods": (
        "/school/period-types/{quarters}",
        {"periods-0-title": "Осень", "periods-0-starts": "2026-09-01",
         "periods-0-ends": "2026-12-30", "periods-1-title": "Весна",
         "periods-1-starts": "2027-01-11", "periods-1-ends": "2027-05-26"},
        ["01.09.2026 – 30.12.2026", "11.01.2027 – 26.05.2027"],
        {"periods-0-title": "Весь год", "periods-0-starts": "2026-09-02",
         "periods-0-ends": "2027-05-25"},
    ),
}  # fmt: skip


def rivals(school: Any, name: str) -> tuple[str, dict[str, str], list[str], dict[str, str]]:
    """One of :data:`RIVALS` with the ids of this school."""
    ids = {**school.ids, "teacher": school.persons["teacher"], "holiday": Holiday.get().id}
    url, theirs, words, mine = RIVALS[name]
    url, theirs, mine = url.format(**ids), dict(theirs), dict(mine)
    for data in (theirs, mine):
        data.update((field, text.format(**ids)) for field, text in data.items())
    return url, theirs, words, mine


def version_of(page: str) -> str:
    """The version that the form of a page carries; there is one such field."""
    (tag,) = re.findall(r'<input[^>]*name="version"[^>]*>', page)
    found = re.search(r'value="([^"]*)"', tag)
    assert found
    return found[1]


@pytest.mark.parametrize("name", RIVALS)
def test_of_two_who_save_at_once_the_second_is_asked(school: Any, login_as: Any, name: str) -> None:
    client = login_as("admin")
    url, theirs, words, mine = rivals(school, name)
    opened = version_of(client.get(url).text)
    assert client.post(url, data={**theirs, "version": opened}).status_code == 303
    before, told = content(), audit.AuditEntry.select().count()

    answer = client.post(url, data={**mine, "version": opened})
    assert answer.status_code == 409
    assert "Пока вы правили, это изменил кто-то другой." in answer.text
    assert "Тем временем сохранено другим человеком" in answer.text
    facts = answer.text.partition('<dl class="facts">')[2].partition("</dl>")[0]
    shown = [html.unescape(text) for text in re.findall(r"<dd>(.*?)</dd>", facts)]
    assert [text for text in words if text not in shown] == [], shown
    typed = answer.text.partition('<form method="post"')[2]
    kept = re.findall(r'<(?:input|option selected)[^>]*? value="([^"]*)"', typed)
    assert [text for text in mine.values() if text not in kept] == []
    assert content() == before
    assert audit.AuditEntry.select().count() == told

    again = {**mine, "version": version_of(answer.text)}
    assert client.post(url, data=again).status_code == 303
    assert content() != before


@pytest.mark.parametrize("version", [None, "", "0", "2", "-1", "1.0", "²", "9" * 40])
def test_a_form_that_knows_no_present_version_writes_nothing(
    school: Any, login_as: Any, version: str | None
) -> None:
    client, before = login_as("admin"), content()
    for name in RIVALS:
        url, theirs, _words, _mine = rivals(school, name)
        data = theirs if version is None else {**theirs, "version": version}
        assert client.post(url, data=data).status_code == 409, url
    assert content() == before


def test_saving_what_stands_there_disturbs_nobody(school: Any, login_as: Any) -> None:
    client = login_as("admin")
    for name in RIVALS:
        url, theirs, _words, _mine = rivals(school, name)
        assert client.post(url, data={**theirs, "version": "1"}).status_code == 303, url
        before = content()
        assert client.post(url, data={**theirs, "version": "2"}).status_code == 303, url
        assert content() == before, url


def test_putting_away_is_no_change_of_what_the_form_holds(school: Any, login_as: Any) -> None:
    client, ids = login_as("admin"), school.ids
    url = f"/school/subjects/{ids['Математика']}"
    client.post(f"{url}/archive")
    data = {"name": "Алгебра", "short_name": "Алг", "version": "1"}
    assert client.post(url, data=data).status_code == 303
    row = Subject.get_by_id(ids["Математика"])
    assert (row.name, row.archived, row.version) == ("Алгебра", True, 2)


def test_what_was_removed_meanwhile_is_not_found(school: Any) -> None:
    del school
    row = Holiday.get()
    run("DELETE FROM core_holiday")
    with pytest.raises(NotThere):
        save_version(row, 1, ("title",))


def test_a_list_is_shown_as_of_a_date(school: Any, login_as: Any) -> None:
    client, ids = login_as("admin"), school.ids
    url = f"/school/classes/{ids['5А']}/pupils/{school.persons['pupil']}/move"
    answer = client.post(url, data={"school_class": ids["5Б"], "on": "2026-12-01"})
    assert answer.status_code == 303
    page = f"/school/classes/{ids['5А']}"
    assert "Абрамов Егор" in client.get(f"{page}?on=2026-11-30").text
    assert "Абрамов Егор" not in client.get(f"{page}?on=2026-12-01").text
    assert "Абрамов Егор" in client.get(f"/school/classes/{ids['5Б']}?on=2026-12-01").text


def test_subgroups_are_arranged_by_radio_buttons(school: Any, login_as: Any) -> None:
    client, ids = login_as("admin"), school.ids
    url = f"/school/classes/{ids['5А']}/subgroups/{ids['Английский язык']}"
    data = {
        "on": "2026-12-01", "version": "2", f"p{school.persons['pupil']}": ids["english_5a_2"],
    }  # fmt: skip
    assert client.post(url, data=data).status_code == 303
    page = f"/school/groups/{ids['english_5a_2']}"
    assert "Абрамов" not in client.get(f"{page}?on=2026-11-30").text
    assert "Абрамов" in client.get(f"{page}?on=2026-12-01").text


def test_periods_are_set_in_one_table(school: Any, login_as: Any) -> None:
    client = login_as("admin")
    url = f"/school/period-types/{school.ids['quarters']}"
    data = {
        "periods-0-title": "1 полугодие", "periods-0-starts": "2026-09-01",
        "periods-0-ends": "30.12.2026", "periods-1-title": "2 полугодие",
        "periods-1-starts": "2027-01-11", "periods-1-ends": "2027-05-26", "periods-2-title": "",
        "version": "1",
    }  # fmt: skip
    assert client.post(url, data=data).status_code == 303
    assert [row.title for row in Period.select().order_by(Period.number)] == [
        "1 полугодие", "2 полугодие",
    ]  # fmt: skip
    data["periods-1-starts"] = "2026-12-30"
    assert client.post(url, data=data).status_code == 422


def test_the_national_calendar_fills_what_is_missing(school: Any) -> None:
    admin, year = school.actor("admin"), school.ids["year"]
    added = services.fill_calendar(admin, year)
    assert added["holidays"] >= 3
    assert Holiday.select().where(Holiday.title == "Осенние каникулы").count() == 1
    assert not any(services.fill_calendar(admin, year).values())


def test_a_class_teacher_is_replaced_from_a_date(school: Any, login_as: Any) -> None:
    client, class_ = login_as("admin"), school.ids["5А"]
    data = {"teacher": school.persons["teacher"], "since": "2026-12-01"}
    assert client.post(f"/school/classes/{class_}/teacher", data=data).status_code == 303
    now, then = (client.get(f"/school/classes?on={day}").text
                 for day in ("2026-11-30", "2026-12-01"))  # fmt: skip
    assert "Черных" in now
    assert "Мартынюк" not in now
    assert "Мартынюк" in then
    assert "Черных" not in then


def test_registries_are_kept(school: Any, login_as: Any) -> None:
    client = login_as("admin")
    assert client.post("/school/subjects/new", data={"name": "Физика"}).status_code == 303
    assert client.post("/school/subjects/new", data={"name": "ФИЗИКА"}).status_code == 422
    physics = Subject.get(Subject.name == "Физика")
    client.post(f"/school/subjects/{physics.id}/archive")
    assert "Физика" not in client.get("/school/subjects").text
    assert "Физика" in client.get("/school/subjects?archived=1").text
    room = {"name": "201", "capacity": "25", "responsible": school.persons["teacher"]}
    assert client.post("/school/rooms/new", data=room).status_code == 303
    assert "Мартынюк И. А." in client.get("/school/rooms").text
    assert Room.select().where(Room.name == "201").count() == 1
    new = {"grade": "10", "letter": "физмат", "period_type": school.ids["quarters"],
           "week_days": "6"}  # fmt: skip
    assert (
        client.post(f"/school/years/{school.ids['year']}/classes/new", data=new).status_code == 303
    )
    made = SchoolClass.get(SchoolClass.grade == 10)
    group = {"subject": school.ids["Математика"], "parts": "2"}
    assert client.post(f"/school/classes/{made.id}/groups/new", data=group).status_code == 303
    assert (
        "подгруппа" in client.get(f"/school/classes/{made.id}").text
        or "subgroup" in client.get(f"/school/classes/{made.id}").text
    )
