"""Files that people give us: one row for each; the bytes lie in the instance folder."""

from peewee import *


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class StoredFile(Model):
        kind = CharField(max_length=60)
        owner = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        target = CharField(index=True, max_length=80)
        name = CharField(max_length=120)
        type = CharField(max_length=100)
        size = IntegerField()
        digest = CharField(index=True, max_length=64)
        created_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_stored_file"
            indexes = ((("owner", "kind"), False),)

    db.create_tables([StoredFile])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("core_stored_file"))
