"""What others may add to the diary; the marked function is the example of the hooks' page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import hookimpl, plugins


def test_hook_diary_sections(school, login_as, join):
    # Optional, and imported inside: the plugin starts without the diary too.
    @hookimpl(optionalhook=True)
    def diary_sections(actor: Any, pupil: Any, week: dt.date) -> Any:
        from asurso_diary.hookspecs import Section

        data = {"name": pupil.given_name, "until": week + dt.timedelta(days=6)}
        return Section(title="Книги", template="guest/books.html", data=data)

    join(
        diary_sections,
        templates={"guest/books.html": "{{ data.name }}: вернуть до {{ data.until }}"},
    )
    page = login_as("pupil").get("/diary/", follow_redirects=True).text
    assert "Книги" in page
    assert "Егор: вернуть до 2026-11-29" in page


def test_a_section_whose_template_fails_is_left_out(school, login_as, join, monkeypatch):
    monkeypatch.setattr(plugins.current(), "reraise", False)

    @hookimpl(optionalhook=True)
    def diary_sections(actor: Any, pupil: Any, week: dt.date) -> Any:
        from asurso_diary.hookspecs import Section

        return Section(title="Книги", template="guest/books.html")

    join(diary_sections, templates={"guest/books.html": "{{ 1 // 0 }}"})
    answer = login_as("pupil").get("/diary/", follow_redirects=True)
    assert answer.status_code == 200
    assert "Книги" not in answer.text
