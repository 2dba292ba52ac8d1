"""A page as plain data for its template of typst."""

from __future__ import annotations

from typing import Any

from asurso_core import clock, files
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.school import School
from asurso_portfolio import queries
from asurso_portfolio.vocabulary import LEVELS, PLACES

#: So many scans go onto one paper; the others stand in it by name.
MOST_SCANS = 30


def page(found: queries.PageView) -> dict[str, Any]:
    """What the template ``page.typ`` prints: only what the reader saw on the screen."""
    school = School.select().first()
    shown = {_name(file) for file in _pictures(found)}
    return {
        "title": f"{_('Portfolio')}: {found.person.name}",
        "name": found.person.name,
        "school": school.name if school is not None else "",
        "role": _("Class %(title)s", title=found.school_class) if found.school_class else "",
        "about": found.about,
        "footer": f"{_('Portfolio')}, {date_text(clock.today())}",
        "files-word": _("Files"),
        "empty": _("Nothing is published here yet."),
        "sections": [
            {"title": str(kind.title), "items": [_item(one, shown) for one in items]}
            for kind, items in found.sections
        ],
    }


def _item(one: queries.Shown, shown: set[str]) -> dict[str, Any]:
    row = one.row
    told = {
        "date": date_text(row.date) if row.date else "",
        "level": str(LEVELS.get(row.level or "", "")),
        "place": str(PLACES.get(row.place or "", "")),
        "venue": row.venue or "",
        "subject": row.subject or "",
    }
    facts = [told[name] for name in one.kind.fields if told[name]]
    if len(one.authors) > 1:
        accepted = [author.person.short_name for author in one.authors if author.accepted]
        facts.append(", ".join(accepted))
    pictures = [file for file in one.pictures if _name(file) in shown]
    return {
        "title": row.title,
        "text": row.text,
        "facts": facts,
        "confirmed": _("confirmed by the class teacher") if row.confirmed_at else "",
        "files": [file.name for file in one.files if file not in pictures],
        "pictures": [{"file": _name(file), "name": file.name} for file in pictures],
    }


def scans(found: queries.PageView) -> dict[str, bytes]:
    """The pictures that go onto the paper, by their names in it."""
    return {_name(file): files.path_of(file).read_bytes() for file in _pictures(found)}


def _pictures(found: queries.PageView) -> list[files.StoredFile]:
    every = [file for _kind, items in found.sections for one in items for file in one.pictures]
    return every[:MOST_SCANS]


def _name(file: files.StoredFile) -> str:
    return f"scan-{file.id}{'.png' if file.type == 'image/png' else '.jpg'}"
