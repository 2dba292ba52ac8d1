"""How the services are that the leading worker keeps going."""

from peewee import *


def up(migrator, db):
    class ServiceRow(Model):
        name = CharField(max_length=100, unique=True)
        state = CharField(max_length=10)
        error = CharField(max_length=1000, null=True)
        failures = IntegerField()
        worker = BigIntegerField()
        since = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_service"

    db.create_tables([ServiceRow])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("core_service"))
