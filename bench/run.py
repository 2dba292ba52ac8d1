"""The benchmark: every page as a ratio to a Flask hello, measured in one run.

``make bench`` (needs ``wrk`` from Debian) builds the 1,000-pupil school on SQLite and on
PostgreSQL, serves it with two workers as ``asurso serve`` does, and measures in rounds: all
targets once a round, medians of the rounds, the ratio of a page is the median of its ratios to
hello inside the same round. Absolute numbers belong to the machine; the ratios carry over.
"""

from __future__ import annotations

import argparse
import contextlib
import http.cookiejar
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRIPT = HERE / "load.lua"

#: Aims of ratios to hello at 8 connections: SQLite, PostgreSQL.
AIMS = {
    "journal": (0.10, 0.08),
    "journal 304": (0.35, 0.35),
    "diary": (0.25, 0.15),
    "lesson card": (0.20, 0.12),
    "mark save": (0.15, 0.12),
    "attendance": (0.15, 0.10),
}


@dataclass
class Target:
    """What is asked of a server: requests that differ, or one request again and again."""

    name: str
    requests: list[tuple[str, str, str]]
    cookie: str = ""
    token: str = ""
    etag: str = ""
    bytes: int = 0
    statements: int | None = None
    found: dict[int, list[dict[str, float]]] = field(default_factory=dict)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, env: dict[str, str]) -> Iterator[float]:
    """A server process; yields the seconds until its port answered."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, start_new_session=True)  # noqa: S603
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            if process.poll() is not None:
                raise SystemExit(f"the server ended: {' '.join(command)}")
            time.sleep(0.02)
        yield time.perf_counter() - began
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        if process.poll() is None:
            process.kill()


class Browser:
    """A signed-in reader over HTTP."""

    def __init__(self, base: str, login: str, password: str) -> None:
        self.base = base
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        page = self.get("/sign-in")[0]
        hidden = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {"login": login, "password": password, "csrf_token": hidden[1] if hidden else ""}
        self.opener.open(self.base + "/sign-in", urllib.parse.urlencode(form).encode()).read()
        start = self.get("/")[0]
        token = re.search(r'<meta name="csrf-token" content="([^"]+)"', start)
        if token is None:
            raise SystemExit(f"could not sign in as {login}")
        self.token = token[1]

    def get(self, path: str) -> tuple[str, Any]:
        """``(text, headers)`` of a page."""
        with self.opener.open(self.base + path) as answer:
            return answer.read().decode(), answer.headers

    def post(self, path: str, body: Any) -> Any:
        """The JSON answer to a JSON POST."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.base + path,
            json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                "X-CSRFToken": self.token,
                "Accept": "application/json",
            },
        )
        with self.opener.open(request) as answer:
            return json.loads(answer.read())

    @property
    def cookie(self) -> str:
        """The Cookie header of this reader."""
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)


def wrk(base: str, target: Target, connections: int, seconds: float) -> dict[str, float]:
    """One load; ``rps``, ``p50``, ``p95``, ``p99`` in ms, ``errors``."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines("\t".join(one) + "\n" for one in target.requests)
        file.flush()
        env = {
            **os.environ,
            "BENCH_REQUESTS": file.name,
            "BENCH_COOKIE": target.cookie,
            "BENCH_TOKEN": target.token,
            "BENCH_ETAG": target.etag,
        }
        out = subprocess.run(  # noqa: S603
            [shutil.which("wrk") or "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s",
             "-s", str(SCRIPT), base],
            env=env, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    line = next(one for one in out.splitlines() if one.startswith("RESULT"))
    count, micros, p50, p95, p99, errors = (float(part) for part in line.split()[1:])
    return {
        "rps": count / (micros / 1e6),
        "p50": p50 / 1000,
        "p95": p95 / 1000,
        "p99": p99 / 1000,
        "errors": errors,
        "count": count,
    }


def read_school(instance: Path, database: str) -> dict[str, Any]:
    """Who and what to ask for in the demonstration school, found in process."""
    code = (HERE / "pick.py").read_text("utf-8")
    env = {**os.environ, "ASURSO_INSTANCE": str(instance), "ASURSO_DATABASE": database}
    out = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    if out.returncode:
        raise SystemExit(out.stderr)
    found: dict[str, Any] = json.loads(out.stdout.splitlines()[-1])
    return found


def targets_of(base: str, facts: dict[str, Any]) -> list[Target]:
    """Everything that is measured on one engine."""
    password = facts["password"]
    teacher = Browser(base, facts["teacher"], password)
    marker = Browser(base, facts["marker"], password)
    roller = Browser(base, facts["roller"], password)
    parent = Browser(base, facts["parent"], password)
    pages = [
        Target("journal", [("GET", facts["journal"], "")], teacher.cookie),
        Target("journal 304", [("GET", facts["journal"], "")], teacher.cookie),
        Target("lesson card", [("GET", facts["card"], "")], teacher.cookie),
        Target("diary", [("GET", facts["diary"], "")], parent.cookie),
        Target("start page", [("GET", "/", "")], teacher.cookie),
    ]
    for target, who in zip(pages, (teacher, teacher, teacher, parent, teacher), strict=True):
        text, headers = who.get(target.requests[0][1])
        target.bytes = len(text.encode())
        target.statements = facts["statements"].get(target.name)
        if target.name.endswith("304"):
            target.etag = headers["ETag"]
    marks = Target("mark save", mark_requests(facts), marker.cookie, marker.token)
    rolls = Target("attendance", attendance_requests(facts), roller.cookie, roller.token)
    for target in (marks, rolls):
        target.statements = facts["statements"].get(target.name)
    return [*pages, marks, rolls]


def mark_requests(facts: dict[str, Any], rounds: int = 8) -> list[tuple[str, str, str]]:
    """Single marks over all cells of a teacher's last week, again with growing versions."""
    found = []
    for turn in range(rounds):
        for cell in facts["cells"]:
            values = ("5", "4") if cell["value"] != "5" else ("4", "5")
            edit = {
                "op": uuid.uuid4().hex,
                "lesson": cell["lesson"],
                "assignment": None,
                "pupil": cell["pupil"],
                "value": values[turn % 2],
                "version": cell["version"] + turn,
            }
            found.append(("POST", facts["edits"], json.dumps({"edits": [edit]})))
    return found


def attendance_requests(facts: dict[str, Any], rounds: int = 80) -> list[tuple[str, str, str]]:
    """The whole class in one request, lesson after lesson, with growing versions."""
    found = []
    for turn in range(rounds):
        for lesson in facts["rolls"]:
            edits = [
                {
                    "op": uuid.uuid4().hex,
                    "lesson": lesson["lesson"],
                    "assignment": None,
                    "pupil": pupil["pupil"],
                    "value": (("ОТ", "УП") if pupil["code"] != "ОТ" else ("УП", "ОТ"))[turn % 2],
                    "version": pupil["version"] + turn,
                }
                for pupil in lesson["pupils"]
            ]
            found.append(("POST", facts["edits"], json.dumps({"edits": edits})))
    return found


def measure(engine: str, database: str, options: argparse.Namespace, folder: Path) -> list[str]:
    """Build, serve and measure one engine; returns the lines of its table."""
    instance = folder / engine
    instance.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "ASURSO_INSTANCE": str(instance), "ASURSO_DATABASE": database}
    asurso = str(Path(sys.executable).with_name("asurso"))
    began = time.perf_counter()
    subprocess.run(  # noqa: S603
        [asurso, "demo", "--size", options.size, "--seed", "1", "--if-missing"],
        env=env, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    filled = time.perf_counter() - began
    if options.history > 1:
        subprocess.run(  # noqa: S603
            [sys.executable, str(HERE / "history.py"), str(options.history)], env=env, check=True
        )
    facts = read_school(instance, database)
    port, hello_port = free_port(), free_port()
    base = f"http://127.0.0.1:{port}"
    hello = Target("hello", [("GET", "/", "")], bytes=5, statements=0)
    serve = [asurso, "serve", "--port", str(port), "--workers", "2"]
    greet = [sys.executable, str(HERE / "hello.py"), f"127.0.0.1:{hello_port}", "2"]
    with running(serve, port, env) as started, running(greet, hello_port, env):
        targets = [hello, *targets_of(base, facts)]
        for target in targets:  # one warm round that is not counted
            if target.requests[0][0] == "GET":
                wrk(base if target is not hello else f"http://127.0.0.1:{hello_port}", target, 1, 1)
        sent = 0
        for _round in range(options.rounds):
            for connections in (1, 8):
                for target in targets:
                    address = f"http://127.0.0.1:{hello_port}" if target is hello else base
                    found = wrk(address, target, connections, options.seconds)
                    target.found.setdefault(connections, []).append(found)
                    if target.requests[0][0] == "POST":
                        sent += int(found["count"])
                        count = int(found["count"])
                        found["saved"] = renumber(target, facts, instance, database, count)
        lost = check_saved(instance, database)
    return table(engine, targets, started, filled, options, sent, lost)


def renumber(
    target: Target, facts: dict[str, Any], instance: Path, database: str, count: int
) -> float:
    """Read the versions again after a load, so that the next load's edits are not stale.

    Returns which part of the edits that ``count`` answered requests held was saved, by the audit;
    a load that came to the end of its list is an error, because its repeats save nothing.
    """
    if count > len(target.requests):
        raise SystemExit(f"{target.name}: {count} answers, but only {len(target.requests)} edits")
    asked = sum(body.count('"op"') for _method, _path, body in target.requests[:count])
    before = facts["audited"]
    facts.update(read_school(instance, database))
    target.requests = (
        mark_requests(facts) if target.name == "mark save" else attendance_requests(facts)
    )
    # What was in flight when the load ended is saved without having been counted.
    return min(1.0, (facts["audited"] - before) / max(asked, 1))


def check_saved(instance: Path, database: str) -> dict[str, int]:
    """What the database holds of the writing: audit rows, and rows that contradict them."""
    code = (HERE / "verify.py").read_text("utf-8")
    env = {**os.environ, "ASURSO_INSTANCE": str(instance), "ASURSO_DATABASE": database}
    out = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout
    found: dict[str, int] = json.loads(out.splitlines()[-1])
    return found


def table(
    engine: str,
    targets: list[Target],
    started: float,
    filled: float,
    options: argparse.Namespace,
    sent: int,
    lost: dict[str, int],
) -> list[str]:
    """The results as Markdown."""
    lines = [
        (
            f"### {engine}, {options.size}, {options.history} year(s), two workers, "
            f"{options.rounds} rounds of {options.seconds:g} s"
        ),
        "",
        (
            f"Filled in {filled:.1f} s; the server answered after {started:.2f} s. "
            f"Writing requests sent: {sent}; {lost}."
        ),
        "",
        (
            "| target | p50/p95 ms, 1 | req/s, 1 | p50/p95/p99 ms, 8 | req/s, 8 | ratio, 1 "
            "| ratio, 8 | aim | bytes | SQL | errors | saved |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    hello = targets[0]
    for target in targets:
        one, eight = target.found[1], target.found[8]

        def middle(found: list[dict[str, float]], key: str) -> float:
            return statistics.median(part[key] for part in found)

        ratios = [
            statistics.median(
                mine["rps"] / its["rps"]
                for mine, its in zip(target.found[n], hello.found[n], strict=True)
            )
            for n in (1, 8)
        ]
        aim = AIMS.get(target.name)
        wanted = "" if aim is None else f"{aim[0] if engine == 'SQLite' else aim[1]:.2f}"
        errors = sum(part["errors"] for part in (*one, *eight))
        saved = [part["saved"] for part in (*one, *eight) if "saved" in part]
        lines.append(
            f"| {target.name} | {middle(one, 'p50'):.2f} / {middle(one, 'p95'):.2f} "
            f"| {middle(one, 'rps'):.0f} "
            f"| {middle(eight, 'p50'):.2f} / {middle(eight, 'p95'):.2f} "
            f"/ {middle(eight, 'p99'):.2f} "
            f"| {middle(eight, 'rps'):.0f} | {ratios[0]:.3f} | {ratios[1]:.3f} | {wanted} "
            f"| {target.bytes or ''} | {'' if target.statements is None else target.statements} "
            f"| {errors:.0f} | {f'{min(saved):.1%}' if saved else ''} |"
        )
    return [*lines, ""]


def main() -> None:
    """Measure both engines and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--size", default="school")
    parser.add_argument("--history", type=int, default=1, help="years of history")
    parser.add_argument("--engine", choices=["both", "sqlite", "postgres"], default="both")
    parser.add_argument("--out", type=Path, help="append the tables to this file")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.engine in {"both", "sqlite"}:
            file = folder / "SQLite" / "asurso.sqlite3"
            lines += measure("SQLite", f"sqlite:///{file}", options, folder)
        if options.engine in {"both", "postgres"}:
            from asurso_core.testing import postgres

            with postgres.cluster(fsync=True) as cluster:
                url = cluster.create_database("asurso_bench")
                lines += measure("PostgreSQL", str(url), options, folder)
    text = "\n".join(lines)
    sys.stdout.write(text + "\n")
    if options.out:
        with options.out.open("a", encoding="utf-8") as out:
            out.write(text + "\n")


if __name__ == "__main__":
    main()
