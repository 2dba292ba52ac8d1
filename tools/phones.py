"""``make phones``: a real Kannel with an invented telephone network, to try text messages by hand.

Beside ``make demo`` in another terminal: what leaves the school arrives here, and what is typed
here reaches the school as if it came from that telephone. Everything stays on the loopback.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import sys
import tempfile
import threading
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from asurso_sms.testing_gateways import SECRET, Kannel, kannel_is_here

PORTS = {"admin": 13900, "boxes": 13901, "network": 13902, "sendsms": 13903}
SECTION = f"""
[plugin.sms]
gateway = "kannel"
sender = "2222"
callback = "{{school}}"

[plugin.sms.gateways.kannel]
kind = "kannel"
url = "http://127.0.0.1:{PORTS["sendsms"]}/cgi-bin/sendsms"
username = "school"
password = "tests"
secret = "{SECRET}"
"""
HELP = 'A line "+79000000001 ПРОГНОЗ" is a message from that telephone to the school; Ctrl+D ends.'


@dataclass(frozen=True)
class School:
    """The demonstration, as Kannel calls it."""

    address: str


def main() -> None:
    """Configure the school if need be, start Kannel, show what arrives, send what is typed."""
    if not kannel_is_here():
        sys.exit("Kannel is missing. On Debian and Ubuntu: apt install kannel")
    instance = Path(os.environ.get("ASURSO_INSTANCE") or "instance")
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    school = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared
    _configure(instance / "asurso.toml", school)
    with tempfile.TemporaryDirectory() as folder:
        kannel = Kannel(Path(folder), cast("Any", School(school)), PORTS)
        try:
            print(f"Kannel runs and knows the school at {school}.")
            _tell_numbers(instance)
            print(HELP, flush=True)
            threading.Thread(target=_show, args=(kannel,), daemon=True).start()
            _send(kannel)
        finally:
            kannel.close()


def _configure(file: Path, school: str) -> None:
    text = file.read_text("utf-8") if file.exists() else ""
    if "sms" in tomllib.loads(text).get("plugin", {}):
        print(f"{file} has a table [plugin.sms] already; it is left as it is.")
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + SECTION.format(school=school), "utf-8")
    print(f"{file} now sends by Kannel. A school that runs already must be started again.")


def _tell_numbers(instance: Path) -> None:
    """Telephones of those whom the demonstration proposes to be (on SQLite)."""
    file, accounts = instance / "asurso.sqlite3", instance / "demo-accounts.csv"
    if not accounts.exists():
        return
    lines = accounts.read_text("utf-8").splitlines()
    shown = {line.split(",")[0] for line in lines}
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(file)) as base:
        for number, surname, name, login in base.execute(
            "SELECT f.number, p.surname, p.given_name, u.login FROM sms_phone f "
            "JOIN core_person p ON p.id = f.person_id JOIN core_user u ON u.person_id = p.id "
            "WHERE f.confirmed_at IS NOT NULL ORDER BY f.id"
        ):
            if login not in shown:
                continue
            print(f"  {number}  {surname} {name} ({login})")


def _show(kannel: Kannel) -> None:
    while True:
        with contextlib.suppress(queue.Empty, ValueError, UnicodeError):
            sender, receiver, kind, rest = kannel.phone.get(timeout=3600).split(" ", 3)
            if kind != "text":
                data = unquote_to_bytes(rest.split(" ")[-1].replace("+", " "))
                rest = data.decode("utf-16-be")
            print(f"  {sender} -> {receiver}: {rest}", flush=True)


def _send(kannel: Kannel) -> None:
    for line in sys.stdin:
        sender, _space, text = line.strip().partition(" ")
        if sender and text:
            kannel.text(sender, text)
        elif sender:
            print(HELP, flush=True)


if __name__ == "__main__":
    main()
