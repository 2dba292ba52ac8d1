"""The first tables of journal."""

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

    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class AssignmentType(Model):
        name = CharField(unique=True, max_length=60)
        letter = CharField(max_length=3)
        weight = IntegerField(default=1)
        is_control = BooleanField(default=False)
        position = IntegerField(default=0)
        archived = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_assignment_type"

    db.create_tables([AssignmentType])

    class Assignment(Model):
        lesson = ForeignKeyField(Lesson, on_delete="RESTRICT")
        type = ForeignKeyField(AssignmentType, on_delete="RESTRICT")
        title = CharField(default="")
        weight = IntegerField(default=1)
        position = IntegerField(default=0)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_assignment"

    db.create_tables([Assignment])

    class Attendance(Model):
        lesson = ForeignKeyField(Lesson, on_delete="RESTRICT")
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")
        code = CharField(max_length=4, default="")
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_attendance"
            indexes = ((("lesson", "pupil"), True),)

    db.create_tables([Attendance])

    class AttendanceCode(Model):
        code = CharField(unique=True, max_length=4)
        name = CharField(max_length=60)
        missed = BooleanField(default=True)
        excused = BooleanField(default=False)
        illness = BooleanField(default=False)
        allows_mark = BooleanField(default=True)
        position = IntegerField(default=0)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_attendance_code"

    db.create_tables([AttendanceCode])

    class LessonNote(Model):
        lesson = ForeignKeyField(Lesson, unique=True, on_delete="RESTRICT")
        topic = CharField(max_length=500, default="")
        homework = CharField(max_length=2000, default="")
        homework_at = DateTimeField(null=True)
        attendance_at = DateTimeField(null=True)
        version = IntegerField(default=1)
        updated_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_lesson_note"

    db.create_tables([LessonNote])

    class Mark(Model):
        assignment = ForeignKeyField(Assignment, on_delete="RESTRICT")
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")
        value = CharField(max_length=8, default="")
        dot = BooleanField(default=False)
        comment = CharField(null=True, max_length=500)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_mark"
            indexes = ((("assignment", "pupil"), True),)

    db.create_tables([Mark])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("journal_mark"))
    migrator.migrate(migrator.drop_table("journal_lesson_note"))
    migrator.migrate(migrator.drop_table("journal_attendance_code"))
    migrator.migrate(migrator.drop_table("journal_attendance"))
    migrator.migrate(migrator.drop_table("journal_assignment"))
    migrator.migrate(migrator.drop_table("journal_assignment_type"))
