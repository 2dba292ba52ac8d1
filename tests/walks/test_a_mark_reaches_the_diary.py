"""A teacher's day in a real browser: the card, the grid, no network, no session, two computers.

Every story uses pupils of its own in the lesson that is being given now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from asurso_core.demo import PASSWORD
from asurso_core.testing.browser import browser as browsers
from tests.browser.running import (
    TODAY,
    Running,
    context_of,
    imported,
    needs_browser,
    running_school,
    sign_in,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = needs_browser
expect = imported("playwright.sync_api").expect

LESSON = """
    SELECT l.id, l.group_id, p.id, u.login
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id AND g.part = 0
      JOIN core_user u ON u.person_id = l.teacher_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
      JOIN core_period p ON p.period_type_id = c.period_type_id AND l.date BETWEEN p.starts
           AND p.ends
     WHERE l.date = ? AND l.starts <= 615 AND l.status = 'planned'
       AND NOT EXISTS (SELECT 1 FROM journal_assignment a WHERE a.lesson_id = l.id)
       AND NOT EXISTS (SELECT 1 FROM journal_attendance t WHERE t.lesson_id = l.id)
     ORDER BY (SELECT COUNT(*) FROM core_class_member m
                WHERE m.school_class_id = c.id AND m.until IS NULL) DESC LIMIT 1
"""
FAMILY = """
    SELECT u.login FROM core_guardian g JOIN core_user u ON u.person_id = g.guardian_id
     WHERE g.pupil_id = ? ORDER BY g.id LIMIT 1
"""


@dataclass(frozen=True)
class Day:
    """The lesson that is being given now, and who gives it."""

    school: Running
    lesson: int
    journal: str
    teacher: str

    def marks_of(self, pupil: int) -> list[tuple[str, int]]:
        """Mark and version of a pupil at the lesson."""
        return self.school.rows(
            "SELECT m.value, m.version FROM journal_mark m "
            "JOIN journal_assignment a ON a.id = m.assignment_id "
            "WHERE a.lesson_id = ? AND m.pupil_id = ?",
            self.lesson, pupil,
        )  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers() as running:
        if running is None:
            pytest.skip("no Chromium is installed")
        yield running


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with running_school(tmp_path_factory.mktemp("school")) as school:
        lesson, group, period, teacher = school.rows(LESSON, TODAY)[0]
        yield Day(school, lesson, f"/journal/{group}/{period}", teacher)


def grid_of(day: Day, page: Page) -> Page:
    """The journal of the group, ready for typing."""
    page.goto(day.school.address + day.journal)
    grid_is_ready(page)
    return page


def grid_is_ready(page: Page) -> None:
    """Wait until the script of the grid has placed the cursor."""
    expect(page.locator("#grid td[aria-selected=true]")).to_have_count(1)


def pupils(page: Page) -> list[int]:
    """Pupils in the order of the rows."""
    heads = page.locator("#grid tbody th[data-p]")
    return [int(one) for one in heads.evaluate_all("all => all.map(one => one.dataset.p)")]


def cell(day: Day, page: Page, pupil: int) -> Locator:
    """The pupil's cell of the lesson."""
    columns = json.loads(page.locator("#journal-page").inner_text())["columns"]
    index = next(i for i, one in enumerate(columns) if one[0] == day.lesson)
    return page.locator(f'#grid tr:has(th[data-p="{pupil}"]) > td').nth(index)


def state(page: Page, wanted: str) -> None:
    """Wait for what the line above the grid (or on the card) tells."""
    expect(page.locator(".journal-state")).to_have_attribute("data-state", wanted)


def all_saved(page: Page) -> None:
    """Wait until the line tells that nothing is left to save."""
    expect(page.locator("#journal-state")).to_have_text("Всё сохранено", timeout=15_000)
    state(page, "saved")


def test_a_mark_reaches_the_diary(day: Day, browser: Browser) -> None:
    computer = context_of(browser)
    page = sign_in(day.school, computer, day.teacher)
    with page.expect_navigation():  # the first click is the last one
        page.click(f'.day-link[href="/journal/lesson/{day.lesson}"]')
    fields = page.locator("input.card-mark")
    absent, marked, typed = (
        int(fields.nth(number).get_attribute("data-pupil") or 0) for number in range(3)
    )
    rows = page.locator(".card-pupil")
    rows.nth(0).locator("[data-absent]").click()
    fields.nth(1).click()
    rows.nth(1).locator('[data-put="5"]').click()
    expect(page.locator("#card-state")).to_have_text("Всё сохранено")
    page.fill("#topic", "Сложение дробей")
    page.fill("#homework", "§ 12, № 340")
    with page.expect_navigation():
        page.locator("form:has(#topic) button[type=submit]").click()
    expect(page.locator("#topic")).to_have_value("Сложение дробей")

    grid_of(day, page)
    expect(cell(day, page, absent)).to_have_text("ОТ")
    expect(cell(day, page, marked)).to_have_text("5")
    expect(page.locator(".journal-notes")).to_contain_text("§ 12, № 340")
    cell(day, page, typed).click()
    page.keyboard.press("4")
    all_saved(page)
    computer.close()

    for pupil, told in ((absent, ".diary-absence"), (marked, ".diary-marks .mark")):
        phone = context_of(browser, 390)
        page = sign_in(day.school, phone, day.school.rows(FAMILY, pupil)[0][0])
        page.goto(f"{day.school.address}/diary/{pupil}/week/{TODAY}")
        lesson = page.locator("#today .diary-lesson", has_text="Сложение дробей")
        expect(lesson.locator(told)).to_have_text(
            "5" if pupil == marked else re.compile("Отсутств")
        )
        # Homework stands where it is due: at the next lesson.
        expect(page.locator(".diary-homework", has_text="§ 12, № 340")).to_have_count(1)
        phone.close()


def test_marks_typed_without_a_network_are_saved_exactly_once(day: Day, browser: Browser) -> None:
    context = context_of(browser)
    page = grid_of(day, sign_in(day.school, context, day.teacher))
    chosen = pupils(page)[4:7]
    context.set_offline(True)
    cell(day, page, chosen[0]).click()
    page.keyboard.type("435")
    state(page, "offline")
    expect(page.locator("#journal-state")).to_contain_text("3")
    assert [day.marks_of(pupil) for pupil in chosen] == [[], [], []]
    context.set_offline(False)
    all_saved(page)
    assert [day.marks_of(pupil) for pupil in chosen] == [[("4", 1)], [("3", 1)], [("5", 1)]]
    page.goto(f"{day.school.address}/journal/cell/{day.lesson}/0/{chosen[0]}")
    expect(page.locator("main tbody tr")).to_have_count(1)
    context.close()


def test_what_was_typed_survives_the_end_of_the_session(day: Day, browser: Browser) -> None:
    context = context_of(browser)
    page = grid_of(day, sign_in(day.school, context, day.teacher))
    chosen = pupils(page)[8:9]
    cell(day, page, chosen[0]).click()
    day.school.rows("DELETE FROM core_session")
    page.keyboard.type("5")
    expect(page.locator("dialog.dialog-lock")).to_be_visible()
    page.locator("dialog.dialog-lock").get_by_role("button", name="Выйти").click()
    expect(question(page)).to_contain_text("введите пароль")
    page.keyboard.press("Escape")
    expect(page.locator("#ask-password")).to_be_focused()
    page.fill("#ask-password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("dialog.dialog-lock")).to_have_count(0)
    all_saved(page)
    assert [day.marks_of(pupil) for pupil in chosen] == [[("5", 1)]]
    context.close()


def test_the_sign_out_of_another_leaves_waiting_marks_to_their_owner(
    day: Day, browser: Browser
) -> None:
    context = context_of(browser)
    page = grid_of(day, sign_in(day.school, context, day.teacher))
    pupil = pupils(page)[17]
    cell(day, page, pupil).click()
    day.school.rows("DELETE FROM core_session")
    page.keyboard.press("4")
    expect(page.locator("dialog.dialog-lock")).to_be_visible()
    page.close()

    other = sign_in(day.school, context, day.school.login_of("admin"))
    own = f"journal-edit:{day.teacher}:"
    assert [key.startswith(own) for key in kept(other)] == [True]
    grid_of(day, other)
    expect(cell(day, other, pupil)).to_be_empty()
    ask_to_sign_out(other)  # nothing of their own waits: nothing is asked
    other.wait_for_url(day.school.address + "/sign-in")
    assert [key.startswith(own) for key in kept(other)] == [True]
    assert day.marks_of(pupil) == []
    other.close()

    all_saved(grid_of(day, sign_in(day.school, context, day.teacher)))
    assert day.marks_of(pupil) == [("4", 1)]
    context.close()


def test_of_two_people_in_one_cell_the_later_one_decides(day: Day, browser: Browser) -> None:
    school, home = context_of(browser), context_of(browser)
    first = grid_of(day, sign_in(day.school, school, day.teacher))
    second = grid_of(day, sign_in(day.school, home, day.teacher))
    pupil = pupils(first)[11]
    cell(day, first, pupil).click()
    first.keyboard.press("4")
    all_saved(first)
    cell(day, second, pupil).click()
    second.keyboard.press("3")
    state(second, "conflict")
    assert [mark for mark, _version in day.marks_of(pupil)] == ["4"]
    cell(day, second, pupil).click()
    dialog = second.locator("dialog:has(#conflict-title)")
    expect(dialog.locator("dd")).to_have_text(["4", "3"])
    dialog.locator(".btn-outline").click()
    all_saved(second)
    second.reload()
    expect(cell(day, second, pupil)).to_have_text("3")
    assert [mark for mark, _version in day.marks_of(pupil)] == ["3"]
    school.close()
    home.close()


def ask_to_sign_out(page: Page) -> None:
    """Press «Выйти» in the menu of one's name."""
    page.click(".account > summary")
    page.click("form[data-sign-out] button")


def question(page: Page) -> Locator:
    """What is asked before unsent changes are lost."""
    return page.locator("dialog:has(#unsent-title)")


def kept(page: Page) -> list[str]:
    """Edits that this browser keeps."""
    return page.evaluate("Object.keys(localStorage).filter(key => key.includes('-edit:'))")


def type_unsent(day: Day, page: Page, pupil: int, mark: str) -> None:
    """Type a mark that does not reach the server, and leave the journal."""
    page.route("**/journal/edits", lambda route: route.abort())
    cell(day, page, pupil).click()
    page.keyboard.press(mark)
    state(page, "waiting")
    page.goto(day.school.address + "/")
    page.unroute("**/journal/edits")


def test_signing_out_without_a_network_asks_first_and_the_mark_is_sent(
    day: Day, browser: Browser
) -> None:
    context = context_of(browser)
    page = grid_of(day, sign_in(day.school, context, day.teacher))
    pupil = pupils(page)[12]
    context.set_offline(True)
    cell(day, page, pupil).click()
    page.keyboard.press("4")
    state(page, "offline")
    ask_to_sign_out(page)
    expect(page.locator("#unsent-title")).to_have_text("Не отправлено изменений: 1")
    expect(page.get_by_role("button", name="Остаться и отправить")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question(page)).to_have_count(0)
    expect(page.locator(".account > summary")).to_be_focused()
    ask_to_sign_out(page)
    question(page).locator(".btn-primary").click()
    expect(question(page)).to_have_count(0)
    assert len(kept(page)) == 1
    context.set_offline(False)
    all_saved(page)
    assert day.marks_of(pupil) == [("4", 1)]
    ask_to_sign_out(page)
    page.wait_for_url(day.school.address + "/sign-in")
    context.close()


def test_whoever_signs_out_all_the_same_leaves_no_marks_behind(day: Day, browser: Browser) -> None:
    context = context_of(browser, 390)
    page = grid_of(day, sign_in(day.school, context, day.teacher))
    pupil = pupils(page)[13]
    context.set_offline(True)
    cell(day, page, pupil).click()
    page.keyboard.press("5")
    state(page, "offline")
    ask_to_sign_out(page)
    page.get_by_role("button", name="Выйти и удалить изменения").click()
    # The page is covered until the server has heard of it.
    expect(page.get_by_role("dialog", name="Ждём сеть")).to_be_visible()
    assert kept(page) == []
    context.set_offline(False)
    page.wait_for_url(day.school.address + "/sign-in")
    expect(cell(day, grid_of(day, sign_in(day.school, context, day.teacher)), pupil)).to_be_empty()
    assert day.marks_of(pupil) == []
    context.close()


def test_signing_out_on_any_page_sends_what_waits(day: Day, browser: Browser) -> None:
    context = context_of(browser)
    page = grid_of(day, sign_in(day.school, context, day.teacher))
    pupil = pupils(page)[14]
    type_unsent(day, page, pupil, "3")
    ask_to_sign_out(page)
    page.wait_for_url(day.school.address + "/sign-in")
    assert day.marks_of(pupil) == [("3", 1)]
    context.close()


def test_signing_out_tells_of_a_conflict_and_of_a_refusal(day: Day, browser: Browser) -> None:
    school, home = context_of(browser), context_of(browser)
    page = grid_of(day, sign_in(day.school, school, day.teacher))
    other = grid_of(day, sign_in(day.school, home, day.teacher))
    pupil, another = pupils(page)[15:17]
    cell(day, other, pupil).click()
    other.keyboard.press("4")
    all_saved(other)
    type_unsent(day, page, pupil, "3")
    ask_to_sign_out(page)
    expect(question(page)).to_contain_text("Кто-то раньше вас изменил")
    question(page).get_by_role("link").click()
    page.wait_for_url(day.school.address + day.journal)
    grid_is_ready(page)
    cell(day, page, pupil).click()
    page.locator("dialog:has(#conflict-title) .btn-primary").click()
    state(page, "saved")

    type_unsent(day, page, another, "5")
    status = "UPDATE timetable_lesson SET status = ? WHERE id = ?"
    day.school.rows(status, "cancelled", day.lesson)
    ask_to_sign_out(page)
    expect(question(page)).to_contain_text("Сервер не принял: 1.")
    question(page).get_by_role("button", name="Остаться", exact=True).click()
    expect(question(page)).to_have_count(0)
    day.school.rows(status, "planned", day.lesson)
    ask_to_sign_out(page)  # it has been read
    page.wait_for_url(day.school.address + "/sign-in")
    assert [day.marks_of(one) for one in (pupil, another)] == [[("4", 1)], []]
    school.close()
    home.close()
