"""The contract finds what is wrong with a plugin, and says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from asurso_core.cli import main
from tests.environment import Environment

#: File of the scaffold → what stands there → what a careless author has written.
FAULTS = {
    "asurso_club/plugin.py": [
        ("@hookimpl\ndef asurso_navigation", "def asurso_navigation"),
    ],
    "asurso_club/permissions.py": [
        ("\nRESOURCES", '\nPERMISSIONS += [Permission(name="club.lead", label="x")]\n\nRESOURCES'),
    ],
    "asurso_club/models.py": [
        ("    written_at", '    mood = pw.CharField(20, default="")\n    written_at'),
        ("from asurso_core.accounts import", "from asurso_core.accounts.models import"),
    ],
    "asurso_club/personal.py": [
        ("    Note.delete().where(Note.author == person_id).execute()", "    del person_id"),
        ("    mine = ", "    from asurso_journal.models import Mark  # noqa: F401\n\n    mine = "),
        ("from asurso_journal", "if not person_id:\n        from asurso_journal"),
    ],
    "asurso_club/services.py": [
        ("access.find(actor, WRITE, Note, note_id)", "Note.get_by_id(note_id)"),
    ],
    "asurso_club/queries.py": [
        (
            "from asurso_core import access\n",
            "from asurso_core import access\nfrom flask import g\n",
        ),
    ],
    "asurso_club/views.py": [
        ('/remove")\n@access.requires("club.write")', '/remove")\n@access.signed_in'),
    ],
    "asurso_club/reports.py": [
        ("rows=queries.counts(actor)", "rows=[[1 // len(queries.counts(actor))]]"),
    ],
    "asurso_club/templates/club/index.html": [
        ("block title", "block lede"),
        ('<ul class="plain-list">', '<ul onclick="alert(1)">{{ _("A new text") }}'),
    ],
}
#: What the check must say.
TOLD = [
    "asurso_navigation() in plugin.py is never called: put @hookimpl above it.",
    "Nothing asks for club.lead: use it in a door, a query or a service",
    "Nobody has club.lead in a new school: give it default={",
    "club_note: the models want ('mood',",
    "Run: asurso db make club",
    "asurso_club.models -> asurso_core.accounts.models",
    "asurso_club.queries -> flask",
    "erase() leaves club_note.author",
    "POST club.remove answers 303 to pupil about somebody of another family",
    "Who may enter what has changed.",
    "/reports/club.by_author fails in an empty school: ZeroDivisionError",
    "club/index.html has no title: add {% block title %}",
    "onclick= is refused by browsers here: move it into a file of static/club/",
    "'A new text' is not translated",
    "Write README.md: what the school gets",
]


@pytest.fixture
def club(tmp_path: Path) -> tuple[Environment, Path]:
    """A new plugin in an environment of its own."""
    ran = CliRunner().invoke(main, ["new", "club", "--directory", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    place = Environment(tmp_path / "python", set())
    place.link(tmp_path / "asurso-club", "club")
    return place, tmp_path / "asurso-club"


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text, (file.name, old)
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_every_fault_of_a_careless_author_is_found_and_the_cure_told(
    club: tuple[Environment, Path],
) -> None:
    place, folder = club
    for name, changes in FAULTS.items():
        for old, new in changes:
            spoil(folder / name, old, new)
    (folder / "README.md").unlink()
    ran = place.asurso("plugin", "check", "club")
    assert ran.returncode == 1, ran.stdout
    assert "Traceback" not in ran.stdout
    assert [one for one in TOLD if one not in ran.stdout] == [], ran.stdout + ran.stderr


def test_a_page_without_a_door_is_told_first_and_the_rest_is_left_out(
    club: tuple[Environment, Path],
) -> None:
    place, folder = club
    spoil(folder / "asurso_club/views.py", '@pages.get("/")\n@access.requires("club.read")',
          '@pages.get("/")')  # fmt: skip
    ran = place.asurso("plugin", "check", "club", "--quick")
    assert ran.returncode == 1
    wanted = "Endpoint club.index asks nobody: put @access.requires('club.…') above the view."
    assert wanted in ran.stdout, ran.stdout + ran.stderr


def test_a_plugin_that_is_not_there_is_told_plainly() -> None:
    ran = CliRunner().invoke(main, ["plugin", "check", "nowhere"])
    assert ran.exit_code == 1
    assert "no plugin nowhere is installed here" in ran.output
