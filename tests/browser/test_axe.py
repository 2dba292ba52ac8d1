"""Every page is readable by everybody: WCAG 2.2 A and AA by axe, and no page scrolls sideways.

Every page is judged by all rules, to save time in one look: families look at phones in the dark,
the staff at 1280 px in the light theme. The pages that are used all day are judged in all four
looks, in the last two by contrast alone, because a theme changes colours only. At 360 px, the
narrowest phone that is in use, no page may scroll sideways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asurso_core.testing.browser import browser as browsers
from tests.browser.running import (
    TODAY,
    Running,
    asurso,
    context_of,
    imported,
    needs_browser,
    running_school,
    sign_in,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = needs_browser
imported("playwright.sync_api")
axe = imported("axe_playwright_python")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALL = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"],
}  # fmt: skip
#: Width, theme, rules: for every page of the staff and of families, and for pages of all day.
STAFF: list[tuple[int, Any, dict[str, Any]]] = [(1280, "light", ALL)]
FAMILY: list[tuple[int, Any, dict[str, Any]]] = [(390, "dark", ALL)]
ALL_LOOKS = [*STAFF, *FAMILY, (390, "light", COLOURS), (1280, "dark", COLOURS)]
#: Pages with arguments: who opens them, and the statement that chooses their objects.
CHOSEN = [
    ("teacher", "/journal/{}/{}", """
        SELECT g.id, p.id FROM core_teaching_group g JOIN core_group_teacher t ON t.group_id = g.id
          JOIN core_user u ON u.person_id = t.teacher_id AND u.login = :login
          JOIN core_group_class gc ON gc.group_id = g.id
          JOIN core_school_class c ON c.id = gc.school_class_id
          JOIN core_period p ON p.period_type_id = c.period_type_id
         WHERE :today BETWEEN p.starts AND p.ends"""),
    ("teacher", "/journal/lesson/{}", """
        SELECT l.id FROM timetable_lesson l JOIN core_user u ON u.person_id = l.teacher_id
         WHERE u.login = :login AND l.date = :today ORDER BY l.number"""),
    ("teacher", "/timetable/class/{}", "SELECT id FROM core_school_class WHERE grade = 5"),
    ("parent", "/diary/{}/week/{}", """
        SELECT g.pupil_id, :today FROM core_guardian g
          JOIN core_user u ON u.person_id = g.guardian_id WHERE u.login = :login"""),
    ("parent", "/diary/{}/periods", """
        SELECT g.pupil_id FROM core_guardian g
          JOIN core_user u ON u.person_id = g.guardian_id WHERE u.login = :login"""),
    ("teacher", "/journal/finals/{}", """
        SELECT t.group_id FROM core_group_teacher t
          JOIN core_user u ON u.person_id = t.teacher_id AND u.login = :login
          JOIN core_group_class gc ON gc.group_id = t.group_id
          JOIN core_school_class c ON c.id = gc.school_class_id AND c.grade > 1"""),
    ("teacher", "/journal/class/{}", "SELECT id FROM core_school_class WHERE grade = 5"),
    ("teacher", "/journal/class/{}/year", "SELECT id FROM core_school_class WHERE grade = 5"),
    ("teacher", "/reports/{}", "SELECT 'journal.class.results'"),
    ("parent", "/diary/{}/finals", """
        SELECT g.pupil_id FROM core_guardian g
          JOIN core_user u ON u.person_id = g.guardian_id WHERE u.login = :login"""),
    ("parent", "/reports/{}", "SELECT 'journal.pupil.averages'"),
    ("admin", "/reports/{}", "SELECT 'journal.school.results'"),
    ("parent", "/forum/section/{}", "SELECT id FROM forum_section ORDER BY id"),
    ("parent", "/forum/topic/{}", "SELECT id FROM forum_topic ORDER BY id"),
    ("parent", "/forum/message/{}/report", "SELECT id FROM forum_message ORDER BY id"),
    ("admin", "/forum/topic/{}", """
        SELECT t.id FROM forum_topic t JOIN forum_poll p ON p.topic_id = t.id"""),
    ("admin", "/forum/topic/{}/edit", "SELECT id FROM forum_topic ORDER BY id"),
    ("admin", "/forum/message/{}/hide", "SELECT id FROM forum_message ORDER BY id"),
    ("admin", "/forum/message/{}/quote", "SELECT id FROM forum_message ORDER BY id"),
    ("admin", "/forum/section/{}/new", "SELECT id FROM forum_section ORDER BY id"),
    ("admin", "/forum/sections/{}", "SELECT id FROM forum_section ORDER BY id DESC"),
    ("admin", "/admin/personal-data/{}", "SELECT id FROM core_person ORDER BY id"),
    ("parent", "/portfolio/items/{}", """
        SELECT i.id FROM portfolio_item i JOIN portfolio_author a ON a.item_id = i.id
          JOIN core_user p ON p.person_id = a.person_id JOIN core_user_role ur ON ur.user_id = p.id
          JOIN core_role r ON r.id = ur.role_id AND r.name = 'pupil'
         WHERE i.visibility = 'school' AND i.kind = 'achievement' ORDER BY i.id"""),
    ("teacher", "/portfolio/{}", "SELECT person_id FROM core_user WHERE login = :login"),
    ("teacher", "/portfolio/new/{}", "SELECT 'method'"),
    ("teacher", "/mail/box/{}", "SELECT 'drafts'"),
    ("parent", "/mail/letter/{}", """
        SELECT c.id FROM mail_copy c JOIN core_user u ON u.person_id = c.owner_id
         WHERE u.login = :login AND c.part <> 'author' ORDER BY c.id"""),
    ("parent", "/mail/letter/{}/report", """
        SELECT c.id FROM mail_copy c JOIN core_user u ON u.person_id = c.owner_id
         WHERE u.login = :login AND c.part <> 'author' ORDER BY c.id"""),
    ("parent", "/mail/people?group={}", "SELECT 'teachers'"),
    ("parent", "/mail/write?answer={}", """
        SELECT c.id FROM mail_copy c JOIN core_user u ON u.person_id = c.owner_id
         WHERE u.login = :login AND c.part <> 'author' ORDER BY c.id"""),
    ("admin", "/mail/moderation/{}", "SELECT id FROM mail_report"),
    ("admin", "/mail/write?kind={}", "SELECT 'broadcast'"),
    ("admin", "/mail/search?q={}", "SELECT 'совещание'"),
    ("admin", "/reports/{}", "SELECT 'portfolio.achievements'"),
    ("parent", "/announcements/{}", """
        SELECT a.id FROM announcements_announcement a
          JOIN announcements_target t ON t.announcement_id = a.id AND t.key = 'everyone'
         WHERE a.pinned"""),
    ("parent", "/announcements/?unread=1&q={}", "SELECT 'уроки'"),
    ("admin", "/announcements/{}/readers", """
        SELECT id FROM announcements_announcement WHERE must_acknowledge ORDER BY id DESC"""),
    ("admin", "/announcements/{}/history", "SELECT announcement_id FROM announcements_change"),
    ("admin", "/announcements/{}/edit", """
        SELECT announcement_id FROM announcements_change"""),
    ("admin", "/announcements/{}/preview", """
        SELECT id FROM announcements_announcement WHERE state = 'draft'"""),
    ("admin", "/announcements/{}/delete", "SELECT id FROM announcements_announcement WHERE pinned"),
    ("admin", "/timetable/class/{}", "SELECT id FROM core_school_class WHERE grade = 5"),
    ("admin", "/school/classes/{}", "SELECT id FROM core_school_class WHERE grade = 5"),
    ("admin", "/people/{}", "SELECT id FROM core_user WHERE login = :login"),
    ("admin", "/admin/seen/{}", "SELECT person_id FROM core_user WHERE login = :login"),
    ("admin", "/people/{}/edit", "SELECT id FROM core_user WHERE login = :login"),
    ("admin", "/admin/access/roles/{}/core.classes.view",
     "SELECT name FROM core_role WHERE name = 'teacher'"),
    ("admin", "/admin/access/people/{}", "SELECT id FROM core_user WHERE login <> :login"),
    ("admin", "/admin/access/people/{}/give?permission=core.classes.view",
     "SELECT id FROM core_user WHERE login <> :login"),
    ("admin", "/sms/broadcasts/{}", "SELECT id FROM sms_broadcast WHERE state = 'done'"),
    ("admin", "/sms/broadcasts/{}", "SELECT id FROM sms_broadcast WHERE state = 'draft'"),
    ("admin", "/sms/broadcasts/{}/print", "SELECT id FROM sms_broadcast WHERE state = 'done'"),
    ("admin", "/sms/broadcasts/{}/edit", "SELECT id FROM sms_broadcast WHERE state = 'draft'"),
    ("admin", "/sms/templates/{}", "SELECT id FROM sms_template ORDER BY id"),
    ("admin", "/admin/access?role={}", "SELECT name FROM core_role WHERE name = 'teacher'"),
]  # fmt: skip


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


@cache
def _script() -> str:
    return (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")


def _faults(page: Page, looks: list[tuple[int, Any, dict[str, Any]]]) -> Iterator[str]:
    """What is wrong with the open page in each of these looks, a line each."""
    page.evaluate(_script())
    for width, scheme, rules in looks:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = page.evaluate("rules => axe.run(rules)", rules)
        for one in found["violations"]:
            nodes = [node["html"][:160] for node in one["nodes"][:2]]
            yield f"{width} {scheme}: {one['id']} ×{len(one['nodes'])} {nodes}"
    page.set_viewport_size({"width": 360, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > 360:
        yield f"360: the page is {wide} px wide"
    page.set_viewport_size({"width": 1280, "height": 800})


def _addresses(school: Running, role: str) -> tuple[list[str], list[str]]:
    """Chosen pages with objects of the school and the start page; pages without arguments."""
    routes = json.loads(asurso(school.database.parent, "routes", "--json"))
    plain = sorted(
        one["rule"] for one in routes
        if "GET" in one["methods"] and not re.search(r"^/$|<|\.(csv|json)$|^/sign-", one["rule"])
    )  # fmt: skip
    login = school.login_of(role)
    chosen = []
    for who, address, sql in CHOSEN:
        if who == role:
            given = sql.replace(":login", f"'{login}'").replace(":today", f"'{TODAY}'")
            chosen.append(address.format(*school.rows(given)[0]))
    return ["/", *chosen], plain


def _is_closed(page: Page, url: str) -> bool:
    """Whether the door is closed to whoever is signed in; asked without drawing the page."""
    return page.request.get(url, max_redirects=0).status in {403, 404}


# The administrator has so many pages that two processes share them: every second one each.
@pytest.mark.parametrize(
    ("role", "first", "step"),
    [("admin", 0, 2), ("admin", 1, 2), ("teacher", 0, 1), ("parent", 0, 1)],
)
def test_every_page_passes_axe(
    school: Running, browser: Browser, role: str, first: int, step: int
) -> None:
    context = context_of(browser)
    page = sign_in(school, context, school.login_of(role))
    faults, opened = [], 0
    daily, plain = _addresses(school, role)
    for address in (daily + plain)[first::step]:
        if address in plain and _is_closed(page, school.address + address):
            continue
        answer = page.goto(school.address + address)
        assert answer is not None
        assert answer.status == 200, address
        opened += 1
        looks = ALL_LOOKS if address in daily else FAMILY if role == "parent" else STAFF
        faults += [f"{address} {told}" for told in _faults(page, looks)]
    context.close()
    assert not faults, "\n".join(faults)
    assert opened > 8, "too few pages were open to this role"


def test_the_sign_in_page_passes_axe(school: Running, browser: Browser) -> None:
    context = context_of(browser)
    page = context.new_page()
    page.goto(school.address + "/sign-in")
    assert list(_faults(page, ALL_LOOKS)) == []
    context.close()
