"""Kept reports, their way to the deputy director, and favourites."""

from peewee import *

from asurso_core.fields import JSONField


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class ReportFavourite(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        report = CharField(max_length=80)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_report_favourite"
            indexes = ((("user", "report"), True),)

    class ReportSnapshot(Model):
        code = CharField(max_length=32, unique=True)
        report = CharField(max_length=80)
        title = CharField()
        params = JSONField()
        content = JSONField()
        digest = CharField(max_length=64)
        author = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        made_at = DateTimeField()
        state = CharField(max_length=10, default="kept")
        state_at = DateTimeField(null=True)
        reviewer = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        reason = CharField(max_length=500, null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_report_snapshot"
            indexes = ((("report", "state"), False),)

    db.create_tables([ReportFavourite, ReportSnapshot])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("core_report_snapshot"))
    migrator.migrate(migrator.drop_table("core_report_favourite"))
