"""A pupil writes, a teacher moderates: the forum as people use it, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from asurso_core.testing.browser import browser as browsers
from tests.browser.running import Running, context_of, needs_browser, running_school, sign_in

pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers() as running:
        if running is None:
            pytest.skip("no Chromium is installed")
        yield running


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_school(tmp_path_factory.mktemp("school")) as running:
        # The clock of this school stands still, so a pupil's pause would never be over.
        running.rows(
            "INSERT INTO core_setting (owner, name, value) VALUES ('forum', 'pupil_pause', '0')"
        )
        running.rows(
            "INSERT INTO core_revision (topic, number) VALUES ('settings', 1) "
            "ON CONFLICT (topic) DO UPDATE SET number = number + 1"
        )
        yield running


def _open_topic(school: Running, browser: Browser, title: str) -> str:
    teacher = sign_in(school, context_of(browser), school.login_of("teacher"))
    teacher.goto(school.address + "/forum/")
    for link in ("Школьная жизнь", "Новая тема"):
        with teacher.expect_navigation():
            teacher.get_by_role("link", name=link).click()
    teacher.fill("#title", title)
    teacher.fill("#text", "Кто пойдёт в **поход**?")
    with teacher.expect_navigation():
        teacher.get_by_role("button", name="Открыть тему").click()
    expect(teacher.get_by_role("heading", level=1, name=title)).to_be_visible()
    address = teacher.url
    teacher.context.close()
    return address


@pytest.mark.parametrize("width", [1280, 390])
def test_a_pupil_answers_and_the_teacher_hides_it(
    school: Running, browser: Browser, width: int
) -> None:
    address = _open_topic(school, browser, f"Поход {width}")
    pupil = sign_in(school, context_of(browser, width), school.login_of("pupil"))
    pupil.goto(address)
    pupil.get_by_role("link", name="Цитировать").first.click()
    answer = pupil.locator("#reply textarea")
    expect(answer).to_have_value(re.compile(re.escape("> Кто пойдёт в **поход**?")))
    expect(answer).to_be_focused()
    answer.press_sequentially("Я! И дразнилка.")
    with pupil.expect_navigation():
        pupil.get_by_role("button", name="Отправить").click()
    expect(pupil.locator("#m2 blockquote")).to_contain_text("Кто пойдёт")
    assert pupil.evaluate("document.documentElement.scrollWidth <= innerWidth")

    teacher = sign_in(school, context_of(browser, width), school.login_of("teacher"))
    teacher.goto(address)
    teacher.locator("#m2 summary").click()
    with teacher.expect_navigation():
        teacher.locator("#m2").get_by_role("link", name="Скрыть").click()
    teacher.fill("#reason", "Дразнить нельзя")
    with teacher.expect_navigation():
        teacher.get_by_role("button", name="Скрыть").click()
    expect(teacher.locator("#m2")).to_contain_text("Дразнить нельзя")

    pupil.goto(address)
    expect(pupil.locator("#m2")).to_contain_text("Дразнить нельзя")
    expect(pupil.locator("#m2")).not_to_contain_text("дразнилка")
    pupil.context.close()
    teacher.context.close()


def test_a_name_is_taken_from_the_list_by_keyboard(school: Running, browser: Browser) -> None:
    address = _open_topic(school, browser, "Имена")
    pupil = sign_in(school, context_of(browser), school.login_of("parent"))
    pupil.goto(address)
    author = pupil.locator("#m1 .forum-author").inner_text().split()[0]
    answer = pupil.locator("#reply textarea")
    # The list may still be the one of fewer letters: it is ours when it was asked for all of them.
    with pupil.expect_response(lambda one: one.url.endswith(quote(author[:3]))):
        answer.press_sequentially(f"@{author[:3]}")
    expect(pupil.locator("#forum-names li").first).to_contain_text(author)
    answer.press("Enter")
    expect(answer).to_have_value(re.compile(f"^@{author} "))
    pupil.context.close()


def test_what_was_on_the_screen_is_remembered_as_read(school: Running, browser: Browser) -> None:
    address = _open_topic(school, browser, "Прочитанное")
    parent = sign_in(school, context_of(browser), school.login_of("parent"))
    parent.goto(school.address + "/forum/")
    with parent.expect_response(lambda answer: answer.url.endswith("/read")):
        parent.goto(address)
    parent.goto(address)
    expect(parent.locator(".forum-thread .forum-unread")).to_have_count(0)
    parent.context.close()


def test_an_unsent_answer_survives_leaving_the_page(school: Running, browser: Browser) -> None:
    address = _open_topic(school, browser, "Черновик")
    pupil = sign_in(school, context_of(browser), school.login_of("pupil"))
    pupil.on("dialog", lambda dialog: dialog.accept())
    pupil.goto(address)
    pupil.locator("#reply textarea").press_sequentially("Недописанная мысль")
    for _look in range(200):
        if "Недописанная мысль" in pupil.evaluate("Object.values(sessionStorage).join()"):
            break
        pupil.wait_for_timeout(50)
    else:
        pytest.fail("what was typed is kept only when the page is left")
    pupil.goto(school.address + "/forum/")
    pupil.goto(address)
    expect(pupil.locator("#reply textarea")).to_have_value("Недописанная мысль")
    pupil.context.close()


def test_all_of_it_works_without_scripts(school: Running, browser: Browser) -> None:
    address = _open_topic(school, browser, "Без скриптов")
    context = browser.new_context(locale="ru-RU", java_script_enabled=False)
    page = sign_in(school, context, school.login_of("pupil"))
    page.goto(address)
    with page.expect_navigation():
        page.get_by_role("button", name="Отметить страницу прочитанной").click()
    expect(page.get_by_role("button", name="Отметить страницу прочитанной")).to_have_count(0)
    with page.expect_navigation():
        page.get_by_role("link", name="Цитировать").first.click()
    page.fill("#text", page.input_value("#text") + "Согласен")
    with page.expect_navigation():
        page.get_by_role("button", name="Отправить").click()
    expect(page.locator("#m2")).to_contain_text("Согласен")
    with page.expect_navigation():
        page.get_by_role("button", name="Спасибо").first.click()
    expect(page.locator("#m1 .forum-mine")).to_have_count(1)
    context.close()
