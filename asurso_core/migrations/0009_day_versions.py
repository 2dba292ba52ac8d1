"""Special days of the calendar count their changes, as other rows that a form changes do."""


def up(migrator, db):
    db.execute_sql("ALTER TABLE core_calendar_day ADD COLUMN version INTEGER NOT NULL DEFAULT 1")


def down(migrator, db):
    migrator.migrate(migrator.drop_column("core_calendar_day", "version", cascade=False))
