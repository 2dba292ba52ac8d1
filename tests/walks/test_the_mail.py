"""A parent finds the teacher of mathematics by the subject; the class teacher writes to everybody.

The letters go through the pages as people see them, by a telephone, with scripts and without.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from asurso_core.testing.browser import browser as browsers
from tests.browser.running import Running, context_of, needs_browser, running_school, sign_in

pytestmark = needs_browser
SUBJECT = "Вопрос по задаче"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers() as running:
        if running is None:
            pytest.skip("no Chromium is installed")
        yield running


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_school(tmp_path_factory.mktemp("school")) as running:
        yield running


def parents_of_5a(school: Running) -> dict[int, tuple[str, str]]:
    """Login and surname of the parents of 5А by the number of the person."""
    return {
        id_: (login, surname)
        for id_, login, surname in school.rows("""
            SELECT DISTINCT p.id, u.login, p.surname FROM core_guardian g
              JOIN core_person p ON p.id = g.guardian_id JOIN core_user u ON u.person_id = p.id
              JOIN core_class_member m ON m.pupil_id = g.pupil_id AND m.until IS NULL
              JOIN core_school_class c ON c.id = m.school_class_id
             WHERE c.grade = 5 AND c.letter = 'А' AND g.may_receive AND u.state = 'active'""")
    }


def teacher_of(school: Running, subject: str) -> tuple[int, str, str]:
    """Person, login and surname of who teaches a subject to the whole of 5А."""
    found: Any = school.rows(
        """
        SELECT p.id, u.login, p.surname FROM core_group_teacher t
          JOIN core_person p ON p.id = t.teacher_id JOIN core_user u ON u.person_id = p.id
          JOIN core_teaching_group g ON g.id = t.group_id
          JOIN core_subject s ON s.id = g.subject_id AND s.name = ?
          JOIN core_group_class gc ON gc.group_id = g.id
          JOIN core_school_class c ON c.id = gc.school_class_id AND c.grade = 5 AND c.letter = 'А'
         WHERE t.until IS NULL""",
        subject,
    )[0]
    return found


def leader_of_5a(school: Running) -> str:
    return str(school.rows("""
        SELECT u.login FROM core_class_teacher t JOIN core_user u ON u.person_id = t.teacher_id
          JOIN core_school_class c ON c.id = t.school_class_id
         WHERE c.grade = 5 AND c.letter = 'А' AND t.until IS NULL""")[0][0])  # fmt: skip


def opened(page: Page, subject: str) -> None:
    """Open a letter of the list."""
    page.locator("a.mail-subject", has_text=subject).first.click()
    expect(page.locator("#letter")).to_be_visible()


def test_a_parent_asks_the_teacher_and_the_class_teacher_writes_to_all(
    school: Running, browser: Browser, tmp_path: Path
) -> None:
    _id, teacher_login, surname = teacher_of(school, "Математика")
    parents = parents_of_5a(school)
    (login, _name), (other_login, _other) = list(parents.values())[:2]
    homework = tmp_path / "Задача.pdf"
    homework.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

    parent = sign_in(school, context_of(browser, 390), login)
    parent.goto(school.address + "/mail/")
    parent.get_by_role("link", name="Написать письмо").first.click()
    # Shown by a script: what is typed before goes to no field at all.
    parent.locator("#find").click()
    parent.locator("#find").press_sequentially("матем")
    found = parent.locator("#found li", has_text=surname)
    expect(found).to_contain_text("Математика (5А)")
    while found.get_attribute("aria-selected") != "true":
        parent.keyboard.press("ArrowDown")
    parent.keyboard.press("Enter")
    expect(parent.locator("#chips")).to_contain_text(surname)
    parent.fill("#subject", SUBJECT)
    parent.fill("#text", "Здравствуйте! Не понимаем **пятую** задачу.")
    expect(parent.locator("#saved")).to_contain_text("Черновик сохранён")
    parent.set_input_files("#file", homework)
    parent.get_by_role("button", name="Отправить").click()
    expect(parent.locator("#letter")).to_contain_text("Задача.pdf")
    assert parent.evaluate("document.documentElement.scrollWidth <= innerWidth")

    teacher = sign_in(school, context_of(browser), teacher_login)
    teacher.goto(school.address + "/mail/")
    with teacher.expect_response(lambda answer: answer.url.endswith("/read")):
        opened(teacher, SUBJECT)
    with teacher.expect_download() as download:
        teacher.get_by_role("link", name="Задача.pdf").click()
    assert download.value.path().read_bytes() == homework.read_bytes()
    teacher.get_by_role("link", name="Ответить").click()
    expect(teacher.locator("#text")).to_contain_text("> Здравствуйте!")
    teacher.locator("#text").press("Control+Home")
    teacher.locator("#text").press_sequentially("Сделайте рисунок.")
    teacher.get_by_role("button", name="Отправить").click()
    expect(teacher.locator("#letter")).to_contain_text("Сделайте рисунок.")
    teacher.goto(school.address + "/mail/")
    expect(teacher.locator(".mail-unread", has_text=SUBJECT)).to_have_count(0)

    parent.goto(school.address + "/mail/")
    opened(parent, f"Re: {SUBJECT}")
    expect(parent.locator(".mail-text")).to_contain_text("Сделайте рисунок.")
    expect(parent.locator("#talk")).to_be_visible()

    leader = sign_in(school, context_of(browser), leader_of_5a(school))
    leader.goto(school.address + "/mail/write?kind=broadcast")
    leader.get_by_label("родители: 5А", exact=True).check()
    leader.fill("#subject", "Чаепитие")
    leader.fill("#text", "Приходите в пятницу.")
    leader.get_by_role("button", name="Отправить").click()
    confirm = leader.get_by_role("button", name="Да, отправить")
    letter = leader.locator("#letter")
    expect(confirm.or_(letter)).to_be_visible()
    if confirm.is_visible():
        confirm.click()
    expect(letter).to_contain_text("родители: 5А")

    second = sign_in(school, context_of(browser), other_login)
    for page in (parent, second):
        page.goto(school.address + "/mail/")
        opened(page, "Чаепитие")
        told = page.locator("#letter").inner_text()
        assert "родители: 5А" in told
        assert not [name for _login, name in parents.values() if name in told]
    got = school.rows("""SELECT COUNT(*) FROM mail_copy c JOIN mail_message m
        ON m.id = c.message_id WHERE m.subject = 'Чаепитие' AND c.part = 'hidden'""")[0][0]
    assert got >= len(parents) - 1  # the leader's own child may learn here
    for page in (parent, teacher, leader, second):
        page.context.close()


def test_what_was_begun_is_there_after_the_tab_was_closed(
    school: Running, browser: Browser
) -> None:
    context = context_of(browser)
    page = sign_in(school, context, school.login_of("teacher"))
    page.goto(school.address + "/mail/write")
    page.fill("#subject", "Недописанное")
    with page.expect_response(lambda answer: answer.url.endswith("/draft/save")) as saved:
        page.locator("#text").press_sequentially("Мысль")
    draft = saved.value.json()["url"]
    expect(page).to_have_url(school.address + draft)
    other = context.new_page()
    other.goto(school.address + draft)
    expect(other.locator("#text")).to_have_value("Мысль")
    with other.expect_response(lambda answer: answer.url.endswith("/draft/save")):
        other.locator("#text").press_sequentially("! И ещё.")
    with page.expect_response(lambda answer: answer.url.endswith("/draft/save")) as late:
        page.locator("#text").press_sequentially("?")
    assert late.value.status == 409
    expect(page.locator("#saved")).to_contain_text("в другом окне")
    context.close()


def test_all_of_it_works_without_scripts(school: Running, browser: Browser) -> None:
    context = browser.new_context(locale="ru-RU", java_script_enabled=False)
    page = sign_in(school, context, school.login_of("parent"))
    page.goto(school.address + "/mail/write")
    page.fill("#subject", "Без скриптов")
    page.fill("#text", "Здравствуйте")
    page.get_by_role("button", name="Выбрать в адресной книге").click()
    page.get_by_label("Имя, предмет, класс").fill("классный")
    page.get_by_role("button", name="Найти").click()
    page.locator(".mail-line input").first.check()
    page.get_by_role("button", name="Добавить в письмо").click()
    expect(page.locator("#chips input:checked")).to_have_count(1)
    expect(page.locator("#subject")).to_have_value("Без скриптов")
    page.get_by_role("button", name="Отправить").click()
    expect(page.locator("#letter")).to_contain_text("Здравствуйте")
    page.goto(school.address + "/mail/box/sent")
    page.locator(".mail-line", has_text="Без скриптов").get_by_role("checkbox").check()
    page.get_by_text("С отмеченными письмами").click()
    page.get_by_role("button", name="Удалить").click()
    expect(page.locator(".mail-line", has_text="Без скриптов")).to_have_count(0)
    page.goto(school.address + "/mail/box/trash")
    expect(page.locator(".mail-line", has_text="Без скриптов")).to_have_count(1)
    context.close()
