"""Notices, their ways out of the house, and what people chose."""

from peewee import *


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class Notice(Model):
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        side = CharField(max_length=10)
        owner = CharField(max_length=40)
        kind = CharField(max_length=80)
        about = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        title = CharField(max_length=200)
        text = TextField()
        url = CharField(max_length=255)
        data = TextField()
        key = CharField(max_length=120)
        urgent = BooleanField()
        shown = BooleanField()
        created_at = DateTimeField(index=True)
        read_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_notice"
            indexes = ((("person", "kind", "key"), True), (("person", "read_at"), False))

    class NoticeDelivery(Model):
        notice = ForeignKeyField(Notice, on_delete="CASCADE")
        channel = CharField(max_length=60)
        state = CharField(max_length=10)
        digest = BooleanField()
        due_at = DateTimeField()
        parcel = IntegerField(null=True, index=True)
        reason = CharField(max_length=255, null=True)
        changed_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_notice_delivery"
            indexes = ((("notice", "channel"), True), (("state", "due_at"), False))

    class NoticeChoice(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        kind = CharField(max_length=80)
        about = IntegerField()
        channel = CharField(max_length=60)
        rhythm = CharField(max_length=10)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_notice_choice"
            indexes = ((("user", "kind", "about", "channel"), True),)

    db.create_tables([Notice, NoticeDelivery, NoticeChoice])


def down(migrator, db):
    for name in ("core_notice_choice", "core_notice_delivery", "core_notice"):
        migrator.migrate(migrator.drop_table(name))
