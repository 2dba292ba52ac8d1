"""A deputy tells the parents of one class something urgent and sees who knows of it (R2.12a)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from asurso_core.testing.browser import browser as browsers
from tests.browser.running import Running, context_of, needs_browser, running_school, sign_in

pytestmark = needs_browser

_PARENT = """
    SELECT u.login FROM core_user u
      JOIN core_guardian k ON k.guardian_id = u.person_id AND k.may_receive
      JOIN core_class_member m ON m.pupil_id = k.pupil_id
      JOIN core_school_class c ON c.id = m.school_class_id AND c.grade = 5
     WHERE u.state = 'active' AND m.until IS NULL
     GROUP BY u.login HAVING MIN(c.letter) = ? AND MAX(c.letter) = ? ORDER BY u.login
"""


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


def _publish(page: Page, school: Running) -> str:
    """Write through the form with its scripts; answers the address of the announcement."""
    page.goto(school.address + "/announcements/")
    page.get_by_role("link", name="Новое объявление").click()
    page.fill("#title", "Завтра 5А учится дистанционно")
    page.fill("#text", "В кабинете авария.\n\nУроки **по ссылкам в дневнике**, начало в 8:30.")
    page.get_by_label("Срочное").check()
    page.get_by_label("Каждый должен отметить").check()
    page.get_by_label("Найти класс, группу, роль").fill("родители 5а")
    box = page.locator("#parts").get_by_label("родители: 5А", exact=True)
    box.check()
    expect(page.locator("#chosen").get_by_role("button")).to_have_text("родители: 5А×")
    expect(page.locator("#reach")).to_have_text(re.compile(r"Увид[яи]т \d+ человек"))
    counted = re.findall(r"\d+", page.locator("#reach").inner_text())[0]
    page.get_by_role("button", name="Дальше: посмотреть и опубликовать").click()
    expect(page.get_by_role("heading", level=1, name="Перед публикацией")).to_be_visible()
    expect(page.get_by_text(re.compile(rf"^{counted} человек"))).to_be_visible()
    page.get_by_role("button", name="Опубликовать").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Завтра 5А учится дистанционно")
    return page.url


def test_parents_of_one_class_acknowledge_and_the_deputy_sees_it(
    school: Running, browser: Browser
) -> None:
    deputy = sign_in(school, context_of(browser), school.login_of("deputy"))
    address = _publish(deputy, school)

    ours, *_more = [row[0] for row in school.rows(_PARENT, "А", "А")]
    theirs, *_more = [row[0] for row in school.rows(_PARENT, "Б", "Б")]
    parent = sign_in(school, context_of(browser, 390), ours)
    news = parent.get_by_role("link", name="Завтра 5А учится дистанционно")
    news.click()
    with parent.expect_response(lambda answer: answer.url.endswith("/read")):
        expect(parent.get_by_role("heading", level=1)).to_contain_text("Завтра 5А")
    assert parent.evaluate("document.documentElement.scrollWidth <= innerWidth")
    parent.get_by_role("button", name="Ознакомлен(а)").click()
    expect(parent.get_by_text("Вы отметили «Ознакомлен»")).to_be_visible()

    stranger = sign_in(school, context_of(browser), theirs)
    expect(stranger.locator("body")).not_to_contain_text("дистанционно")
    stranger.goto(school.address + "/announcements/")
    expect(stranger.locator("body")).not_to_contain_text("дистанционно")
    answer = stranger.goto(address)
    assert answer is not None
    assert answer.status == 404

    deputy.get_by_role("link", name="Кто прочитал").click()
    expect(deputy.get_by_role("heading", level=2, name="5А")).to_contain_text("ознакомлены 1 из")
    named = school.rows(
        "SELECT p.surname FROM core_person p JOIN core_user u ON u.person_id = p.id "
        "WHERE u.login = ?",
        ours,
    )[0][0]
    row = deputy.locator("tr", has_text=named).first
    expect(row.locator("td").last).to_contain_text("24.11.2026")
    deputy.get_by_role("link", name="Не ознакомлены").click()
    deputy.wait_for_url("**who=missing")
    expect(deputy.locator("tbody tr", has_text="24.11.2026")).to_have_count(0)
    deputy.locator("summary", has_text="Напомнить").click()
    deputy.get_by_role("button", name="Напомнить", exact=True).click()
    expect(deputy.get_by_text("Последнее напоминание: 24.11.2026")).to_be_visible()
    for page in (deputy, parent, stranger):
        page.context.close()


def test_an_unsent_announcement_survives_leaving_the_page(
    school: Running, browser: Browser
) -> None:
    page = sign_in(school, context_of(browser), school.login_of("deputy"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(school.address + "/announcements/new")
    page.fill("#title", "Недописанное")
    page.locator("summary", has_text="Школа и роли").click()
    page.get_by_label("вся школа").check()
    page.wait_for_timeout(600)
    page.goto(school.address + "/announcements/")
    page.goto(school.address + "/announcements/new")
    expect(page.locator("#title")).to_have_value("Недописанное")
    expect(page.locator("#chosen")).to_contain_text("вся школа")
    page.context.close()
