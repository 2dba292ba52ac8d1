"""The tutorial works: its commands are run and its texts are written in the order of the page.

It begins with ``asurso new``, so this is the test of the scaffold as well: written, installed into
an empty environment without the network, green, and keeping the contract.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import Environment

PAGE = Path(__file__).parent.parent / "docs" / "developers" / "tutorial.md"
#: A note to us before a block of text, and the block.
STEP = re.compile(
    r"<!-- now in: (?P<folder>\S+) -->"
    r"|(?:<!-- (?P<note>[^>]*) -->\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```",
    re.DOTALL,
)


def steps() -> Iterator[re.Match[str]]:
    yield from STEP.finditer(PAGE.read_text("utf-8"))


def apply(note: str, text: str, folder: Path) -> None:
    """Do to a file what the page tells its reader to do."""
    what, _colon, rest = note.partition(": ")
    name, *words = rest.split(maxsplit=1)
    file = folder / name
    before = file.read_text("utf-8") if file.exists() else ""
    if what == "write":
        assert not before or what == "write"
        file.write_text(text, "utf-8")
    elif what == "add to":
        file.write_text(before + text, "utf-8")
    elif what == "replace line in":
        start = words[0].removeprefix("starting: ")
        found = [
            line for line in before.splitlines(keepends=True) if line.strip().startswith(start)
        ]
        assert found, (name, start)
        file.write_text(before.replace(found[0], text, 1), "utf-8")
    elif what == "replace in":
        start, until = words[0].removeprefix("from: ").split(" until: ")
        begin, end = before.index(start), before.index(until)
        file.write_text(before[:begin] + text + before[end:], "utf-8")
    elif what == "translate":
        for entry in text.strip().split("\n\n"):
            wanted = [line for line in entry.splitlines() if line.startswith("msgid")]
            pattern = re.escape("\n".join(wanted)) + r"\n(msgstr.*\n?)+"
            before, number = re.subn(pattern, lambda _old, new=entry: new + "\n", before)
            assert number == 1, wanted
        file.write_text(before, "utf-8")
    else:
        raise AssertionError(f"an unknown note: {note}")


def run(place: Environment, line: str, folder: Path) -> str:
    """Run a line as somebody types it; everything must succeed."""
    program, *words = shlex.split(line)
    if program == "asurso":
        ran = place.asurso(*words, cwd=folder)
    elif program == "pip":
        ran = place.install(folder / words[-1])
    else:
        ran = place.run("-m", program, *words, cwd=folder)
    assert ran.returncode == 0, f"{line}\n{ran.stdout[-3000:]}\n{ran.stderr[-2000:]}"
    return ran.stdout


def test_whoever_follows_the_tutorial_ends_with_a_working_plugin(tmp_path: Path) -> None:
    place, folder = Environment(tmp_path / "python", set()), tmp_path
    told = ""
    for step in steps():
        if step["folder"]:
            folder = folder / step["folder"]
        elif step["kind"] == "sh":
            assert step["note"] is None
            for line in step["text"].splitlines():
                told = run(place, line, folder)
        else:
            apply(step["note"] or "", step["text"], folder)
    assert "0 broken" in told
    assert len(told.splitlines()) > 15
    style = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "."],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert style.returncode == 0, style.stdout
    table = (folder / "tests/access_table.csv").read_text("utf-8")
    assert re.search(r"^finds.give;POST;own;finds.give;403;403;303;403;", table, re.MULTILINE)


def test_every_block_of_the_tutorial_is_used() -> None:
    assert [
        step[0] for step in steps() if step["kind"] not in {None, "sh"} and not step["note"]
    ] == []


@pytest.mark.parametrize("name", ["Лавка", "two-words", "core", "journal", "a" * 25, "1st", "../x"])
def test_a_bad_or_taken_name_is_refused(name: str, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from asurso_core.cli import main

    ran = CliRunner().invoke(main, ["new", name, "--directory", str(tmp_path)])
    assert ran.exit_code == 1, ran.output
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from asurso_core.cli import main

    (tmp_path / "asurso-club").mkdir()
    ran = CliRunner().invoke(main, ["new", "club", "--directory", str(tmp_path)])
    assert ran.exit_code == 1
    assert "nothing was written" in ran.output
    assert list((tmp_path / "asurso-club").iterdir()) == []
