"""Reading alarms, and naming what would be put back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows, stamp_value
from asurso_core.school import TeachingGroup
from asurso_journal import permissions, vocabulary_rows
from asurso_journal.marks import in_letters
from asurso_journal.models import Alarm
from asurso_journal.services import Reverting
from asurso_journal.watching import RULES


def alarms(actor: Actor, limit: int = 100) -> list[dict[str, Any]]:
    """Unusual changes, the newest first: leaders see all, teachers those of their own journals."""
    access.require_any(actor, permissions.WATCH)
    every = "school" in actor.grants.get(permissions.WATCH, ()) or actor.is_system
    found = list(Alarm.select().order_by(Alarm.id.desc()).limit(limit))
    wanted = {group for row in found for group in row.groups}
    seen = access.allowed_ids(actor, permissions.WATCH, TeachingGroup, sorted(wanted))
    return [
        {
            "user": row.user, "who": row.actor_name, "rule": RULES.get(row.rule, row.rule),
            "changes": row.changes, "first": clock.local(row.first_at),
            "last": clock.local(row.last_at),
        }
        for row in found
        if every or seen & set(row.groups)
    ]  # fmt: skip


def accounts(since: dt.datetime, until: dt.datetime) -> list[tuple[int, str]]:
    """Accounts that changed marks in a span, by name: for a list to choose from."""
    sql = """
        SELECT DISTINCT e."user", e.actor_name FROM core_audit_entry e
         WHERE e.kind IN ('journal.cell', 'journal.final') AND e.at >= ? AND e.at <= ?
           AND e."user" IS NOT NULL
    """
    found = dict(rows(sql, [stamp_value(since), stamp_value(until)]))
    return sorted(found.items(), key=lambda pair: pair[1])


def told(found: Sequence[Reverting]) -> list[dict[str, Any]]:
    """The cells with pupil, subject and day, in the order in which they were changed."""
    people = {
        id_: f"{surname} {name}"
        for id_, surname, name in rows(
            "SELECT id, surname, given_name FROM core_person WHERE id IN ?",
            [sorted({one.person for one in found}) or [0]],
        )
    }
    ids = sorted(
        {int(one.target.split(":")[1]) for one in found if one.target.startswith("journal.cell")}
    )
    lessons: dict[int, tuple[str, Any]] = {}
    for start in range(0, len(ids), 500):
        sql = """
            SELECT l.id, s.name, l.date FROM timetable_lesson l
              JOIN core_teaching_group g ON g.id = l.group_id
              JOIN core_subject s ON s.id = g.subject_id WHERE l.id IN ?
        """
        for id_, subject, on in rows(sql, [ids[start : start + 500]]):
            lessons[id_] = subject, as_date(on)
    subjects = dict(rows("SELECT id, name FROM core_subject"))
    letters = vocabulary_rows.letters()
    lines = []
    for one in found:
        parts = [int(part) for part in one.target.split(":")[1:]]
        if one.target.startswith("journal.cell"):
            subject, on = lessons.get(parts[0], ("", None))
        else:
            subject, on = subjects.get(parts[1], ""), None
        lines.append(
            {
                "pupil": people.get(one.person, ""), "subject": subject, "on": on, "row": one,
                "now": in_letters(one.now, letters), "before": in_letters(one.before, letters),
            }
        )  # fmt: skip
    return lines
