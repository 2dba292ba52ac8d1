"""Pages of users, the search box and the log of changes."""

from __future__ import annotations

import pytest

from asurso_core.accounts import people_search, people_services
from asurso_core.accounts.models import PersonDetail, User
from asurso_core.forms import Form, TextField
from asurso_core.testing import make

NEW = {"surname": "Щукин", "given_name": "Юрий", "birth_date": "01.03.2015"}


def _names(page):
    text = page.get_data(as_text=True)
    return [
        name for name in ("Абрамов Егор", "Ежов Лев", "Ёжикова Майя", "Жданова Яна") if name in text
    ]


def test_the_list_finds_a_name_whatever_the_case_and_dots(login_as):
    browser = login_as("admin")
    assert _names(browser.get("/people/?q=ЕЖИКОВА")) == ["Ёжикова Майя"]
    assert _names(browser.get("/people/?q=5а&role=pupil")) == [
        "Абрамов Егор", "Ежов Лев", "Ёжикова Майя", "Жданова Яна",
    ]  # fmt: skip


def test_the_list_stands_in_russian_order(login_as):
    text = login_as("admin").get("/people/?class=1&role=pupil").get_data(as_text=True)
    order = [text.index(name) for name in ("Абрамов Егор", "Ежов Лев", "Ёжикова", "Жданова")]
    assert order == sorted(order)


def test_a_class_teacher_sees_only_the_own_class(login_as, school):
    browser = login_as("class_teacher")
    text = browser.get("/people/").get_data(as_text=True)
    assert "Абрамов Егор" in text
    assert "Яковлев Тимур" not in text
    assert browser.get(f"/people/{school.users['pupil_6']}").status_code == 404


def test_archived_users_are_hidden_until_asked_for(login_as, school):
    people_services.archive(school.actor("admin"), school.user("technical"), "уволен")
    browser = login_as("admin")
    assert "Сидоров Олег" not in browser.get("/people/?q=сидоров").get_data(as_text=True)
    assert "Сидоров Олег" in browser.get("/people/?state=archived").get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "/people/?q=%00%25_\\&role=%00&class=99999999999&state=zzz&page=-1",
        "/people/?endpoint=x&_external=1&_scheme=javascript&page=2",
        "/people/log?since=99.99.9999&until=0001-01-01&kind=x&id=2147483648&author=%00",
        "/people/log?until=9999-12-31&_anchor=x&endpoint=y&values=z",
        "/people/log.csv?person=%25",
        "/people/search?q=%00%25%5C_%27",
        "/search.json?q=" + "я" * 3000,
        "/search?q=79270000000000000000",
        "/people/slips?class=1",
    ],
)
def test_nonsense_in_addresses_is_no_fault(login_as, address):
    assert login_as("admin").get(address).status_code == 200


@pytest.mark.parametrize("page", ["/people/", "/people/log", "/people/my-class?class=1"])
def test_a_page_costs_few_statements_whatever_the_number(login_as, school, statements, page):
    name = "class_teacher" if "my-class" in page else "admin"
    browser = login_as(name)
    browser.get(page)
    for number in range(12):
        people_services.create_pupil(
            school.actor("admin"),
            {**NEW, "patronymic": "Я" * (number + 1)},
            make.SchoolClass.get_by_id(school.ids["5А"]),
        )
    with statements() as seen:
        assert browser.get(page).status_code == 200
    assert len(seen) <= 10, "\n".join(seen)


def test_a_card_costs_few_statements(login_as, school, statements):
    browser = login_as("admin")
    browser.get(f"/people/{school.users['pupil']}")
    with statements() as seen:
        browser.get(f"/people/{school.users['pupil']}")
    # In the slot of the page the portfolio's sheet asks two, the number for text messages two.
    assert len(seen) <= 13, "\n".join(seen)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("admin", 1), ("class_teacher", 1), ("secretary", 1), ("director", 0), ("hr", 0)],
)
def test_particulars_are_shown_only_to_those_who_may_change_them(login_as, school, name, shown):
    PersonDetail.create(person=school.persons["pupil"], phone="+79270001122")
    page = login_as(name).get(f"/people/{school.users['pupil']}")
    assert page.status_code == 200
    assert ("+79270001122" in page.get_data(as_text=True)) == bool(shown)


def test_a_pupil_is_entered_on_a_page(login_as, school):
    form = {
        **NEW,
        "school_class": school.ids["5А"],
        "role_id": "1",
        "must_change": "",
        "roles": "admin",
    }
    answer = login_as("class_teacher").post("/people/new/pupil", data=form)
    assert answer.status_code == 303
    user = User.select().order_by(User.id.desc()).first()
    assert (user.person.name, user.must_change) == ("Щукин Юрий", True)
    assert school.actor("pupil").roles == make.actor_for(user.id).roles


def test_a_wrong_form_is_shown_again_with_words(login_as, school):
    form = {**NEW, "surname": "<script>", "school_class": school.ids["5А"]}
    answer = login_as("admin").post("/people/new/pupil", data=form)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_a_text_of_spaces_does_not_fill_a_field_that_must_be_filled(app):
    class Note(Form):
        text = TextField("Текст", longest=20, required=True)

    with app.test_request_context(method="POST", data={"text": "   "}):
        assert not Note(meta={"csrf": False}).validate_on_submit()


@pytest.mark.parametrize("value", ["0", "99", "x", "2147483648", "5' OR 1=1"])
def test_a_class_that_was_not_offered_is_refused(login_as, value):
    before = User.select().count()
    answer = login_as("admin").post("/people/new/pupil", data={**NEW, "school_class": value})
    assert answer.status_code == 422
    assert User.select().count() == before


def test_a_stale_form_answers_409_and_shows_the_other_value(login_as, school):
    browser = login_as("admin")
    page = f"/people/{school.users['pupil']}/edit"
    form = {"surname": "Новый", "given_name": "Егор", "version": 1}
    assert browser.post(page, data=form).status_code == 303
    answer = browser.post(page, data={**form, "surname": "Другой"})
    assert answer.status_code == 409
    assert "Новый" in answer.get_data(as_text=True)


def test_slips_are_shown_once_and_kept_nowhere(login_as, school):
    browser = login_as("class_teacher")
    form = {"user": [school.users["pupil"], school.users["parent"]]}
    answer = browser.post("/people/slips", data=form)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_data(as_text=True).count('class="slip"') == 2
    assert browser.get("/people/slips").get_data(as_text=True).count('class="slip"') == 0


def test_slips_for_a_whole_class_leave_out_colleagues(login_as, school):
    answer = login_as("class_teacher").post(
        "/people/slips", data={"class": school.ids["5А"], "who": "parents"}
    )
    text = answer.get_data(as_text=True)
    assert "Абрамова Елена" in text
    assert "Ким Вера" not in text


@pytest.mark.parametrize("form", [{}, {"user": "x"}, {"class": "99999"}, {"user": "999999"}])
def test_slips_for_nobody_are_refused(login_as, form):
    assert 400 <= login_as("class_teacher").post("/people/slips", data=form).status_code < 500


def test_blocking_and_archiving_ask_first(login_as, school):
    browser = login_as("admin")
    page = f"/people/{school.users['technical']}"
    assert browser.get(f"{page}/block").status_code == 200
    assert browser.post(f"{page}/archive", data={"reason": ""}).status_code == 422
    assert browser.post(f"{page}/archive", data={"reason": "уволен"}).status_code == 303
    assert browser.post(f"{page}/restore").status_code == 303
    assert browser.post(f"{page}/unblock").status_code == 409


# --- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["абрамов е", "егор АБРАМОВ", "абр ил", "5а абрамов", "pupil_ x"[:5]]
)
def test_people_are_found_by_words_in_any_order(school, text):
    hits = people_search.find(school.actor("teacher"), text)
    assert "Абрамов Егор Ильич" in [hit.name for hit in hits]


def test_surnames_come_before_other_names(school):
    make.person("Вераксин Олег")
    hits = people_search.find(school.actor("admin"), "вера")
    assert [hit.name for hit in hits] == ["Вераксин Олег", "Ким Вера Олеговна"]


def test_a_hit_says_who_it_is(school):
    (hit,) = people_search.find(school.actor("admin"), "абрамова елена")
    assert "5А" in hit.about


def test_a_parent_finds_only_own_children(school):
    names = [hit.name for hit in people_search.find(school.actor("parent"), "абрамов")]
    assert names == ["Абрамов Егор Ильич", "Абрамова Ника Ильинична"]
    assert people_search.find(school.actor("parent"), "яковлев") == []
    assert [hit.name for hit in people_search.find(school.actor("pupil"), "5а")] == [
        "Абрамов Егор Ильич"
    ]


def test_a_phone_finds_only_those_whose_phone_one_may_see(school):
    PersonDetail.create(person=school.persons["other_parent"], phone="+7 927 000-11-22")
    assert people_search.find(school.actor("admin"), "8 (927) 000-11-22")
    assert people_search.find(school.actor("teacher"), "9270001122") == []
    assert people_search.find(school.actor("parent"), "9270001122") == []


def test_suggestions_are_at_most_eight(login_as):
    hits = login_as("admin").get("/search.json?q=о").get_json()["hits"]
    assert len(hits) <= 8


def test_the_search_of_the_top_bar_finds(login_as):
    assert "Абрамов Егор" in login_as("teacher").get("/search?q=егор").get_data(as_text=True)


# --- the log -----------------------------------------------------------------------------------


def test_the_log_shows_who_changed_what(login_as, school):
    person = school.person("pupil")
    people_services.update_person(
        school.actor("admin"), person, {"given_name": "Игорь"}, person.version
    )
    text = login_as("admin").get(f"/people/log?id={person.id}").get_data(as_text=True)
    for word in ("Орлов Пётр Ильич", "<del>Егор</del>", "<ins>Игорь</ins>"):
        assert word in text


def test_the_log_is_narrowed_by_author_and_date(login_as, school):
    person = school.person("pupil")
    people_services.update_person(school.actor("admin"), person, {"sex": "f"}, person.version)
    browser = login_as("admin")
    assert "<ins>" in browser.get("/people/log?author=орлов&since=24.11.2026").get_data(
        as_text=True
    )
    assert "<ins>" not in browser.get("/people/log?author=ким").get_data(as_text=True)
    assert "<ins>" not in browser.get("/people/log?until=2026-11-23").get_data(as_text=True)


def test_the_exported_log_holds_no_live_formula(login_as, school):
    person = school.person("pupil")
    people_services.update_person(
        school.actor("admin"), person, {"address": "=HYPERLINK(1)"}, person.version
    )
    answer = login_as("admin").get("/people/log.csv")
    assert answer.mimetype == "text/csv"
    assert '"\'=HYPERLINK(1)"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ["teacher", "director", "secretary", "parent"])
def test_the_log_is_closed_to_others(login_as, name):
    assert login_as(name).get("/people/log").status_code == 403


def test_five_thousand_people_are_searched_quickly(app, school):
    import time

    rows = [
        {
            "surname": f"Петров{n % 700}", "given_name": f"Имя{n % 90}", "patronymic": None,
            "sort_key": f"петров{n % 700} имя{n % 90}",
            "search_text": f"петров{n % 700} имя{n % 90}",
        }
        for n in range(5000)
    ]  # fmt: skip
    for start in range(0, 5000, 500):
        make.Person.insert_many(rows[start : start + 500]).execute()
    begin = time.perf_counter()
    assert people_search.find(school.actor("admin"), "имя7 петров7")
    assert time.perf_counter() - begin < 1
