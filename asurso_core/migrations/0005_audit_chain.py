"""The chain over the audit; entries of an account, a kind, a person are found in their order."""

from peewee import *

_NAMES = ("user", "kind", "person")


def up(migrator, db):
    class AuditLink(Model):
        entry = IntegerField(unique=True)
        digest = CharField(max_length=64)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_audit_link"

    db.create_tables([AuditLink])
    for name in _NAMES:
        db.execute_sql(f"DROP INDEX core_audit_entry_{name}")
        db.execute_sql(
            f'CREATE INDEX core_audit_entry_{name}_id ON core_audit_entry ("{name}", "id")'
        )


def down(migrator, db):
    for name in _NAMES:
        db.execute_sql(f"DROP INDEX core_audit_entry_{name}_id")
        db.execute_sql(f'CREATE INDEX core_audit_entry_{name} ON core_audit_entry ("{name}")')
    migrator.migrate(migrator.drop_table("core_audit_link"))
