"""Marks and attendance know their year: a pupil's page costs the same in the eleventh year."""

_YEARS = {
    "journal_mark": (
        "SELECT g.year_id FROM journal_assignment a JOIN timetable_lesson l ON l.id = a.lesson_id "
        "JOIN core_teaching_group g ON g.id = l.group_id WHERE a.id = journal_mark.assignment_id"
    ),
    "journal_attendance": (
        "SELECT g.year_id FROM timetable_lesson l JOIN core_teaching_group g ON g.id = l.group_id "
        "WHERE l.id = journal_attendance.lesson_id"
    ),
}
#: Indexes that a longer one replaces.
_REPLACED = {
    "journal_mark": ("assignment_id", "pupil_id"),
    "journal_attendance": ("lesson_id", "pupil_id"),
}


def up(migrator, db):
    for table, year in _YEARS.items():
        db.execute_sql(
            f"ALTER TABLE {table} ADD COLUMN year_id INTEGER "
            "REFERENCES core_academic_year (id) ON DELETE RESTRICT"
        )
        db.execute_sql(f"UPDATE {table} SET year_id = ({year})")
        for column in _REPLACED[table]:
            db.execute_sql(f"DROP INDEX {table}_{column}")
        migrator.migrate(migrator.add_not_null(table, "year_id"))
        db.execute_sql(f"CREATE INDEX {table}_pupil_id_year_id ON {table} (pupil_id, year_id)")


def down(migrator, db):
    for table in _YEARS:
        db.execute_sql(f"DROP INDEX {table}_pupil_id_year_id")
        migrator.migrate(migrator.drop_column(table, "year_id", cascade=False))
        for column in _REPLACED[table]:
            db.execute_sql(f"CREATE INDEX {table}_{column} ON {table} ({column})")
