"""Unusual changes of marks, and how far the history was looked through for them."""

from peewee import *

from asurso_core.fields import JSONField


def up(migrator, db):
    class Alarm(Model):
        user = IntegerField()
        actor_name = CharField(max_length=120)
        rule = CharField(max_length=10)
        day = DateField()
        changes = IntegerField(default=0)
        groups = JSONField()
        first_at = DateTimeField()
        last_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_alarm"
            indexes = ((("user", "rule", "day"), True),)

    class WatchMark(Model):
        entry = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_watch_mark"

    db.create_tables([Alarm, WatchMark])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("journal_watch_mark"))
    migrator.migrate(migrator.drop_table("journal_alarm"))
