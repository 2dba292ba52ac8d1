"""Absences of whole days, what they filled, and notes of parents."""

from peewee import *


def up(migrator, db):
    class AcademicYear(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_academic_year"

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

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class Absence(Model):
        pupil = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT", index=False)
        starts = DateField()
        ends = DateField()
        first_lesson = IntegerField(null=True)
        last_lesson = IntegerField(null=True)
        code = CharField(max_length=4)
        certificate = CharField(max_length=60, default="")
        reason = CharField(max_length=255, default="")
        created_at = DateTimeField()
        created_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        removed_at = DateTimeField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_absence"
            indexes = ((("pupil", "year"), False), (("year", "ends"), False))

    db.create_tables([Absence])

    class AbsenceFill(Model):
        absence = ForeignKeyField(Absence, on_delete="CASCADE", index=False)
        lesson = ForeignKeyField(Lesson, on_delete="RESTRICT")
        before = CharField(max_length=4, default="")
        written = IntegerField(default=0)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_absence_fill"
            indexes = ((("absence", "lesson"), True),)

    db.create_tables([AbsenceFill])

    class AbsenceNote(Model):
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        starts = DateField()
        ends = DateField()
        reason = CharField(max_length=500)
        state = CharField(max_length=10, default="new")
        answer = CharField(max_length=255, default="")
        absence = ForeignKeyField(Absence, null=True, on_delete="RESTRICT")
        created_at = DateTimeField()
        created_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        decided_at = DateTimeField(null=True)
        decided_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_absence_note"

    db.create_tables([AbsenceNote])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("journal_absence_note"))
    migrator.migrate(migrator.drop_table("journal_absence_fill"))
    migrator.migrate(migrator.drop_table("journal_absence"))
