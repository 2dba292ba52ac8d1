"""Jobs and workers; facts of the outbox are marked when they have been handed on."""

from peewee import *


def up(migrator, db):
    class JobRow(Model):
        kind = CharField(max_length=100)
        arguments = TextField()
        state = CharField(max_length=10)
        periodic = BooleanField()
        key = CharField(max_length=160, null=True, unique=True)
        due_at = DateTimeField()
        fixed = BooleanField()
        set_at = DateTimeField()
        created_at = DateTimeField()
        started_at = DateTimeField(null=True)
        ended_at = DateTimeField(null=True)
        tries = IntegerField()
        claims = IntegerField()
        worker = BigIntegerField(null=True)
        gone = BooleanField()
        stopping = BooleanField()
        done = IntegerField(null=True)
        total = IntegerField(null=True)
        note = CharField(max_length=200, null=True)
        error = CharField(max_length=1000, null=True)
        asked_by = IntegerField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_job"
            indexes = ((("state", "due_at"), False),)

    class WorkerRow(Model):
        number = BigIntegerField(unique=True)
        name = CharField(max_length=120)
        started_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_worker"

    db.create_tables([JobRow, WorkerRow])
    migrator.migrate(
        migrator.add_column("core_outbox", "handled_at", DateTimeField(null=True, index=True))
    )
    # Whoever listens from now on is not told of what happened before there were listeners.
    db.execute_sql("UPDATE core_outbox SET handled_at = created_at")


def down(migrator, db):
    db.execute_sql("DROP INDEX core_outbox_handled_at")  # SQLite does not drop it with its column
    migrator.migrate(migrator.drop_column("core_outbox", "handled_at", cascade=False))
    migrator.migrate(migrator.drop_table("core_job"))
    migrator.migrate(migrator.drop_table("core_worker"))
