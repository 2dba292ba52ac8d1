"""Rows that a form changes count their changes: of two who save at once the second is asked."""

_TABLES = (
    "core_holiday",
    "core_period_type",
    "core_room",
    "core_school_class",
    "core_subject",
    "core_teaching_group",
)


def up(migrator, db):
    # With a default of the database: SQLite would otherwise build the whole table anew, and others
    # point at these tables.
    for table in _TABLES:
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN version INTEGER NOT NULL DEFAULT 1")


def down(migrator, db):
    for table in _TABLES:
        migrator.migrate(migrator.drop_column(table, "version", cascade=False))
