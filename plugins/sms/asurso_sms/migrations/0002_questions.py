"""Questions that came by text message, and what became of them."""

from peewee import *


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class Inbound(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_inbound"

    class Message(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_message"

    class Query(Model):
        inbound = ForeignKeyField(Inbound, on_delete="RESTRICT", unique=True)
        person = ForeignKeyField(Person, index=False, null=True, on_delete="RESTRICT")
        asked_at = DateTimeField(index=True)
        command = CharField(default="", max_length=60)
        about = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        state = CharField(max_length=10)
        message = ForeignKeyField(Message, null=True, on_delete="RESTRICT")
        choices = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_query"
            indexes = ((("person", "asked_at"), False),)

    db.create_tables([Query])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("sms_query"))
