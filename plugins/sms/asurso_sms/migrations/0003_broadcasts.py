"""Broadcasts: texts of the school, who was addressed, how they were told."""

from peewee import *


def up(migrator, db):
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

    class TeachingGroup(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_teaching_group"

    class Message(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_message"

    class Template(Model):
        title = CharField(max_length=80)
        kind = CharField(max_length=20)
        text = TextField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_template"

    class Broadcast(Model):
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        kind = CharField(max_length=20)
        text = TextField()
        day = DateField(null=True)
        urgent = BooleanField(default=False)
        state = CharField(max_length=10)
        reason = CharField(max_length=300, default="")
        created_at = DateTimeField()
        wanted_at = DateTimeField(null=True)
        due_at = DateTimeField(null=True)
        started_at = DateTimeField(null=True)
        finished_at = DateTimeField(null=True)
        job = IntegerField(null=True)
        version = IntegerField(default=1)
        repeats = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        with_unknown = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_broadcast"
            indexes = ((("state", "created_at"), False),)

    class Target(Model):
        broadcast = ForeignKeyField(Broadcast, on_delete="CASCADE")
        key = CharField(max_length=80)
        school_class = ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
        group = ForeignKeyField(TeachingGroup, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_target"
            indexes = ((("broadcast", "key"), True),)

    class Recipient(Model):
        broadcast = ForeignKeyField(Broadcast, on_delete="CASCADE")
        person = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        pupil = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        key = CharField(max_length=80)
        school_class = ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
        group = ForeignKeyField(TeachingGroup, null=True, on_delete="RESTRICT")
        state = CharField(max_length=10)
        message = ForeignKeyField(Message, null=True, on_delete="RESTRICT")
        reason = CharField(max_length=300, default="")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_recipient"
            indexes = ((("broadcast", "state"), False),)

    db.create_tables([Template, Broadcast, Target, Recipient])


def down(migrator, db):
    for table in ("sms_recipient", "sms_target", "sms_broadcast", "sms_template"):
        migrator.migrate(migrator.drop_table(table))
