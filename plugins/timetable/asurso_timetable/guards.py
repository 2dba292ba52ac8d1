"""What the database itself refuses: two lessons at once, and writing into a closed year.

A teacher, a room or a class cannot be in two places. Time is judged by the clock and not by the
number of the lesson, because the first grade has bells of its own. Subgroups of one class with
different parts may run side by side. On PostgreSQL an advisory lock for the day makes two writers
take turns, so that neither overlooks the other's row; SQLite has one writer anyway.
"""

from __future__ import annotations

from asurso_core.guards import closed_year, trigger

#: How a refusal begins; ``teacher``, ``room`` or ``class`` follows.
CLASH = "asurso:clash:"

# Groups that share a class with NEW and are not two different subgroups.
_SHARED = """
    SELECT 1 FROM core_group_class mine
      JOIN core_group_class their ON their.school_class_id = mine.school_class_id
      JOIN core_teaching_group ng ON ng.id = NEW.group_id
      JOIN core_teaching_group og ON og.id = their.group_id
      JOIN {table} o ON o.group_id = their.group_id
     WHERE mine.group_id = NEW.group_id
       AND (og.part = 0 OR ng.part = 0 OR og.part = ng.part)
       AND {same}"""
_PLAIN = "SELECT 1 FROM {table} o WHERE o.{column} = NEW.{column} AND {same}"


def _clashes(table: str, same: str) -> dict[str, str]:
    return {
        "teacher": _PLAIN.format(table=table, column="teacher_id", same=same),
        "room": _PLAIN.format(table=table, column="room_id", same=same),
        "class": _SHARED.format(table=table, same=same),
    }


def _no_clash(table: str, *, same: str, when: str, columns: str, lock: str) -> None:
    """Refuse a row of ``table`` that takes a teacher, room or class at a taken time.

    ``same`` compares a row ``o`` with ``NEW``; ``when`` tells which new rows are asked at all.
    """
    for deed, other in (("INSERT", ""), (f"UPDATE OF {columns}", " AND o.id <> NEW.id")):
        name = f"{table}_clash_{deed.split()[0].lower()}"
        found = _clashes(table, same + other)
        lite = " ".join(
            f"SELECT RAISE(ABORT, '{CLASH}{kind}') WHERE EXISTS ({sql});"
            for kind, sql in found.items()
        )
        post = " ".join(
            f"IF EXISTS ({sql}) THEN RAISE EXCEPTION '{CLASH}{kind}' USING ERRCODE = '23514'; "
            "END IF;"
            for kind, sql in found.items()
        )
        trigger(
            "timetable",
            name,
            sqlite=(f"CREATE TRIGGER {name} BEFORE {deed} ON {table} WHEN {when} BEGIN {lite} END"),
            postgres=(
                f"IF {when} THEN PERFORM pg_advisory_xact_lock({lock}); {post} END IF; "
                f"RETURN NEW;\n---\nBEFORE {deed} ON {table}"
            ),
        )


_OVERLAP = "o.starts < NEW.ends AND o.ends > NEW.starts"

_no_clash(
    "timetable_lesson",
    same=f"o.date = NEW.date AND o.status <> 'cancelled' AND {_OVERLAP}",
    when="NEW.status <> 'cancelled'",
    columns="date, starts, ends, group_id, teacher_id, room_id, status",
    lock="4071, NEW.date - DATE '2000-01-01'",
)
_no_clash(
    "timetable_grid_entry",
    same=(
        f"o.grid_id = NEW.grid_id AND o.weekday = NEW.weekday AND {_OVERLAP} "
        "AND (o.parity = 0 OR NEW.parity = 0 OR o.parity = NEW.parity)"
    ),
    when="NEW.weekday > 0",
    columns="grid_id, weekday, parity, starts, ends, group_id, teacher_id, room_id",
    lock="4072, NEW.grid_id",
)

closed_year(
    "timetable",
    "timetable_lesson",
    "SELECT year_id FROM core_teaching_group WHERE id = {row}.group_id",
    mass=True,
)
# Whoever leaves can be forgotten in a closed year too: in weekly lessons, and where one wrote.
closed_year(
    "timetable",
    "timetable_substitution",
    "SELECT g.year_id FROM timetable_lesson l JOIN core_teaching_group g ON g.id = l.group_id "
    "WHERE l.id = {row}.lesson_id",
    update_of="lesson_id, absent_id, substitute_id, kind, subject_id, reason, payment, "
    "order_number, made_at",
)
closed_year("timetable", "timetable_grid", "SELECT {row}.year_id")
closed_year(
    "timetable",
    "timetable_grid_entry",
    "SELECT year_id FROM timetable_grid WHERE id = {row}.grid_id",
    update_of="grid_id, weekday, number, parity, starts, ends, group_id, room_id",
)
closed_year(
    "timetable",
    "timetable_class_bells",
    "SELECT year_id FROM core_school_class WHERE id = {row}.school_class_id",
)
