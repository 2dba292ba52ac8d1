"""A pupil fills a portfolio, the class teacher confirms, a stranger opens the link."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

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
        yield running


def _scan() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (300, 400), "#ddccaa").save(out, "JPEG")
    return {"name": "диплом.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def _enter(page: Page, school: Running, title: str) -> None:
    page.goto(f"{school.address}/portfolio/new/achievement")
    page.get_by_label("Название").fill(title)
    page.get_by_label("Уровень").select_option("municipal")
    with page.expect_navigation():
        page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def _titles(page: Page) -> list[str]:
    return page.locator("section", has_text="Достижения").first.locator("h3").all_inner_texts()


def _class_teacher_of_the_pupil(school: Running) -> str:
    found = school.rows(
        """SELECT u.login FROM core_user p
             JOIN core_class_member m ON m.pupil_id = p.person_id AND m.until IS NULL
             JOIN core_class_teacher t ON t.school_class_id = m.school_class_id
             JOIN core_user u ON u.person_id = t.teacher_id WHERE p.login = ?""",
        school.login_of("pupil"),
    )
    return str(found[0][0])


@pytest.mark.parametrize("width", [1280, 390])
def test_a_portfolio_from_the_first_entry_to_the_link(
    school: Running, browser: Browser, width: int
) -> None:
    first, second = f"Первая грамота {width}", f"Вторая грамота {width}"
    context = context_of(browser)
    page = sign_in(school, context, school.login_of("pupil"))
    page.set_viewport_size({"width": width, "height": 850})
    _enter(page, school, first)
    _enter(page, school, second)
    page.locator("#upload").set_input_files(_scan())
    with page.expect_navigation():
        page.get_by_role("button", name="Загрузить").click()
    picture = page.get_by_role("img", name="диплом.jpg")
    expect(picture).to_be_visible()
    # A picture that is still on its way, or broken, has no width of its own.
    expect(picture).to_have_js_property("naturalWidth", 300)
    item = page.url

    # By keyboard: the button beside the entry, reached and pressed without a mouse.
    page.goto(f"{school.address}/portfolio/")
    up = page.get_by_role("button", name=f"Поднять: {second}")
    up.focus()
    with page.expect_navigation(url=re.compile("#item-")):
        up.press("Enter")
    assert _titles(page)[-2:] == [second, first]

    # By dragging the first above the second again.
    grips = page.locator("[data-order]").first.locator("[data-item]")
    lower = grips.filter(has_text=first).locator("[data-grip]")
    upper = grips.filter(has_text=second)
    lower.scroll_into_view_if_needed()
    box, goal = lower.bounding_box(), upper.bounding_box()
    assert box is not None
    assert goal is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(goal["x"] + 30, goal["y"] + 4, steps=8)
    with page.expect_navigation():
        page.mouse.up()
    assert _titles(page)[-2:] == [first, second]

    page.goto(item)
    with page.expect_navigation():
        page.get_by_role("button", name="Создать ссылку").click()
    address = page.get_by_label("Ссылка, действует до").input_value()
    context.close()

    context = context_of(browser)
    page = sign_in(school, context, _class_teacher_of_the_pupil(school))
    page.set_viewport_size({"width": width, "height": 850})
    page.goto(f"{school.address}/portfolio/waiting")
    with page.expect_navigation():
        page.locator("section", has_text=second).get_by_role("button", name="Подтвердить").click()
    page.goto(item)
    expect(page.get_by_text("подтверждено классным руководителем").first).to_be_visible()
    context.close()

    stranger = browser.new_context(viewport={"width": width, "height": 850}).new_page()
    stranger.goto(address)
    expect(stranger.get_by_role("heading", level=1)).to_have_text(second)
    shown = stranger.get_by_role("img", name="диплом.jpg")
    expect(shown).to_have_js_property("naturalWidth", 300)
    assert stranger.evaluate("document.documentElement.scrollWidth") <= width
    stranger.context.close()
