"""Commands for authors of plugins: a new one, its words, its contract."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from asurso_core import __version__, plugins
from asurso_core.cli.modules import plugin

_SCAFFOLD = Path(__file__).parent.parent / "scaffold"
#: Longer names would not fit the names of tables and indexes of PostgreSQL.
_LONGEST = 24


@click.command()
@click.argument("name")
@click.option("--directory", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="Where the folder of the plugin is made; here, if not given.")  # fmt: skip
@click.option("--title", help="Its title in Russian; the name, if not given.")
def new(name: str, directory: Path | None, title: str | None) -> None:
    """Write a new plugin: a table, a page, a report, tests; it passes its contract at birth."""
    from asurso_core import catalog

    _demand_name(name)
    folder = (directory or Path()) / f"asurso-{name.replace('_', '-')}"
    if folder.exists():
        raise click.ClickException(f"{folder} is there already: nothing was written")
    english = name.replace("_", " ").capitalize()
    gaps = {
        "@name@": name,
        "@dist@": name.replace("_", "-"),
        "@Title@": english,
        "@title_ru@": title or english,
        "@core@": ".".join(__version__.split(".")[:2]),
    }
    for source in sorted(_SCAFFOLD.rglob("*")):
        place = str(source.relative_to(_SCAFFOLD)).replace("NAME", name)
        # Packaging leaves files behind whose names begin with a dot.
        target = folder / place.replace("dot_gitignore", ".gitignore")
        if source.is_file() and source.name != "words.json" and "__pycache__" not in source.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_filled(source.read_text("utf-8"), gaps), "utf-8")
    words = json.loads((_SCAFFOLD / "words.json").read_text("utf-8"))
    with contextlib.redirect_stdout(io.StringIO()):
        catalog.fill(
            catalog.Owner(name, folder / f"asurso_{name}"),
            {_filled(text, gaps): _filled(russian, gaps) for text, russian in words.items()},
        )
    click.echo(f"{folder} is written. Now:")
    click.echo(f"  pip install --no-deps --no-build-isolation -e {folder}")
    click.echo(f"  pytest {folder}")
    click.echo(f"  asurso plugin check {name}")


def _filled(text: str, gaps: dict[str, str]) -> str:
    for gap, value in gaps.items():
        text = text.replace(gap, value)
    return text


def _demand_name(name: str) -> None:
    if not plugins.can_be_called(name) or len(name) > _LONGEST:
        raise click.ClickException(
            f"{name!r} cannot be the name of a plugin: small Latin letters, figures and _ between "
            f"them, at most {_LONGEST}, such as library or sick_leave"
        )
    if name in {point.name for point in entry_points(group="asurso")} or find_spec(
        f"asurso_{name}"
    ):
        raise click.ClickException(f"a plugin {name} is installed here already")


def _place(name: str) -> Path:
    try:
        return Path(plugins.folder_of(f"asurso_{name}"))
    except ModuleNotFoundError:
        raise click.ClickException(
            f"no plugin {name} is installed here: pip install -e <its folder>"
        ) from None


@plugin.command("words")
@click.argument("name")
def words(name: str) -> None:
    """Bring a plugin's Russian catalogue up to date with its source; list what is missing."""
    from asurso_core import catalog

    owner = catalog.Owner(name, _place(name))
    catalog.extract([owner])
    for message in catalog.texts(catalog.stored(owner)):
        if catalog.is_missing(message) or message.fuzzy:
            click.echo(f"not translated: {catalog.singular(message)}")
    click.echo(f"The catalogue is {owner.po}")


@plugin.command("check")
@click.argument("name")
@click.option("--engine", type=click.Choice(["sqlite", "postgres"]),
              help="Only on this engine; on all that are here, if not given.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Leave out asking every address as everybody.")
def check(name: str, engine: str | None, quick: bool) -> None:
    """Ask a plugin what every plugin promises; exit code 1 when something is missing."""
    if find_spec("pytest") is None:
        raise click.ClickException("the check needs pytest: pip install pytest import-linter")
    import pytest

    _place(name)
    if engine:
        os.environ["ASURSO_TEST_DB"] = engine
    with tempfile.TemporaryDirectory() as scratch:
        options = [
            "-p", "no:terminal", "-p", "no:cacheprovider", "--rootdir", scratch,
            "-c", os.devnull, "-o", f"asurso_plugin={name}",
            "--basetemp", str(Path(scratch, "runs")), "--pyargs", "asurso_core.testing.contract",
        ]  # fmt: skip
        if quick:
            options += ["-k", "not as_reviewed and not kept_out"]
        report = _Report()
        code = int(pytest.main(options, plugins=[report]))
    click.echo(f"{name}: {report.passed} kept, {report.failed} broken, {report.skipped} left out")
    sys.exit(1 if code or report.failed or not report.passed else 0)


class _Report:
    """Prints a line a promise, and under a broken one what to write."""

    passed = failed = skipped = 0

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Tell how one promise stands."""
        if report.when != "call" and report.passed:
            return
        if report.when == "teardown" and not report.failed:
            return
        title = report.nodeid.rsplit("::", 1)[-1].removeprefix("test_").replace("_", " ")
        if report.passed:
            self.passed += 1
            click.echo(f"kept      {title}")
        elif report.skipped:
            self.skipped += 1
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            click.echo(f"left out  {title}: {str(why).removeprefix('Skipped: ')}")
        else:
            self.failed += 1
            click.echo(f"BROKEN    {title}")
            for line in self._told(report).splitlines():
                click.echo(f"          {line}")

    @staticmethod
    def _told(report: Any) -> str:
        """What to write; of an error that nobody expected, what it says and where it stood."""
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is None:
            return str(report.longreprtext)
        entries = report.longrepr.reprtraceback.reprentries
        places = [
            f"{entry.reprfileloc.path}:{entry.reprfileloc.lineno}"
            for entry in entries
            if getattr(entry, "reprfileloc", None) is not None
        ]
        return "\n".join([str(crash.message), *(f"  at {place}" for place in places)])

    def pytest_collectreport(self, report: Any) -> None:
        """Tell why the promises could not even be read."""
        if report.failed:
            self.failed += 1
            click.echo(report.longreprtext)
