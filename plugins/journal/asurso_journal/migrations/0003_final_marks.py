"""Final marks, the closing of study periods, and unlocking for a while."""

from peewee import *

from asurso_core.fields import JSONField


def up(migrator, db):
    class AcademicYear(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_academic_year"

    class Period(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_period"

    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class SchoolClass(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_school_class"

    class Subject(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_subject"

    class TeachingGroup(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_teaching_group"

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class FinalMark(Model):
        pupil = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT", index=False)
        subject = ForeignKeyField(Subject, on_delete="RESTRICT")
        slot = IntegerField()
        period = ForeignKeyField(Period, null=True, on_delete="RESTRICT")
        group = ForeignKeyField(TeachingGroup, on_delete="RESTRICT")
        value = CharField(max_length=8, default="")
        suggested = CharField(max_length=8, default="")
        reason = CharField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_final_mark"
            indexes = ((("pupil", "year", "subject", "slot"), True), (("year", "slot"), False))

    db.create_tables([FinalMark])

    class PeriodClosing(Model):
        period = ForeignKeyField(Period, on_delete="RESTRICT", index=False)
        school_class = ForeignKeyField(SchoolClass, on_delete="RESTRICT")
        closed_at = DateTimeField()
        closed_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        rules = JSONField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_period_closing"
            indexes = ((("period", "school_class"), True),)

    db.create_tables([PeriodClosing])

    class Unlock(Model):
        teacher = ForeignKeyField(Person, on_delete="RESTRICT")
        group = ForeignKeyField(TeachingGroup, null=True, on_delete="RESTRICT")
        period = ForeignKeyField(Period, null=True, on_delete="RESTRICT")
        until = DateTimeField()
        reason = CharField()
        given_at = DateTimeField()
        given_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        ended_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_unlock"

    db.create_tables([Unlock])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("journal_unlock"))
    migrator.migrate(migrator.drop_table("journal_period_closing"))
    migrator.migrate(migrator.drop_table("journal_final_mark"))
