"""What the database itself keeps of the school: closed years stay closed, nobody is in two classes.

Both hold for every writer, hand-written SQL included (T28, T29, R4.1.19b). The table of years is
not guarded: closing a year and opening the next must stay possible.
"""

from __future__ import annotations

from asurso_core.guards import closed_year, trigger

#: The text by which a refusal of two memberships at once is recognised.
OVERLAP = "asurso:overlapping-membership"

_DIRECT = "SELECT {row}.year_id"
_BY_CLASS = "SELECT year_id FROM core_school_class WHERE id = {row}.school_class_id"
_BY_GROUP = "SELECT year_id FROM core_teaching_group WHERE id = {row}.group_id"

#: Kernel tables that belong to a year, and how the year of a row is found.
TABLES_OF_A_YEAR = {
    "core_period_type": _DIRECT,
    "core_period": "SELECT year_id FROM core_period_type WHERE id = {row}.period_type_id",
    "core_holiday": _DIRECT,
    "core_calendar_day": _DIRECT,
    "core_school_class": _DIRECT,
    "core_class_teacher": _BY_CLASS,
    "core_teaching_group": _DIRECT,
    "core_group_class": _BY_GROUP,
    "core_group_teacher": _BY_GROUP,
    "core_class_member": _BY_CLASS,
    "core_group_member": _BY_GROUP,
}

for _table, _year in TABLES_OF_A_YEAR.items():
    closed_year("core", _table, _year)


def _no_overlap(table: str, same: str) -> None:
    """Refuse a row of ``table`` whose dates touch those of another row of the same pupil."""
    for deed, other in (("insert", ""), ("update", "AND other.id <> NEW.id ")):
        name = f"{table}_overlap_{deed}"
        clash = (
            f"EXISTS (SELECT 1 FROM {table} other WHERE {same} {other}"  # noqa: S608 - our own names
            "AND other.since < COALESCE(NEW.until, {never}) "
            "AND COALESCE(other.until, {never}) > NEW.since)"
        )
        lite = clash.format(never="'9999-12-31'")
        post = clash.format(never="DATE 'infinity'")
        trigger(
            "core",
            name,
            sqlite=(
                f"CREATE TRIGGER {name} BEFORE {deed.upper()} ON {table} WHEN {lite} "
                f"BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END"
            ),
            postgres=(
                f"IF {post} THEN RAISE EXCEPTION '{OVERLAP}' USING ERRCODE = '23514'; END IF; "
                f"RETURN NEW;\n---\nBEFORE {deed.upper()} ON {table}"
            ),
        )


_no_overlap("core_class_member", "other.pupil_id = NEW.pupil_id")
_no_overlap("core_group_member", "other.pupil_id = NEW.pupil_id AND other.group_id = NEW.group_id")
