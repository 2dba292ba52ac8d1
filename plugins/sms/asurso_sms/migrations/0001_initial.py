"""The first tables of sms."""

from peewee import *


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

    class SchoolClass(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_school_class"

    class Inbound(Model):
        gateway = CharField(max_length=40)
        gateway_id = CharField(max_length=80)
        sender = CharField(max_length=20)
        receiver = CharField(max_length=20)
        text = TextField(null=True)
        received_at = DateTimeField(index=True)
        handled_at = DateTimeField(null=True)
        piece = CharField(null=True, max_length=40)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_inbound"
            indexes = ((("gateway", "gateway_id"), True),)

    db.create_tables([Inbound])

    class Message(Model):
        mark = CharField(unique=True, max_length=24)
        person = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        phone = CharField(max_length=16)
        text = TextField(null=True)
        purpose = CharField(max_length=10)
        about = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        family = BooleanField(default=False)
        school_class = ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
        year = ForeignKeyField(AcademicYear, null=True, on_delete="RESTRICT")
        urgent = BooleanField(default=False)
        reference = CharField(max_length=100, default="")
        parts = IntegerField()
        price = IntegerField()
        gateway = CharField(null=True, max_length=40)
        job = IntegerField(null=True)
        state = CharField(max_length=10)
        reason = CharField(max_length=300, default="")
        created_at = DateTimeField(index=True)
        due_at = DateTimeField()
        expires_at = DateTimeField()
        sent_at = DateTimeField(null=True)
        final_at = DateTimeField(null=True)
        repeats = ForeignKeyField("self", null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_message"
            indexes = (
                (("state", "due_at"), False),
                (("person", "created_at"), False),
                (("reference",), False),
            )

    db.create_tables([Message])

    class Part(Model):
        message = ForeignKeyField(Message, on_delete="CASCADE")
        gateway = CharField(max_length=40)
        gateway_id = CharField(max_length=80)
        state = CharField(max_length=10)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_part"
            indexes = ((("gateway", "gateway_id"), False),)

    db.create_tables([Part])

    class Phone(Model):
        person = ForeignKeyField(Person, unique=True, on_delete="RESTRICT")
        number = CharField(unique=True, null=True, max_length=16)
        confirmed_at = DateTimeField(null=True)
        asked = CharField(null=True, max_length=16)
        asked_at = DateTimeField(null=True)
        code_hash = CharField(null=True, max_length=200)
        tries = IntegerField(default=0)
        asked_from = CharField(default="", max_length=45)
        consent_at = DateTimeField(null=True)
        consent_version = CharField(null=True, max_length=20)
        consent_text = TextField(null=True)
        withdrawn_at = DateTimeField(null=True)
        stopped_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_phone"

    db.create_tables([Phone])

    class Report(Model):
        gateway = CharField(max_length=40)
        gateway_id = CharField(max_length=80)
        state = CharField(max_length=10)
        reason = CharField(max_length=300, default="")
        received_at = DateTimeField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sms_report"
            indexes = ((("gateway", "gateway_id", "state"), True),)

    db.create_tables([Report])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("sms_report"))
    migrator.migrate(migrator.drop_table("sms_phone"))
    migrator.migrate(migrator.drop_table("sms_part"))
    migrator.migrate(migrator.drop_table("sms_message"))
    migrator.migrate(migrator.drop_table("sms_inbound"))
