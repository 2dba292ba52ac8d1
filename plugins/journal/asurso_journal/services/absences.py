"""Absences of whole days: entered once, they fill the lessons of the pupil (features.md 3.3).

Lessons until today bear the code; a lesson of a day ahead gets it when its day has come, or when
the timetable makes it for today. What an absence wrote is remembered, so that it takes back its
own codes only: whatever somebody typed over one stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from asurso_core import access, audit, clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor, system
from asurso_core.db import is_sqlite, put_rows, rows, transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_journal import permissions
from asurso_journal.models import Absence, AbsenceFill, AttendanceCode
from asurso_journal.services.cells import settle_codes
from asurso_journal.services.vocabulary import UNKNOWN

KIND = "journal.absence"

_YEAR = "SELECT id, state FROM core_academic_year WHERE starts <= ? AND ends >= ?"
_WANTED = """
    SELECT DISTINCT a.id, l.id
      FROM journal_absence a
      JOIN (SELECT m.pupil_id, k.group_id, m.since, m.until FROM core_class_member m
              JOIN core_group_class k ON k.school_class_id = m.school_class_id
              JOIN core_teaching_group w ON w.id = k.group_id AND w.part = 0
             WHERE m.pupil_id IN ?
             UNION
            SELECT m.pupil_id, m.group_id, m.since, m.until FROM core_group_member m
             WHERE m.pupil_id IN ?) mine ON mine.pupil_id = a.pupil_id
      JOIN timetable_lesson l ON l.group_id = mine.group_id AND l.date >= mine.since
       AND (mine.until IS NULL OR l.date < mine.until)
       AND l.date BETWEEN a.starts AND a.ends AND l.date <= ? AND l.status <> 'cancelled'
       AND (l.date > a.starts OR a.first_lesson IS NULL OR l.number >= a.first_lesson)
       AND (l.date < a.ends OR a.last_lesson IS NULL OR l.number <= a.last_lesson)
     WHERE a.id IN ? AND a.removed_at IS NULL
"""


def reason_codes() -> list[AttendanceCode]:
    """Codes that an absence of days can have: those that count as missed."""
    query = AttendanceCode.select().where(
        AttendanceCode.missed == True,  # noqa: E712 - SQL
        AttendanceCode.archived == False,  # noqa: E712 - SQL
    )
    return list(query.order_by(AttendanceCode.position, AttendanceCode.id))


def may_enter(actor: Actor, pupil_id: int) -> str:
    """``any`` reason, ``illness`` alone or, empty, nothing: what the actor may enter of a pupil."""
    if access.allowed_ids(actor, permissions.ABSENCE, Person, [pupil_id]):
        return "any"
    if access.allowed_ids(actor, permissions.ILLNESS, Person, [pupil_id]):
        return "illness"
    return ""


def _require(actor: Actor, pupil_id: int, codes: Iterable[str], certificate: str) -> None:
    """Raise unless the actor may enter these codes for the pupil."""
    right = may_enter(actor, pupil_id)
    if not right:
        if access.allowed_ids(actor, permissions.DAY, Person, [pupil_id]):
            raise Refused(_("Absences are entered by the class teacher."))
        raise NotThere(_("There is no such page, or it is not open to you."))
    if right == "any":
        return
    illness = {one.code for one in reason_codes() if one.illness}
    if not set(codes) <= illness:
        raise Refused(_("You can enter illness; other reasons are for the class teacher."))
    if not certificate:
        raise Invalid(fields={"certificate": [_("Write the number of the certificate.")]})


def add_absence(
    actor: Actor,
    pupil_id: int,
    *,
    starts: dt.date,
    ends: dt.date,
    code: str,
    first_lesson: int | None = None,
    last_lesson: int | None = None,
    certificate: str = "",
    reason: str = "",
) -> Absence:
    """Enter that a pupil is absent for days, both included, and fill the lessons until today.

    ``first_lesson`` cuts the first day, ``last_lesson`` the last one, by numbers of lessons. Only
    empty cells and «ОТ» are filled; other codes of teachers stay, and so do all marks.

    :raises NotThere: the pupil is not open to the actor.
    :raises Refused: the actor may not enter this reason, or the year is closed.
    :raises Invalid: days out of order, in no school year, or told of already; an unknown code.
    """
    values = _values(starts, ends, code, first_lesson, last_lesson, certificate, reason)
    with transaction():
        _require(actor, pupil_id, [code], values["certificate"])
        _lock(pupil_id)
        year = year_of(starts, ends)
        _refuse_twice(pupil_id, starts, ends)
        row: Absence = Absence.create(
            pupil=pupil_id, year=year, created_at=clock.stamp(), created_by=actor.user_id, **values
        )
        _record(actor, row, None, _told(row))
        settle(actor, [row])
    return row


def change_absence(
    actor: Actor,
    absence_id: int,
    *,
    starts: dt.date,
    ends: dt.date,
    code: str,
    version: int,
    first_lesson: int | None = None,
    last_lesson: int | None = None,
    certificate: str = "",
    reason: str = "",
) -> Absence:
    """Change days, reason and certificate; lessons that fall out get back what stood there.

    :raises Conflict: somebody changed it first.
    """
    values = _values(starts, ends, code, first_lesson, last_lesson, certificate, reason)
    with transaction():
        row = _absence(actor, absence_id, [code], values["certificate"])
        if row.version != version:
            raise Conflict(_("Somebody changed this absence first."))
        if year_of(starts, ends) != row.year_id:
            raise Invalid(fields={"starts": [_("The days lie in another school year.")]})
        _refuse_twice(row.pupil_id, starts, ends, but=row.id)
        before = _told(row)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        row.save()
        _record(actor, row, before, _told(row))
        settle(actor, [row])
    return row


def remove_absence(actor: Actor, absence_id: int, *, version: int) -> Absence:
    """Take an absence back: its own codes go, whatever somebody changed since stays.

    :raises Conflict: somebody changed it first.
    """
    with transaction():
        row = _absence(actor, absence_id, [], "-")
        if row.version != version:
            raise Conflict(_("Somebody changed this absence first."))
        before = _told(row)
        row.removed_at = clock.stamp()
        row.version += 1
        row.save()
        _record(actor, row, before, None)
        settle(actor, [row])
    return row


def _absence(actor: Actor, absence_id: int, codes: list[str], certificate: str) -> Absence:
    """An absence that the actor may change; its pupil is locked for this transaction."""
    row: Absence | None = Absence.get_or_none(Absence.id == absence_id)
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    _require(actor, row.pupil_id, [row.code, *codes], certificate)
    _lock(row.pupil_id)
    fresh: Absence = Absence.get_by_id(absence_id)
    if fresh.removed_at is not None:
        raise Conflict(_("Somebody changed this absence first."))
    year_of(fresh.starts, fresh.ends)
    return fresh


def _values(
    starts: dt.date, ends: dt.date, code: str, first: int | None, last: int | None,
    certificate: str, reason: str,
) -> dict[str, Any]:  # fmt: skip
    if ends < starts:
        raise Invalid(fields={"ends": [_("The last day comes before the first.")]})
    for name, number in (("first_lesson", first), ("last_lesson", last)):
        if number is not None and not 0 <= number <= 20:
            raise Invalid(fields={name: [_("There is no lesson with this number.")]})
    if starts == ends and first is not None and last is not None and last < first:
        raise Invalid(fields={"last_lesson": [_("The last lesson comes before the first.")]})
    if code not in {one.code for one in reason_codes()}:
        raise Invalid(fields={"code": [_("Choose one of the list.")]})
    certificate, reason = certificate.strip()[:60], reason.strip()[:255]
    return {
        "starts": starts, "ends": ends, "code": code, "first_lesson": first,
        "last_lesson": last, "certificate": certificate, "reason": reason,
    }  # fmt: skip


def year_of(starts: dt.date, ends: dt.date) -> int:
    """The id of the school year of days.

    :raises Invalid: they lie in no school year, or in two.
    :raises Refused: it is closed.
    """
    found = rows(_YEAR, [starts, ends])
    if not found:
        raise Invalid(fields={"starts": [_("These days lie in no school year.")]})
    if found[0][1] == "closed":
        raise Refused(_("This year is closed: it can be read, but not changed."))
    return int(found[0][0])


def _lock(pupil_id: int) -> None:
    """Two who enter absences of one pupil come one after the other."""
    if not is_sqlite():
        rows("SELECT id FROM core_person WHERE id = ? FOR NO KEY UPDATE", [pupil_id])


def _refuse_twice(pupil_id: int, starts: dt.date, ends: dt.date, but: int = 0) -> None:
    other = Absence.select().where(
        Absence.pupil == pupil_id, Absence.removed_at.is_null(), Absence.id != but,
        Absence.starts <= ends, Absence.ends >= starts,
    ).first()  # fmt: skip
    if other is not None:
        days = f"{other.starts:%d.%m}–{other.ends:%d.%m}"
        raise Invalid(
            fields={
                "starts": [_("An absence of %(days)s is entered already: change it.", days=days)]
            }
        )


def _told(row: Absence) -> dict[str, Any]:
    told = {
        "starts": row.starts.isoformat(), "ends": row.ends.isoformat(), "code": row.code,
        "first_lesson": row.first_lesson, "last_lesson": row.last_lesson,
        "certificate": row.certificate, "reason": row.reason,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in (None, "")}


def _record(actor: Actor, row: Absence, before: Any, after: Any) -> None:
    audit.record(
        actor, KIND, f"journal.absence:{row.id}", person=row.pupil_id, before=before, after=after,
        topic=f"pupil:{row.pupil_id}",
    )  # fmt: skip


# --- filling and taking back -------------------------------------------------------------------


def settle(actor: Actor, absences: list[Absence]) -> int:
    """Make the cells what these absences say; call inside a transaction. Returns cells changed.

    The number of statements does not grow with absences and lessons.
    """
    by_id = {row.id: row for row in absences}
    if not by_id:
        return 0
    pupils = sorted({row.pupil_id for row in absences})
    inside = set(rows(_WANTED, [pupils, pupils, clock.today(), sorted(by_id)]))
    fills = {
        (fill.absence_id, fill.lesson_id): fill
        for fill in AbsenceFill.select().where(AbsenceFill.absence.in_(sorted(by_id)))
    }
    wanted: dict[tuple[int, int], Callable[[str, int], str | None]] = {}
    of_key: dict[tuple[int, int], tuple[int, int]] = {}
    gone = [place for place in fills if place not in inside]
    for place in [*gone, *sorted(inside)]:
        row, fill = by_id[place[0]], fills.get(place)
        key = (place[1], row.pupil_id)
        if key in wanted or (fill is not None and not fill.written and place in inside):
            continue
        wanted[key] = _rule(row, fill, place in inside)
        of_key[key] = place
    done = 0
    reasons = {key: _why(by_id[place[0]]) for key, place in of_key.items()}
    for reason in sorted(set(reasons.values())):
        part = {key: rule for key, rule in wanted.items() if reasons[key] == reason}
        told = settle_codes(actor, part, reason=reason)
        done += len(told.changed)
        left = dict.fromkeys(told.left, ("", 0))
        _remember({of_key[key]: what for key, what in (told.changed | left).items()}, fills, inside)
    return done


def _rule(row: Absence, fill: AbsenceFill | None, inside: bool) -> Callable[[str, int], str | None]:
    """What shall stand in a cell, seen what stands there: see :func:`settle_codes`."""

    def fresh(code: str, version: int) -> str | None:
        del version
        return row.code if code in {"", UNKNOWN} else None

    if fill is None:
        return fresh
    wanted, written = (row.code if inside else fill.before), fill.written

    def own(code: str, version: int) -> str | None:
        del code
        return wanted if written and version == written else None

    return own


def _remember(
    done: dict[tuple[int, int], tuple[str, int]],
    fills: dict[tuple[int, int], AbsenceFill],
    inside: set[tuple[int, int]],
) -> None:
    """Note what was written at ``(absence, lesson)``: the code before and the version."""
    over = [fills[place].id for place in done if place not in inside]
    if over:
        AbsenceFill.delete().where(AbsenceFill.id.in_(over)).execute()
    put_rows(
        AbsenceFill,
        ("absence_id", "lesson_id", "before", "written"),
        [(*place, *what) for place, what in done.items()
         if place in inside and (what[1] or place not in fills)],
        # What stood there first is what comes back, however often the reason is changed.
        "(absence_id, lesson_id) DO UPDATE SET written = excluded.written",
    )  # fmt: skip


def _why(row: Absence) -> str:
    days = (
        f"{row.starts:%d.%m}" if row.starts == row.ends else f"{row.starts:%d.%m}–{row.ends:%d.%m}"
    )
    if row.certificate:
        return _("Absence of %(days)s, certificate no. %(n)s", days=days, n=row.certificate)
    return _("Absence of %(days)s", days=days)


def settle_classes(class_ids: list[int], start: dt.date, end: dt.date) -> int:
    """Fill lessons that the timetable made for days of absences that are entered already."""
    last = min(end, clock.today())
    if start > last or not class_ids:
        return 0
    return _settle_some(
        "SELECT DISTINCT a.id FROM journal_absence a "
        "JOIN core_class_member m ON m.pupil_id = a.pupil_id "
        "JOIN core_academic_year y ON y.id = a.year_id AND y.state <> 'closed' "
        "WHERE a.removed_at IS NULL AND a.starts <= ? AND a.ends >= ? AND m.school_class_id IN ?",
        [last, start, class_ids],
    )


def settle_today() -> int:
    """Fill the lessons of today, and of the week before if no worker was there."""
    today = clock.today()
    return _settle_some(
        "SELECT a.id FROM journal_absence a "
        "JOIN core_academic_year y ON y.id = a.year_id AND y.state <> 'closed' "
        "WHERE a.removed_at IS NULL AND a.starts <= ? AND a.ends >= ?",
        [today, today - dt.timedelta(days=7)],
    )


def _settle_some(sql: str, params: list[Any]) -> int:
    ids = [id_ for (id_,) in rows(sql, params)]
    if not ids:
        return 0
    with transaction():
        found = list(Absence.select().where(Absence.id.in_(ids)).order_by(Absence.pupil))
        for pupil in sorted({row.pupil_id for row in found}):
            _lock(pupil)
        return settle(system(_("absence of days")), found)
