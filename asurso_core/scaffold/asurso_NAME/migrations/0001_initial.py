"""The first tables of the plugin."""

from peewee import *


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class Note(Model):
        author = ForeignKeyField(Person, on_delete="RESTRICT")
        text = CharField(max_length=500)
        written_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "@name@_note"

    db.create_tables([Note])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("@name@_note"))
