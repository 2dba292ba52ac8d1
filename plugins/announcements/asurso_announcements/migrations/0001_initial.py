"""The tables of the board."""

from peewee import *


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class Announcement(Model):
        title = CharField(max_length=200)
        text = TextField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        state = CharField(max_length=10, default="draft")
        created_at = DateTimeField()
        changed_at = DateTimeField()
        appears_at = DateTimeField(null=True)
        ends_on = DateField(null=True)
        pinned = BooleanField(default=False)
        urgent = BooleanField(default=False)
        must_acknowledge = BooleanField(default=False)
        edition = IntegerField(default=1)
        version = IntegerField(default=1)
        told_edition = IntegerField(default=0)
        reminded_at = DateTimeField(null=True)
        deleted_at = DateTimeField(null=True)
        deleted_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        delete_reason = CharField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "announcements_announcement"
            indexes = ((("state", "appears_at"), False),)

    db.create_tables([Announcement])

    class Change(Model):
        announcement = ForeignKeyField(Announcement, on_delete="CASCADE")
        at = DateTimeField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        before = TextField()
        after = TextField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "announcements_change"

    db.create_tables([Change])

    class Feed(Model):
        person = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        side = CharField(max_length=10)
        digest = CharField(unique=True, max_length=64)
        created_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "announcements_feed"
            indexes = ((("person", "side"), True),)

    db.create_tables([Feed])

    class Reading(Model):
        announcement = ForeignKeyField(Announcement, on_delete="CASCADE", index=False)
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        edition = IntegerField()
        read_at = DateTimeField()
        acknowledged_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "announcements_reading"
            indexes = ((("announcement", "person"), True),)

    db.create_tables([Reading])

    class Target(Model):
        announcement = ForeignKeyField(Announcement, on_delete="CASCADE", index=False)
        key = CharField(max_length=60)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "announcements_target"
            indexes = ((("announcement", "key"), True), (("key", "announcement"), False))

    db.create_tables([Target])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("announcements_target"))
    migrator.migrate(migrator.drop_table("announcements_reading"))
    migrator.migrate(migrator.drop_table("announcements_feed"))
    migrator.migrate(migrator.drop_table("announcements_change"))
    migrator.migrate(migrator.drop_table("announcements_announcement"))
