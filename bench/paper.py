"""Papers: how long the journal of a class and the letters of a class take.

``python bench/paper.py`` makes the 1,000-pupil school with the marks of a whole year on SQLite and
on PostgreSQL, prints every class once and tells the median and the slowest. The aims are those of
the issue: the journal of a year in ten seconds a class, the letters of a class in three.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from asurso_core import config, create_app
from asurso_core.actors import system
from asurso_core.db import connection, rows
from asurso_journal.services import papers

#: A day on which the year is all but over.
NOW = "2027-05-25T12:00"


def measure(engine: str, database: str, folder: Path) -> list[str]:
    """Print every class; lines of a table."""
    os.environ["ASURSO_NOW"] = NOW
    instance = folder / engine
    instance.mkdir(parents=True)
    env = {**os.environ, "ASURSO_INSTANCE": str(instance), "ASURSO_DATABASE": database}
    command = [sys.executable, "-c", "from asurso_core.cli import main; main()"]
    subprocess.run(  # noqa: S603 - our own command
        [*command, "demo", "--size", "school"], env=env, check=True, stdout=subprocess.DEVNULL
    )
    app = create_app(config.load(instance, database=database))
    actor = system("bench")
    with app.app_context(), connection():
        classes = [id_ for (id_,) in rows("SELECT id FROM core_school_class ORDER BY grade")]
        (marks,) = rows("SELECT COUNT(*) FROM journal_mark")[0]
        last = dict(
            rows(
                "SELECT c.id, MAX(p.id) FROM core_school_class c "
                "JOIN core_period p ON p.period_type_id = c.period_type_id GROUP BY c.id"
            )
        )
        lines = [f"{engine}, {len(classes)} classes, {marks} marks"]
        lines += [
            told("journal of the year, PDF/A and JSON", 10.0, classes,
                 lambda one: papers.archive(actor, one, 0)),
            told("letters of a period, form 1", 3.0, classes,
                 lambda one: papers.print_paper(actor, one, papers.LETTERS_1, last[one])),
            told("letters of the year, form 1", 3.0, classes,
                 lambda one: papers.print_paper(actor, one, papers.LETTERS_1, 0)),
            told("report cards", 3.0, classes,
                 lambda one: papers.print_paper(actor, one, papers.CARDS, 0)),
            told("summary sheet of the year", 3.0, classes,
                 lambda one: papers.print_paper(actor, one, papers.SUMMARY, 0)),
        ]  # fmt: skip
    return lines


def told(
    name: str, aim: float, classes: list[int], work: Callable[[int], papers.Made]
) -> str:  # fmt: skip
    """One paper of every class: median and slowest in seconds, size of the largest."""
    seconds, sizes = [], []
    for one in classes:
        begun = time.perf_counter()
        sizes.append(len(work(one).body))
        seconds.append(time.perf_counter() - begun)
    state = "met" if max(seconds) <= aim else "MISSED"
    return (
        f"| {name} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s | {aim:.0f} s, "
        f"{state} | {max(sizes) // 1024} KB |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["both", "sqlite", "postgres"], default="both")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.engine in {"both", "sqlite"}:
            file = folder / "SQLite" / "asurso.sqlite3"
            lines = measure("SQLite", f"sqlite:///{file}", folder)
            sys.stdout.write("\n".join(lines) + "\n")
        if options.engine in {"both", "postgres"}:
            from asurso_core.testing import postgres

            with postgres.cluster(fsync=True) as cluster:
                url = str(cluster.create_database("asurso_bench"))
                lines = measure("PostgreSQL", url, folder)
                sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
