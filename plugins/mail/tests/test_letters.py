"""Writing and reading: who gets what, what they see of each other, drafts, files, the boxes."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from werkzeug.datastructures import FileStorage

from asurso_core import files
from asurso_core.actors import system
from asurso_core.db import rows
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.files import StoredFile
from asurso_mail import queries, services
from asurso_mail.models import AUTHOR, Attachment, Copy, Message

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def pdf(name="план.pdf", more=b""):
    return FileStorage(io.BytesIO(PDF.replace(b"trailer", more + b"trailer")), filename=name)


def box(school, who, name="inbox", side=None):
    return [one.subject for one in queries.box(school.actor(who, side), name).lines]


# --- sending and answering ---------------------------------------------------------------------


def test_a_letter_lies_with_its_author_and_its_recipients_alone(write, school):
    write("teacher", "staff:deputy", "family:parent", subject="Журнал")
    assert box(school, "teacher", "sent") == ["Журнал"]
    assert box(school, "deputy") == box(school, "parent") == ["Журнал"]
    for who in ("admin", "director", "psychologist", "pupil", "class_teacher"):
        assert box(school, who) == []


def test_a_teacher_who_is_a_parent_has_two_boxes(write, school, got, login_as):
    to_parent = write("class_teacher", "family:teacher_parent", subject="О дочери")
    write("director", "staff:teacher_parent", subject="О нагрузке")
    assert box(school, "teacher_parent", side="family") == ["О дочери"]
    assert box(school, "teacher_parent", side="staff") == ["О нагрузке"]
    with pytest.raises(NotThere):
        queries.letter(school.actor("teacher_parent", "staff"), got("teacher_parent", to_parent).id)
    page = login_as("teacher_parent", "family").get("/mail/").text
    assert "О дочери" in page
    assert "О нагрузке" not in page


def test_who_is_written_to_may_always_answer(write, school, got, rules):
    rules(public_roles=["director"])
    letter = write("hr", "family:parent", subject="Справка")
    parent = school.actor("parent")
    begun = queries.answer(parent, got("parent", letter).id)
    assert begun.subject == "Re: Справка"
    assert "> **Громова И. Л.:**" in begun.text
    answer = services.Letter(to=begun.to, subject=begun.subject, text="Принесу")
    with pytest.raises(Invalid):
        services.send(parent, answer)
    services.send(parent, replace(answer, answers=letter.message_id))
    assert box(school, "hr") == ["Re: Справка"]
    talk = queries.letter(school.actor("hr"), letter.id).talk
    assert [one.here for one in talk] == [True, False]


def test_a_letter_that_one_did_not_get_opens_no_way_to_its_author(write, school, rules):
    rules(public_roles=["director"])
    letter = write("hr", "staff:deputy")
    forged = services.Letter(
        to=[f"staff:{school.persons['hr']}"], text="Здравствуйте", answers=letter.message_id
    )
    with pytest.raises(Invalid):
        services.send(school.actor("parent"), forged)


def test_all_are_answered_but_whom_one_may_not_write_to_is_left_out(write, school, got):
    letter = write("teacher", "family:parent", "staff:class_teacher", "family:pupil")
    to_staff = queries.answer(school.actor("class_teacher"), got("class_teacher", letter).id, True)
    assert len(to_staff.to) == 3
    to_parent = queries.answer(school.actor("parent"), got("parent", letter).id, True)
    assert len(to_parent.to) == 2
    assert to_parent.left_out == 1
    assert queries.letter(school.actor("parent"), got("parent", letter).id).to.count(",") == 2


def test_nobody_writes_to_a_stranger_and_learns_nothing_of_them(school, login_as):
    stranger = f"family:{school.persons['other_parent']}"
    answer = login_as("parent").post(
        "/mail/write", data={"to": stranger, "text": "Привет", "do": "send"}
    )
    assert answer.status_code == 422
    assert "Яковлев" not in answer.text
    assert Message.select().count() == 0


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "\x1b"])
def test_a_subject_is_one_line(school, login_as, sign):
    """T27: nothing that could begin a header of its own."""
    data = {
        "to": f"staff:{school.persons['deputy']}", "subject": f"Тема{sign}Bcc: a@b.ru",
        "text": "x", "do": "send",
    }  # fmt: skip
    assert login_as("teacher").post("/mail/write", data=data).status_code == 422
    with pytest.raises(Invalid):
        services.save_draft(school.actor("teacher"), services.Letter(subject=data["subject"]))
    assert Message.select().count() == 0


def test_a_page_sends_once_however_often_the_button_is_pressed(school, login_as):
    data = {
        "to": f"staff:{school.persons['deputy']}", "text": "раз", "do": "send", "op": "page1"
    }  # fmt: skip
    browser = login_as("teacher")
    first = browser.post("/mail/write", data=data)
    assert browser.post("/mail/write", data=data).location == first.location
    draft = services.save_draft(school.actor("teacher"), services.Letter(text="два"))
    data = {**data, "op": "page2", "version": "1", "text": "два", "draft": str(draft.id)}
    for _press in range(2):
        answer = browser.post(f"/mail/draft/{draft.id}", data=data)
        assert answer.location.endswith(f"/mail/letter/{draft.id}")
    assert len(box(school, "deputy")) == 2


# --- groups ------------------------------------------------------------------------------------


def to_parents(school, **more):
    key = f"class:{school.ids['5А']}:parents"
    return services.Letter(kind="broadcast", keys=[key], subject="Собрание", text="Ждём", **more)


def test_parents_of_a_class_get_a_letter_and_do_not_see_each_other(school, got, login_as):
    letter = services.send(school.actor("class_teacher"), to_parents(school))
    assert box(school, "parent") == box(school, "teacher_parent", side="family") == ["Собрание"]
    copy = got("parent", letter)
    page = login_as("parent").get(f"/mail/letter/{copy.id}").text
    assert "родители: 5А" in page
    assert "Ким" not in page
    assert "Ответить всем" not in page
    answer = queries.answer(school.actor("parent"), copy.id, everybody=True)
    assert answer.to == [f"staff:{school.persons['class_teacher']}"]
    assert answer.left_out == 0


def test_the_school_may_let_them_see_each_other(school, got, rules, login_as):
    rules(broadcast_shows=True)
    letter = services.send(school.actor("class_teacher"), to_parents(school))
    assert "Ким В. О." in login_as("parent").get(f"/mail/letter/{got('parent', letter).id}").text


@pytest.mark.parametrize(
    ("who", "key", "may"),
    [
        ("class_teacher", "class:5А:parents", True), ("class_teacher", "class:5Б:parents", False),
        ("teacher", "group:maths_5a:parents", True), ("teacher", "class:5А:parents", False),
        ("english_1", "group:english_5a_1:pupils", True),
        ("english_1", "group:english_5a_2:pupils", False), ("teacher", "staff", False),
        ("deputy", "everyone", True), ("psychologist", "parallel:5:parents", True),
        ("secretary", "staff", False), ("parent", "class:5А:parents", False),
        ("pupil", "class:5А:pupils", False),
    ],
)  # fmt: skip
def test_groups_are_written_to_within_the_right(school, who, key, may):
    words = [str(school.ids.get(word, word)) for word in key.split(":")]
    letter = services.Letter(kind="broadcast", keys=[":".join(words)], text="x")
    actor = school.actor(who)
    offered = {one.key for one in queries.broadcast_choices(actor)}
    assert (":".join(words) in offered) is may
    if may:
        assert services.send(actor, letter).box == "sent"
    else:
        with pytest.raises(Refused):
            services.send(actor, letter)


def test_a_letter_to_many_is_asked_about_and_is_a_few_inserts(school, make, statements):
    for number in range(250):
        make.pupil(f"Новый{number} Пётр")
        make.person(f"Мама{number} Анна", "parent")
    deputy = school.actor("deputy")
    letter = services.Letter(kind="broadcast", keys=["role:parent"], text="Собрание")
    with pytest.raises(services.Confirm) as asked:
        services.send(deputy, letter)
    assert asked.value.count == 253
    with pytest.raises(services.Confirm):
        services.send(deputy, letter, confirmed=252)
    with statements() as seen:
        services.send(deputy, letter, confirmed=253)
    assert len([one for one in seen if "mail_copy" in one and "INSERT INTO" in one]) <= 4
    assert len(seen) < 40


# --- drafts ------------------------------------------------------------------------------------


def test_two_tabs_do_not_overwrite_each_other(school, login_as):
    browser = login_as("teacher")
    first = browser.post("/mail/draft/save", json={"text": "раз", "op": "a"}).json
    again = browser.post("/mail/draft/save", json={"text": "раз!", "op": "a"}).json
    assert again["draft"] == first["draft"]
    body = {"text": "два", "draft": str(first["draft"]), "version": str(again["version"])}
    assert browser.post("/mail/draft/save", json=body).json["version"] == again["version"] + 1
    late = browser.post("/mail/draft/save", json={**body, "text": "три"})
    assert late.status_code == 409
    page = browser.post(
        f"/mail/draft/{first['draft']}",
        data={"text": "три", "version": body["version"], "do": "save"},
    )
    assert page.status_code == 409
    assert "два" in page.text  # what the other tab says
    assert "три" in page.text  # what was typed here
    assert queries.draft(school.actor("teacher"), first["draft"]).text == "два"


def test_what_was_sent_elsewhere_is_not_lost_here(school, write, login_as):
    draft = services.save_draft(school.actor("teacher"), services.Letter(text="x"))
    services.send(
        school.actor("teacher"),
        services.Letter(to=[f"staff:{school.persons['hr']}"], text="ушло", draft=draft.id,
                        version=1),
    )  # fmt: skip
    page = login_as("teacher").post(
        f"/mail/draft/{draft.id}", data={"text": "ещё мысль", "version": "7", "do": "send"}
    )
    assert page.status_code == 409
    assert "ещё мысль" in page.text
    assert 'action="/mail/write"' in page.text


def test_a_draft_is_its_authors_on_one_side(school, login_as):
    draft = services.save_draft(school.actor("teacher_parent", "staff"), services.Letter(text="x"))
    for who, side in (("teacher_parent", "family"), ("admin", None), ("teacher", None)):
        browser = login_as(who, side)
        assert browser.get(f"/mail/draft/{draft.id}").status_code == 404
        assert browser.post(f"/mail/draft/{draft.id}/discard").status_code == 404
        body = {"text": "y", "draft": str(draft.id), "version": "1"}
        assert browser.post("/mail/draft/save", json=body).status_code == 404


def test_a_refused_letter_waits_among_the_drafts(school, rules, login_as):
    rules(family_letters=1)
    browser = login_as("parent")
    data = {"to": f"staff:{school.persons['teacher']}", "text": "Вопрос", "do": "send"}
    assert "/letter/" in browser.post("/mail/write", data=data).location
    refused = browser.post("/mail/write", data=data)
    assert "/draft/" in refused.location
    assert "Вопрос" in browser.get(refused.location).text
    assert len(box(school, "teacher")) == 1


def test_recipients_of_families_are_counted(school, write, rules):
    rules(family_recipients=2, family_named=2)
    with pytest.raises(Invalid):
        write("parent", "staff:teacher", "staff:class_teacher", "staff:deputy")
    write("parent", "staff:teacher", "staff:class_teacher")
    with pytest.raises(Refused):
        write("parent", "staff:deputy")
    write("teacher", "staff:deputy", "staff:hr", "staff:director")


# --- files -------------------------------------------------------------------------------------


def test_a_file_is_read_by_whoever_holds_the_letter_and_stored_once(school, login_as, write, got):
    browser = login_as("teacher")
    data = {
        "to": f"family:{school.persons['parent']}", "text": "Задание", "do": "send",
        "file": (io.BytesIO(PDF), "план.pdf"),
    }  # fmt: skip
    sent = browser.post("/mail/write", data=data, content_type="multipart/form-data")
    letter = Copy.get_by_id(int(sent.location.rsplit("/", 1)[1]))
    file = StoredFile.get()
    address = f"/files/{file.id}/x"
    assert login_as("parent").get(address).status_code == 200
    assert login_as("admin").get(address).status_code == 404
    forwarded = queries.forward(school.actor("parent"), got("parent", letter).id)
    services.send(
        school.actor("parent"),
        services.Letter(to=[f"staff:{school.persons['deputy']}"], text="Смотрите",
                        forwards=forwarded.forwards),
    )  # fmt: skip
    assert login_as("deputy").get(address).status_code == 200
    assert StoredFile.select().count() == 1
    assert files.used(school.persons["parent"], "mail.file") == 0


def test_the_room_for_files_is_free_again_when_the_letter_is_deleted(school, rules):
    rules(staff_mb=1, letter_mb=2)
    teacher = school.actor("teacher")
    big = b"%" * 700_000

    def send():
        letter = services.Letter(to=[f"staff:{school.persons['hr']}"], text="x")
        return services.send(teacher, letter, uploads=[pdf(more=big)])

    first = send()
    with pytest.raises(Invalid) as refused:
        send()
    assert "file" in refused.value.fields
    assert Message.select().count() == 1
    services.trash(teacher, [first.id])
    services.delete_for_good(teacher, [first.id])
    send()
    reader = queries.box(school.actor("hr"), "inbox").lines
    assert all(queries.letter(school.actor("hr"), one.id).files for one in reader)


def test_a_file_that_was_not_sent_goes_with_its_draft(school):
    teacher = school.actor("teacher")
    draft = services.save_draft(teacher, services.Letter(text="x"))
    services.add_files(teacher, draft.id, [pdf(), pdf("второй.pdf", b"%2")])
    first, second = (row.file for row in Attachment.select().order_by(Attachment.id))
    services.drop_file(teacher, draft.id, first)
    assert [row.id for row in StoredFile.select()] == [second]
    services.trash(teacher, [draft.id])
    assert StoredFile.select().count() == Message.select().count() == Copy.select().count() == 0


# --- boxes -------------------------------------------------------------------------------------


def test_reading_is_told_by_a_post_and_counted(write, school, got, login_as):
    copy = got("parent", write("teacher", "family:parent", subject="Новое"))
    browser = login_as("parent")
    for _look in range(2):
        browser.get(f"/mail/letter/{copy.id}")
    parent = school.actor("parent")
    assert queries.shelves(parent)[1] == {"inbox": 1}
    assert "Новое" in browser.get("/").text
    browser.post(f"/mail/letter/{copy.id}/read")
    assert queries.shelves(parent)[1] == {"inbox": 0}
    browser.post(f"/mail/letter/{copy.id}/read", data={"unread": "1"})
    assert queries.shelves(parent)[1] == {"inbox": 1}


def test_letters_are_moved_thrown_away_and_brought_back(write, school, got, login_as):
    letters = [got("parent", write("teacher", "family:parent", subject=f"№ {n}")) for n in (1, 2)]
    browser, parent = login_as("parent"), school.actor("parent")
    browser.post("/mail/folders", data={"name": "Важное"})
    folder = queries.shelves(parent)[0][0]
    ids = {"id": [str(one.id) for one in letters]}
    browser.post("/mail/sort", data={**ids, "do": "move", "place": f"folder:{folder.id}"})
    assert len(box(school, "parent", f"folder:{folder.id}")) == 2
    assert queries.shelves(parent)[0][0].unread == 2
    browser.post("/mail/sort", data={"id": ids["id"][:1], "do": "trash"})
    assert box(school, "parent", "trash") == ["№ 1"]
    browser.post("/mail/sort", data={"id": ids["id"][:1], "do": "restore"})
    assert len(box(school, "parent", f"folder:{folder.id}")) == 2
    browser.post(f"/mail/folder/{folder.id}/edit", data={"name": "ВАЖНОЕ"})
    assert browser.post("/mail/folders", data={"name": "важное"}).status_code == 422
    browser.post(f"/mail/folder/{folder.id}/edit", data={"do": "delete"})
    assert len(box(school, "parent")) == 2
    assert queries.shelves(parent)[0] == []


def test_foreign_letters_are_not_touched(write, school, got):
    copy = got("parent", write("teacher", "family:parent"))
    folder = services.make_folder(school.actor("parent"), "Моё")
    other = school.actor("deputy")
    for deed in (services.trash, services.restore, services.delete_for_good):
        assert deed(other, [copy.id]) == 0
    assert services.mark(other, [copy.id], read=True) == 0
    with pytest.raises(NotThere):
        services.move(other, [copy.id], f"folder:{folder.id}")
    assert Copy.get_by_id(copy.id).box == "inbox"


def test_old_trash_goes_at_night_and_the_letter_with_its_last_holder(write, school, got, clock):
    letter = write("teacher", "family:parent", "staff:deputy")
    parent, teacher, deputy = (school.actor(one) for one in ("parent", "teacher", "deputy"))
    services.trash(parent, [got("parent", letter).id])
    clock.move("2026-12-20")
    assert services.clean(system("test")) == 0
    assert box(school, "parent", "trash") == ["Вопрос"]
    clock.move("2026-12-28")
    services.clean(system("test"))
    assert box(school, "parent", "trash") == []
    # Others go on seeing who got it.
    assert "Абрамова" in queries.letter(teacher, letter.id).to
    services.trash(teacher, [letter.id])
    services.trash(deputy, [got("deputy", letter).id])
    services.empty_trash(teacher)
    services.empty_trash(deputy)
    assert services.clean(system("test")) == 1
    assert Message.select().count() == 0
    assert rows("SELECT COUNT(*) FROM core_search_entry WHERE owner = 'mail'") == [(0,)]


def test_words_are_found_in_own_boxes_alone(write, school, login_as):
    write("teacher", "family:parent", subject="Поездка", text="Собираем на экскурсию в музей")
    for who in ("parent", "teacher"):
        assert [one.subject for one in queries.search(school.actor(who), "экскурсии").lines]
        assert "Поездка" in login_as(who).get("/search?q=экскурсии").text
    assert queries.search(school.actor("admin"), "экскурсии").lines == []
    assert queries.search(school.actor("parent"), "Мартынюк музеи").lines
    assert queries.search(school.actor("parent"), "экскурсии завод").lines == []
    assert "музей" in login_as("parent").get("/mail/search?q=музей").text


def test_the_author_has_one_copy(write, school):
    write("teacher", "staff:deputy")
    assert Copy.select().where(Copy.part == AUTHOR).count() == 1


def test_who_stole_a_session_of_another_year_writes_nothing(school, make):
    """Somebody who left is in no book and gets nothing."""
    gone = make.person("Ушедший Олег", "teacher")
    rows_before = queries.search_people(school.actor("deputy"), "ушедший")
    assert len(rows_before) == 1
    from asurso_core.accounts import User

    User.update(state="archived").where(User.person == gone).execute()
    assert queries.search_people(school.actor("deputy"), "ушедший") == []
    with pytest.raises(Invalid):
        services.send(school.actor("deputy"), services.Letter(to=[f"staff:{gone.id}"], text="x"))


def test_conflict_is_told_once_a_draft_is_gone(school):
    teacher = school.actor("teacher")
    draft = services.save_draft(teacher, services.Letter(text="x"))
    services.save_draft(teacher, services.Letter(text="y", draft=draft.id, version=1))
    with pytest.raises(Conflict):
        services.send(
            teacher,
            services.Letter(to=[f"staff:{school.persons['hr']}"], text="z", draft=draft.id,
                            version=0),
        )  # fmt: skip
