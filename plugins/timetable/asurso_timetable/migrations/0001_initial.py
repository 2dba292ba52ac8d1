"""The first tables of timetable."""

from peewee import *
from asurso_core.fields import JSONField


def up(migrator, db):
    class AcademicYear(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_academic_year"

    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class Room(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_room"

    class SchoolClass(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_school_class"

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

    class BellSchedule(Model):
        title = CharField(unique=True, max_length=120)
        code = CharField(unique=True, null=True, max_length=40)
        archived = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_bell_schedule"

    db.create_tables([BellSchedule])

    class BellSlot(Model):
        schedule = ForeignKeyField(BellSchedule, on_delete="CASCADE")
        number = IntegerField()
        starts = IntegerField()
        ends = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_bell_slot"
            indexes = ((("schedule", "number"), True),)

    db.create_tables([BellSlot])

    class ClassBells(Model):
        school_class = ForeignKeyField(SchoolClass, on_delete="RESTRICT")
        schedule = ForeignKeyField(BellSchedule, on_delete="RESTRICT")
        since = DateField()
        until = DateField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_class_bells"
            indexes = ((("school_class", "since"), True),)

    db.create_tables([ClassBells])

    class Grid(Model):
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        title = CharField(max_length=80)
        since = DateField()
        until = DateField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_grid"
            indexes = ((("year", "since"), True),)

    db.create_tables([Grid])

    class GridAct(Model):
        grid = ForeignKeyField(Grid, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        entry = IntegerField()
        before = JSONField(null=True)
        after = JSONField(null=True)
        at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_grid_act"
            indexes = ((("grid", "user"), True),)

    db.create_tables([GridAct])

    class GridEntry(Model):
        grid = ForeignKeyField(Grid, on_delete="CASCADE")
        weekday = IntegerField()
        number = IntegerField()
        parity = IntegerField(default=0)
        starts = IntegerField()
        ends = IntegerField()
        group = ForeignKeyField(TeachingGroup, on_delete="RESTRICT")
        teacher = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        room = ForeignKeyField(Room, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_grid_entry"
            indexes = ((("grid", "weekday", "number"), False), (("grid", "group"), False))

    db.create_tables([GridEntry])

    class Lesson(Model):
        date = DateField()
        number = IntegerField()
        starts = IntegerField()
        ends = IntegerField()
        group = ForeignKeyField(TeachingGroup, on_delete="RESTRICT")
        teacher = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        room = ForeignKeyField(Room, null=True, on_delete="RESTRICT")
        status = CharField(max_length=10, default="planned")
        entry = IntegerField(null=True)
        planned_on = DateField(null=True)
        by_hand = BooleanField(default=False)
        note = CharField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_lesson"
            indexes = (
                (("group", "date"), False),
                (("teacher", "date"), False),
                (("room", "date"), False),
                (("date",), False),
            )

    db.create_tables([Lesson])

    class StaleSpan(Model):
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        starts = DateField()
        ends = DateField()
        reason = CharField(max_length=10)
        at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_stale_span"
            indexes = ((("year", "reason"), False),)

    db.create_tables([StaleSpan])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("timetable_stale_span"))
    migrator.migrate(migrator.drop_table("timetable_lesson"))
    migrator.migrate(migrator.drop_table("timetable_grid_entry"))
    migrator.migrate(migrator.drop_table("timetable_grid_act"))
    migrator.migrate(migrator.drop_table("timetable_grid"))
    migrator.migrate(migrator.drop_table("timetable_class_bells"))
    migrator.migrate(migrator.drop_table("timetable_bell_slot"))
    migrator.migrate(migrator.drop_table("timetable_bell_schedule"))
