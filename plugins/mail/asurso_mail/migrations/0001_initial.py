"""The tables of mail."""

from peewee import *
from asurso_core.fields import JSONField


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    class Message(Model):
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        side = CharField(max_length=10)
        kind = CharField(max_length=10, default="letter")
        subject = CharField(max_length=200, default="")
        text = TextField(default="")
        created_at = DateTimeField()
        sent_at = DateTimeField(null=True)
        thread = IntegerField(index=True, null=True)
        answers = IntegerField(null=True)
        chosen = JSONField(default=dict)
        addressed = CharField(default="")
        recipients = IntegerField(default=0)
        open_list = BooleanField(default=True)
        op = CharField(unique=True, null=True, max_length=40)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_message"
            indexes = ((("author", "side", "sent_at"), False),)

    db.create_tables([Message])

    class Attachment(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT", index=False)
        file = IntegerField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_attachment"
            indexes = ((("message", "file"), True),)

    db.create_tables([Attachment])

    class Ban(Model):
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        side = CharField(max_length=10)
        until = DateField()
        reason = CharField(max_length=500)
        given_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        given_at = DateTimeField()
        lifted_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_ban"

    db.create_tables([Ban])

    class Folder(Model):
        owner = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        side = CharField(max_length=10)
        name = CharField(max_length=60)
        name_key = CharField(max_length=60)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_folder"
            indexes = ((("owner", "side", "name_key"), True),)

    db.create_tables([Folder])

    class Copy(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT", index=False)
        owner = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        side = CharField(max_length=10)
        part = CharField(max_length=8)
        box = CharField(max_length=8)
        folder = ForeignKeyField(Folder, null=True, on_delete="RESTRICT", index=False)
        at = DateTimeField()
        read_at = DateTimeField(null=True)
        trashed_at = DateTimeField(index=True, null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_copy"
            indexes = (
                (("message", "owner", "side", "part"), True),
                (("owner", "side", "box", "at", "id"), False),
                (("folder", "at", "id"), False),
                (("owner", "side", "read_at"), False),
            )

    db.create_tables([Copy])

    class Confirmation(Model):
        person = ForeignKeyField(Person, unique=True, on_delete="RESTRICT")
        email = CharField(max_length=120)
        key = CharField(max_length=64)
        asked_at = DateTimeField()
        times = IntegerField(default=1)
        confirmed_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_confirmation"

    db.create_tables([Confirmation])

    class Outside(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT")
        address = CharField(max_length=254)
        mark = CharField(max_length=40)
        state = CharField(max_length=10, default="waiting")
        words = CharField(max_length=500, default="")
        job = IntegerField(null=True)
        changed_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_outside"

    db.create_tables([Outside])

    class Report(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT", index=False)
        reporter = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        side = CharField(max_length=10)
        reason = CharField(max_length=20)
        note = CharField(max_length=500, default="")
        created_at = DateTimeField()
        state = CharField(index=True, max_length=10, default="open")
        decided_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        decided_at = DateTimeField(null=True)
        decision = CharField(max_length=500, default="")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_report"
            indexes = ((("message", "reporter"), True),)

    db.create_tables([Report])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("mail_report"))
    migrator.migrate(migrator.drop_table("mail_outside"))
    migrator.migrate(migrator.drop_table("mail_confirmation"))
    migrator.migrate(migrator.drop_table("mail_copy"))
    migrator.migrate(migrator.drop_table("mail_folder"))
    migrator.migrate(migrator.drop_table("mail_ban"))
    migrator.migrate(migrator.drop_table("mail_attachment"))
    migrator.migrate(migrator.drop_table("mail_message"))
