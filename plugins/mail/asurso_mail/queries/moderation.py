"""What moderators see: letters that were reported, the talk around them, and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from asurso_core import access, audit, clock, markup
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows
from asurso_mail import kinds
from asurso_mail.models import OPEN, Ban, Report
from asurso_mail.permissions import MODERATE
from asurso_mail.queries.book import short_name
from asurso_mail.queries.boxes import not_there, sender
from asurso_mail.queries.letters import File, files_of

PER_PAGE = 50
#: So many letters before and after the reported one are shown with it.
AROUND = 10


@dataclass(frozen=True)
class Case:
    """A report in the list."""

    id: int
    subject: str
    author: str
    reporter: str
    reason: Any
    at: dt.datetime
    state: str


_CASES = """
    SELECT r.id, m.subject, m.kind, a.surname, a.given_name, a.patronymic,
           w.surname, w.given_name, w.patronymic, r.reason, r.created_at, r.state
      FROM mail_report r JOIN mail_message m ON m.id = r.message_id
      LEFT JOIN core_person a ON a.id = m.author_id
      LEFT JOIN core_person w ON w.id = r.reporter_id
"""


def cases(actor: Actor, *, decided: bool = False) -> list[Case]:
    """Reports that wait, the oldest first, or the newest decided ones: the log of moderation."""
    access.require_any(actor, MODERATE)
    rule = "r.state <> ? ORDER BY r.decided_at DESC" if decided else "r.state = ? ORDER BY r.id"
    return [
        Case(row[0], row[1], sender(row[2], row[3:6]), short_name(*row[6:9]),
             kinds.REASONS.get(row[9], row[9]), as_stamp(row[10]), row[11])
        for row in rows(f"{_CASES} WHERE {rule} LIMIT ?", [OPEN, PER_PAGE])
    ]  # fmt: skip


@dataclass(frozen=True)
class Context:
    """A letter of the talk, as the moderator reads it."""

    id: int
    author: str
    subject: str
    html: Any
    at: dt.datetime
    reported: bool


@dataclass(frozen=True)
class Reported:
    """A reported letter with the talk that its reporter has had."""

    report: Report
    author: str
    author_id: int | None
    reporter: str
    reason: Any
    letters: list[Context]
    files: list[File]
    bans: list[Banned]


_AROUND = """
    SELECT m.id, m.kind, p.surname, p.given_name, p.patronymic, m.subject, m.text, m.sent_at
      FROM mail_message m LEFT JOIN core_person p ON p.id = m.author_id
     WHERE m.id = ? OR (m.thread = ? AND m.sent_at IS NOT NULL AND EXISTS (
           SELECT 1 FROM mail_copy c
            WHERE c.message_id = m.id AND c.owner_id = ? AND c.side = ?
              AND c.box <> 'nowhere'))
     ORDER BY m.sent_at, m.id
"""


def find(actor: Actor, report_id: int) -> Report:
    """A report, for moderators; raises ``NotThere`` or ``Refused``."""
    access.require_any(actor, MODERATE)
    found: Report = access.find(actor, MODERATE, Report, report_id)
    return found


def reported(actor: Actor, report_id: int) -> Reported:
    """A reported letter, with the letters of the same talk that its reporter holds.

    Reading it is written into the log of who saw whose data.
    """
    report = find(actor, report_id)
    message = report.message
    found = rows(
        _AROUND, [message.id, message.thread or 0, report.reporter_id or 0, report.side]
    )  # fmt: skip
    at = next((n for n, row in enumerate(found) if row[0] == message.id), 0)
    letters = [
        Context(row[0], sender(row[1], row[2:5]), row[5], markup.markdown(row[6]),
                as_stamp(row[7]), row[0] == message.id)
        for row in found[max(0, at - AROUND) : at + AROUND + 1]
    ]  # fmt: skip
    if not letters:
        raise not_there()
    seen = [one for one in (message.author_id, report.reporter_id) if one is not None]
    audit.read(actor, "mail.read_reported", f"mail.message:{message.id}", seen)
    author = Person.get_or_none(Person.id == message.author_id) if message.author_id else None
    reporter = Person.get_or_none(Person.id == report.reporter_id) if report.reporter_id else None
    return Reported(
        report=report, author=author.name if author else letters[0].author,
        author_id=message.author_id,
        reporter=reporter.name if reporter else short_name(None, None, None),
        reason=kinds.REASONS.get(report.reason, report.reason), letters=letters,
        files=files_of(message.id),
        bans=bans(actor, message.author_id) if message.author_id else [],
    )  # fmt: skip


@dataclass(frozen=True)
class Banned:
    """Somebody who may not write for a time."""

    id: int
    name: str
    side: str
    until: dt.date
    reason: str


def bans(actor: Actor, person_id: int | None = None) -> list[Banned]:
    """Who may not write today; of one person, if that is asked."""
    access.require_any(actor, MODERATE)
    sql = (
        "SELECT b.id, p.surname, p.given_name, p.patronymic, b.side, b.until, b.reason "
        "FROM mail_ban b JOIN core_person p ON p.id = b.person_id "
        "WHERE b.lifted_at IS NULL AND b.until >= ?"
    )
    params: list[Any] = [clock.today()]
    if person_id is not None:
        sql, params = f"{sql} AND b.person_id = ?", [*params, person_id]
    return [
        Banned(row[0], short_name(*row[1:4]), row[4], as_date(row[5]), row[6])
        for row in rows(f"{sql} ORDER BY b.until, b.id LIMIT ?", [*params, 200])
    ]


def ban_of(person_id: int | None, side: str) -> Ban | None:
    """The ban that keeps a person, on a side, from writing today."""
    found: Ban | None = (
        Ban.select()
        .where(
            Ban.person == person_id, Ban.side == side, Ban.lifted_at.is_null(),
            Ban.until >= clock.today(),
        )
        .order_by(Ban.until.desc())
        .first()
    )  # fmt: skip
    return found
