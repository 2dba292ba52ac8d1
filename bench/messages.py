"""What leaves the house: how soon, how many a second, what a hanging gateway costs.

``python bench/messages.py`` (needs Debian's ``kannel``) makes the 1,000-pupil school on SQLite and
on PostgreSQL, serves it with two workers, and measures against a real Kannel, a message centre by
SMPP and a provider by HTTP that hangs or reports everything twice. Comparisons are made in turns
within one run; absolute numbers belong to the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from run import Browser, free_port, running

from asurso_core import clock, config, create_app, settings
from asurso_core.accounts.queries import actor_for
from asurso_core.actors import system
from asurso_core.db import connection, rows, run, transaction
from asurso_core.demo import PASSWORD
from asurso_mail.models import Copy as MailCopy
from asurso_mail.models import Message as Letter
from asurso_mail.services.drafts import Letter as Draft
from asurso_mail.services.sending import send as send_letter
from asurso_sms import testing_gateways as real
from asurso_sms.models import Message
from asurso_sms.services import messages


@dataclass(frozen=True)
class Called:
    """The served school, as a gateway calls it."""

    address: str


class School:
    """A demonstration school in a folder of its own, with a database."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        folder.mkdir(parents=True)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, "ASURSO_INSTANCE": str(folder), "ASURSO_DATABASE": database}
        self.command = [sys.executable, "-c", "from asurso_core.cli import main; main()"]
        subprocess.run(  # noqa: S603 - our own command
            [*self.command, "demo", "--size", "school"], env=self.env, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    @contextlib.contextmanager
    def served(self, section: dict[str, Any]) -> Iterator[None]:
        """The school behind two workers, with ``[plugin.sms]`` saying this."""
        (self.folder / "asurso.toml").write_text(_toml("plugin.sms", section), "utf-8")
        words = [*self.command, "serve", "--port", str(self.port), "--workers", "2"]
        with running(words, self.port, self.env):
            yield

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """The database in this process."""
        app = create_app(config.load(self.folder, database=self.database))
        with app.app_context(), connection():
            yield


def _toml(name: str, table: dict[str, Any]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {_value(one)}" for key, one in table.items())])


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else '"' + str(value) + '"'


# --- who is told ---------------------------------------------------------------------------------


def prepare(count: int) -> tuple[str, list[tuple[int, int]]]:
    """A teacher with empty cells of pupils whose parents want every mark at once by SMS."""
    found = rows(
        "SELECT u.login, l.id, m.pupil_id FROM timetable_lesson l "
        "JOIN core_user u ON u.person_id = l.teacher_id "
        "JOIN core_teaching_group g ON g.id = l.group_id AND g.part = 0 "
        "JOIN core_group_class gc ON gc.group_id = g.id "
        "JOIN core_class_member m ON m.school_class_id = gc.school_class_id AND m.until IS NULL "
        "WHERE l.date <= ? AND l.date > ? AND NOT EXISTS (SELECT 1 FROM journal_mark k "
        "JOIN journal_assignment a ON a.id = k.assignment_id "
        "WHERE a.lesson_id = l.id AND k.pupil_id = m.pupil_id) "
        "AND NOT EXISTS (SELECT 1 FROM journal_attendance t "
        "WHERE t.lesson_id = l.id AND t.pupil_id = m.pupil_id) "
        "AND EXISTS (SELECT 1 FROM core_guardian k JOIN sms_phone f ON f.person_id = k.guardian_id "
        "WHERE k.pupil_id = m.pupil_id AND k.may_receive AND f.stopped_at IS NULL) "
        "ORDER BY u.login, l.id, m.pupil_id",
        [clock.today(), clock.today() - dt.timedelta(days=5)],
    )
    cells: dict[str, list[tuple[int, int]]] = {}
    for login, lesson, pupil in found:
        cells.setdefault(login, []).append((lesson, pupil))
    login = max(cells, key=lambda one: len(cells[one]))
    with transaction():
        run("DELETE FROM core_notice_choice")
        run(
            "INSERT INTO core_notice_choice (user_id, kind, about, channel, rhythm) "
            "SELECT u.id, 'journal.mark', 0, 'sms.text', 'now' FROM core_user u "
            "JOIN sms_phone f ON f.person_id = u.person_id WHERE f.stopped_at IS NULL"
        )
        settings.put(system("bench"), "core.notices", {"quiet": ["00:00", "00:00"]})
        settings.put(system("bench"), "sms", {"quiet_from": 0, "quiet_until": 0, "part_price": 0})
    return login, cells[login][:count]


def put_mark(browser: Browser, cell: tuple[int, int], version: int = 0, value: str = "4") -> float:
    """Save a mark; the seconds until it was acknowledged."""
    edit = {"op": uuid.uuid4().hex, "lesson": cell[0], "pupil": cell[1], "value": value,
            "version": version}  # fmt: skip
    began = time.perf_counter()
    answer = browser.post("/journal/edits", {"edits": [edit]})
    spent = time.perf_counter() - began
    if answer["results"][0]["state"] != "saved":
        raise SystemExit(f"not saved: {answer['results'][0]}")
    return spent


def wait(what: str, condition: Any, seconds: float = 300) -> None:
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise SystemExit(f"{what} did not come")
        time.sleep(0.05)


def newest() -> int:
    """The number of the newest message."""
    return int(rows("SELECT COALESCE(MAX(id), 0) FROM sms_message")[0][0])


def over(after: int) -> int:
    """How many messages after one have reached the gateway or an end."""
    sql = "SELECT COUNT(*) FROM sms_message WHERE id > ? AND state NOT IN ('queued', 'leaving')"
    return int(rows(sql, [after])[0][0])


# --- the figures ---------------------------------------------------------------------------------


def to_the_gateway(browser: Browser, cells: list[tuple[int, int]]) -> str:
    """From the click to the acceptance by the gateway, one mark at a time."""
    spent = []
    for cell in cells:
        after, began = newest(), clock.stamp()
        put_mark(browser, cell)
        wait("a message", lambda after=after: over(after))
        (sent,) = (
            row.sent_at
            for row in Message.select().where(Message.id > after).order_by(Message.id).limit(1)
        )
        spent.append((sent - began).total_seconds())
        time.sleep(0.2)
    spent.sort()
    return f"{statistics.median(spent):.2f} s (fastest {spent[0]:.2f}, slowest {spent[-1]:.2f})"


def throughput(number: int) -> tuple[float, int]:
    """Messages a second from the first asked for to the last accepted; and where it began."""
    people = [id_ for (id_,) in rows("SELECT person_id FROM sms_phone WHERE stopped_at IS NULL")]
    after, began = newest(), time.perf_counter()
    for start in range(0, number, 50):
        with transaction():
            for at in range(start, min(start + 50, number)):
                messages.queue(
                    system("bench"), people[at % len(people)], f"Собрание в 18:00, {at}",
                    purpose="notice", urgent=True,
                )  # fmt: skip
    wait("the last message", lambda: over(after) >= number, 900)
    return number / (time.perf_counter() - began), after


def with_a_hanging_gateway(
    browser: Browser, provider: real.Provider, cells: list[tuple[int, int]]
) -> str:
    """95th percentile of saving a mark, in turns with a gateway that works and one that hangs.

    Before a turn is measured its gateway has been called, and what the turn before left is over:
    otherwise the saves of one turn would be disturbed by the messages of the other.
    """
    found: dict[str, list[float]] = {"fine": [], "hanging": []}
    versions = dict.fromkeys(cells, 0)

    def put(cell: tuple[int, int], value: str) -> float:
        spent = put_mark(browser, cell, versions[cell], value)
        versions[cell] += 1
        return spent

    for turn in range(6):
        provider.mode = "fine"
        wait("the messages of the turn before", lambda: not under_way())
        provider.mode = ("fine", "hanging")[turn % 2]
        for cell in cells[:10]:
            put(cell, "3")
        time.sleep(3)  # its messages are at the gateway now
        for cell in cells:
            found[provider.mode].append(put(cell, "45"[turn % 2]))
            time.sleep(0.02)
    provider.mode = "fine"
    p95 = {name: statistics.quantiles(one, n=20)[-1] * 1000 for name, one in found.items()}
    p50 = {name: statistics.median(one) * 1000 for name, one in found.items()}
    return (
        f"p95 {p95['hanging']:.1f} against {p95['fine']:.1f} ms, ratio "
        f"{p95['hanging'] / p95['fine']:.2f}; p50 {p50['hanging']:.1f} against {p50['fine']:.1f} "
        f"({len(found['fine'])} saves each)"
    )


def under_way() -> int:
    """How many messages wait or are being handed over."""
    return int(rows("SELECT COUNT(*) FROM sms_message WHERE state IN ('queued', 'leaving')")[0][0])


def reported_twice(school: School, provider: real.Provider, number: int) -> str:
    """Messages of a gateway that tells everything twice, some of it before its own answer."""

    def told(mark: str) -> None:
        for _turn in range(2):
            threading.Timer(0.01, call, [f"P-{provider.numbers[mark]}"]).start()

    def call(id_: str) -> None:
        path = real.call_of("report/provider", id=id_, state="DELIVERED")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(school.base + path, data=b"", timeout=30).close()  # noqa: S310

    provider.taken.clear()
    provider.before_answer = told
    rate, after = throughput(number)
    wait("the reports", lambda: _delivered(after) >= number, 120)
    provider.before_answer = lambda _mark: None
    marks = [one["mark"] for one in provider.taken]
    return (
        f"{len(marks)} taken, {len(marks) - len(set(marks))} duplicates, "
        f"{_delivered(after)} delivered, {rate:.0f} a second"
    )


def _delivered(after: int) -> int:
    sql = "SELECT COUNT(*) FROM sms_message WHERE id > ? AND state = 'delivered'"
    return int(rows(sql, [after])[0][0])


def mail(school: School) -> list[str]:
    """An inbox of 10,000 letters beside one of a few; a letter to 2,000 parents."""
    deputy, teacher = (
        rows(
            "SELECT u.id, u.login, u.person_id FROM core_user u "
            "JOIN core_user_role ur ON ur.user_id = u.id "
            "JOIN core_role r ON r.id = ur.role_id WHERE r.name = ? ORDER BY u.id LIMIT 1",
            [role],
        )[0]
        for role in ("deputy", "teacher")
    )
    with transaction():
        one = MailCopy.select().where(MailCopy.box == "inbox").dicts().first()
        letter = Letter.get_by_id(one["message"])
        kept = {key: value for key, value in one.items() if key not in {"id", "owner", "message"}}
        # Both pages are full, so that only what lies behind them differs.
        for owner, count in ((teacher[2], 10_000), (deputy[2], 100)):
            for start in range(0, count, 500):
                MailCopy.insert_many(
                    [
                        {**kept, "owner": owner, "message": _another(letter), "side": "staff"}
                        for _at in range(start, min(start + 500, count))
                    ]
                ).execute()
    lines = []
    times = {}
    for name, login in (("10,000", teacher[1]), ("100", deputy[1])):
        browser = Browser(school.base, login, PASSWORD)
        spent = []
        for _turn in range(30):
            began = time.perf_counter()
            browser.get("/mail/")
            spent.append(time.perf_counter() - began)
        times[name] = statistics.median(spent) * 1000
    lines.append(
        f"inbox of 10,000: {times['10,000']:.1f} ms, of 100: {times['100']:.1f} ms, "
        f"ratio {times['10,000'] / times['100']:.2f}"
    )
    actor = actor_for(deputy[0], "staff")
    parents = len(
        rows(
            "SELECT DISTINCT ur.user_id FROM core_user_role ur "
            "JOIN core_role r ON r.id = ur.role_id WHERE r.name = 'parent'"
        )
    )
    draft = Draft(
        kind="broadcast", keys=["role:parent"], subject="Собрание", text="В четверг в 18:00",
        op=uuid.uuid4().hex,
    )  # fmt: skip
    began = time.perf_counter()
    send_letter(actor, draft, confirmed=_reached())
    lines.append(f"a letter to {parents} parents: {time.perf_counter() - began:.2f} s")
    return lines


def _another(letter: Letter) -> int:
    values = {
        name: value for name, value in letter.__data__.items() if name not in {"id", "op", "key"}
    }
    return int(Letter.create(**values).id)


def _reached() -> int:
    from asurso_core import audience

    return len(audience.members(["role:parent"]))


def measure(engine: str, url: str, folder: Path, number: int) -> list[str]:
    """All figures on one engine."""
    school = School(folder / engine, url)
    lines = [f"### {engine}", ""]
    with school.open(), tempfile.TemporaryDirectory() as place:
        login, cells = prepare(160)
        kannel = real.Kannel(Path(place), cast("Any", Called(school.base)))
        section = {**kannel.section, "callback": school.base}
        with contextlib.closing(kannel), school.served(section):
            teacher = Browser(school.base, login, PASSWORD)
            told = to_the_gateway(teacher, cells[:20])
            lines.append(f"- from a mark to Kannel's acceptance: {told}")
            lines.append(f"- through Kannel: {throughput(number)[0]:.0f} messages a second")
        with contextlib.closing(real.Centre()) as centre, school.served(centre.section()):
            lines.append(f"- through SMPP: {throughput(number)[0]:.0f} messages a second")
        provider = real.Provider()
        section = {**provider.section(timeout=5.0), "callback": school.base}
        with contextlib.closing(provider), school.served(section):
            lines.append(f"- reported twice: {reported_twice(school, provider, number)}")
            teacher = Browser(school.base, login, PASSWORD)
            told = with_a_hanging_gateway(teacher, provider, cells[20:120])
            lines.append(f"- saving a mark while the gateway hangs: {told}")
            lines += [f"- {line}" for line in mail(school)]
    return [*lines, ""]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["both", "sqlite", "postgres"], default="both")
    parser.add_argument("--number", type=int, default=1000, help="messages of a load")
    options = parser.parse_args()
    if not real.kannel_is_here():
        raise SystemExit("Kannel is missing: apt-get install kannel")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.engine in {"both", "sqlite"}:
            file = folder / "SQLite" / "asurso.sqlite3"
            lines = measure("SQLite", f"sqlite:///{file}", folder, options.number)
            sys.stdout.write("\n".join(lines) + "\n")
        if options.engine in {"both", "postgres"}:
            from asurso_core.testing import postgres

            with postgres.cluster(fsync=True) as cluster:
                url = str(cluster.create_database("asurso_bench"))
                lines = measure("PostgreSQL", url, folder, options.number)
                sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
