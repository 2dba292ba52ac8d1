"""Plugins have states, and the school remembers which of their rights it has decided about."""


def up(migrator, db):
    for column, kind in (
        ("state", "VARCHAR(12)"),
        ("version", "VARCHAR(40)"),
        ("reason", "VARCHAR(500)"),
        ("rights", "TEXT"),
    ):
        db.execute_sql(f"ALTER TABLE core_plugin ADD COLUMN {column} {kind}")
    db.execute_sql(
        "UPDATE core_plugin SET version = '', "
        "state = CASE WHEN enabled THEN 'enabled' ELSE 'disabled' END"
    )
    migrator.migrate(
        migrator.add_not_null("core_plugin", "state"),
        migrator.add_not_null("core_plugin", "version"),
        migrator.drop_column("core_plugin", "enabled", cascade=False),
    )


def down(migrator, db):
    db.execute_sql("ALTER TABLE core_plugin ADD COLUMN enabled BOOLEAN")
    db.execute_sql("UPDATE core_plugin SET enabled = (state = 'enabled')")
    migrator.migrate(migrator.add_not_null("core_plugin", "enabled"))
    for column in ("state", "version", "reason", "rights"):
        migrator.migrate(migrator.drop_column("core_plugin", column, cascade=False))
