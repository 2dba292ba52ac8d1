"""Unusual changes of marks: noticed by a job that reads the history, told to who must know.

Only changes of what stood before count: putting first marks is a teacher's day, replacing them in
numbers, at night or in somebody else's journal is not (peers.md 6: stolen passwords of teachers).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from asurso_core import clock, notices
from asurso_core.accounts import holders
from asurso_core.db import as_stamp, rows, stamp_value, transaction
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Job
from asurso_journal import policy
from asurso_journal.models import Alarm, WatchMark
from asurso_journal.permissions import REVERT

MANY, NIGHT, FOREIGN, LATE, DEVICE = "many", "night", "foreign", "late", "device"
RULES = {
    MANY: _l("many marks were changed within an hour"),
    NIGHT: _l("marks were changed at night"),
    FOREIGN: _l("marks were changed in somebody else's journal"),
    LATE: _l("marks were changed after the usual time or in a closed period"),
    DEVICE: _l("marks were changed from a device that is new to the account"),
}
NOTICE = "journal.alarm"
#: From this hour to that one it is night at school.
NIGHT_FROM, NIGHT_UNTIL = 22, 6
#: How many entries are looked at in one go, and marks of a new device from which it is told.
PART, FROM_DEVICE = 2000, 3

KINDS: list[Any] = [
    notices.NoticeKind(
        name=NOTICE, title=_l("Unusual changes of marks"), group=_l("Work"), side="staff",
        must=True, urgent=True, order=20,
    )
]  # fmt: skip


@dataclass
class _Change:
    """A change of a mark that stood before."""

    at: dt.datetime
    user: int
    name: str
    late: bool
    group: int
    teachers: set[int] = field(default_factory=set)
    person: int | None = None


_ENTRIES = """
    SELECT e.id, e.at, e.user, e.actor_name, e.kind, e.target, e.before, e.after, e.reason,
           u.person_id
      FROM core_audit_entry e LEFT JOIN core_user u ON u.id = e.user
     WHERE e.id > ? AND e.kind IN ('journal.cell', 'journal.final') ORDER BY e.id LIMIT ?
"""


def watch(attempt: Attempt) -> None:
    """Look through what is new in the history; safe to repeat."""
    del attempt
    while look():
        pass


def look() -> int:
    """Look at the next part of the history; returns how many entries it held."""
    with transaction():
        mark = WatchMark.get_or_none()
        if mark is None:  # of the past nothing is told when the plugin comes to a school
            newest = rows("SELECT COALESCE(MAX(id), 0) FROM core_audit_entry")[0][0]
            WatchMark.create(entry=newest)
            return 0
        found = rows(_ENTRIES.replace("e.user", 'e."user"'), [mark.entry, PART])
        if not found:
            return 0
        changes = _changes(found)
        for user in sorted({one.user for one in changes}):
            _judge([one for one in changes if one.user == user])
        WatchMark.update(entry=found[-1][0]).where(WatchMark.id == mark.id).execute()
    return len(found)


def _changes(found: Iterable[tuple[Any, ...]]) -> list[_Change]:
    told: list[tuple[_Change, str, tuple[int, ...]]] = []
    codes = [code for (code,) in rows("SELECT code FROM journal_attendance_code")]
    for _id, at, user, name, kind, target, before, after, reason, person in found:
        # Attendance is no mark: a class teacher enters the reasons of all subjects, weeks later.
        old, new = _mark(_value(before), codes), _mark(_value(after), codes)
        if user is None or not old or old == new:
            continue
        parts = tuple(int(one) for one in target.split(":")[1:])
        change = _Change(as_stamp(at), user, name, bool(reason), 0, person=person)
        told.append((change, kind, parts))
    lessons = _lessons({parts[0] for _c, kind, parts in told if kind == "journal.cell"})
    finals = _finals({parts for _c, kind, parts in told if kind == "journal.final"})
    for change, kind, parts in told:
        teacher: int | None = None
        if kind == "journal.cell":
            change.group, teacher = lessons.get(parts[0], (0, None))
        else:
            change.group = finals.get(parts, 0)
        if teacher is not None:
            change.teachers.add(teacher)
    taught = _teachers({one.group for one, _k, _p in told})
    for change, _kind, _parts in told:
        change.teachers |= taught.get(change.group, set())
    return [one for one, _k, _p in told]


def _value(told: Any) -> str:
    found = json.loads(told) if isinstance(told, str) else told
    return str(found.get("value") or "") if isinstance(found, dict) else ""


def _mark(value: str, codes: Iterable[str]) -> str:
    """The content of a cell without its code of attendance."""
    for code in codes:
        if value == code or value.startswith(f"{code}/"):
            return value[len(code) + 1 :]
    return value


def _lessons(ids: set[int]) -> dict[int, tuple[int, int | None]]:
    sql = "SELECT id, group_id, teacher_id FROM timetable_lesson WHERE id IN ?"
    return {id_: (group, teacher) for id_, group, teacher in rows(sql, [sorted(ids) or [0]])}


def _finals(parts: set[tuple[int, ...]]) -> dict[tuple[int, ...], int]:
    sql = """
        SELECT year_id, subject_id, slot, pupil_id, group_id FROM journal_final_mark
         WHERE pupil_id IN ?
    """
    return {
        (year, subject, slot, pupil): group
        for year, subject, slot, pupil, group in rows(sql, [sorted({p[3] for p in parts}) or [0]])
    }


def _teachers(groups: set[int]) -> dict[int, set[int]]:
    sql = """
        SELECT group_id, teacher_id FROM core_group_teacher
         WHERE group_id IN ? AND since <= ? AND (until IS NULL OR until > ?)
    """
    today = clock.today()
    told: dict[int, set[int]] = {}
    for group, teacher in rows(sql, [sorted(groups) or [0], today, today]):
        told.setdefault(group, set()).add(teacher)
    return told


def _judge(changes: list[_Change]) -> None:
    """Which rules the changes of one account break."""
    most = int(policy.rule("alarm_many"))
    by_rule: dict[str, list[_Change]] = {}
    for one in changes:
        hour = clock.local(one.at).hour
        if hour >= NIGHT_FROM or hour < NIGHT_UNTIL:
            by_rule.setdefault(NIGHT, []).append(one)
        if one.person is not None and one.person not in one.teachers:
            by_rule.setdefault(FOREIGN, []).append(one)
        if one.late:
            by_rule.setdefault(LATE, []).append(one)
    user, end = changes[0].user, changes[-1].at
    hour_ago = end - dt.timedelta(hours=1)
    if _changed_since(user, hour_ago, end) > most:
        by_rule[MANY] = [one for one in changes if one.at >= hour_ago]
    fresh = [one for one in changes if _new_device(user, one.at)]
    if len(fresh) >= FROM_DEVICE:
        by_rule[DEVICE] = fresh
    for rule, found in by_rule.items():
        _raise(rule, found)


def _changed_since(user: int, since: dt.datetime, until: dt.datetime) -> int:
    """How many standing marks the account changed in a span, in parts looked at before too."""
    sql = """
        SELECT before, after FROM core_audit_entry
         WHERE "user" = ? AND at >= ? AND at <= ? AND kind IN ('journal.cell', 'journal.final')
    """
    return sum(
        bool(_value(before)) and _value(before) != _value(after)
        for before, after in rows(sql, [user, stamp_value(since), stamp_value(until)])
    )


def _new_device(user: int, at: dt.datetime) -> bool:
    """Whether the account was opened on a device for the first time within the hour before."""
    sql = "SELECT 1 FROM core_device WHERE user_id = ? AND created_at >= ? AND created_at <= ?"
    moment = stamp_value(at - dt.timedelta(hours=1)), stamp_value(at)
    older = "SELECT 1 FROM core_device WHERE user_id = ? AND created_at < ?"
    return bool(rows(sql, [user, *moment]) and rows(older, [user, moment[0]]))


def _raise(rule: str, found: list[_Change]) -> None:
    """Write the alarm down and tell of it, once for an account, a rule and a day."""
    day = clock.local(found[0].at).date()
    groups = sorted({one.group for one in found if one.group})
    row = Alarm.get_or_none(
        (Alarm.user == found[0].user) & (Alarm.rule == rule) & (Alarm.day == day)
    )
    if row is not None:
        row.changes += len(found)
        row.groups = sorted({*row.groups, *groups})
        row.last_at = found[-1].at
        row.save()
        return
    row = Alarm.create(
        user=found[0].user, actor_name=found[0].name, rule=rule, day=day, changes=len(found),
        groups=groups, first_at=found[0].at, last_at=found[-1].at,
    )  # fmt: skip
    owners = {person for one in found for person in one.teachers}
    # Whoever can put the marks back has to hear of it.
    menders = set(holders(REVERT))
    notices.tell(
        NOTICE,
        notices.Words(
            title=_("Unusual changes of marks: %(who)s", who=row.actor_name),
            text=f"{RULES[rule]} ({row.changes}), {clock.local(row.last_at):%d.%m %H:%M}",
            bland=_("Unusual changes of marks"),
        ),
        key=f"{row.id}", to=sorted(owners | menders), url="/journal/unusual",
    )  # fmt: skip


JOBS: list[Any] = [
    Job(
        name="journal.watch", title=_l("Unusual changes of marks"), run=watch,
        every=dt.timedelta(minutes=1),
    )
]  # fmt: skip
