"""Substitutions: who gives a lesson instead of its teacher, why and for what pay."""

from peewee import *


def up(migrator, db):
    class Lesson(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_lesson"

    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class Subject(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_subject"

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class Substitution(Model):
        lesson = ForeignKeyField(Lesson, unique=True, on_delete="CASCADE")
        absent = ForeignKeyField(Person, on_delete="RESTRICT")
        substitute = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        kind = CharField(max_length=10)
        subject = ForeignKeyField(Subject, null=True, on_delete="RESTRICT")
        reason = CharField(max_length=12)
        payment = CharField(max_length=10)
        order_number = CharField(max_length=40, default="")
        made_at = DateTimeField()
        made_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_substitution"

    db.create_tables([Substitution])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("timetable_substitution"))
