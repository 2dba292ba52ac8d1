"""The tables of the forum."""

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

    class Section(Model):
        title = CharField(max_length=120)
        about = CharField(default="")
        position = IntegerField(default=0)
        archived = BooleanField(default=False)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_section"

    db.create_tables([Section])

    class Topic(Model):
        section = ForeignKeyField(Section, on_delete="RESTRICT", index=False)
        title = CharField(max_length=200)
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        created_at = DateTimeField()
        pinned = BooleanField(default=False)
        closed = BooleanField(default=False)
        state = CharField(max_length=10, default="open")
        reason = CharField(null=True)
        last_number = IntegerField(default=0)
        last_open = IntegerField(default=0)
        last_at = DateTimeField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_topic"
            indexes = ((("section", "state", "pinned", "last_at"), False),)

    db.create_tables([Topic])

    class Message(Model):
        topic = ForeignKeyField(Topic, on_delete="RESTRICT", index=False)
        number = IntegerField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        text = TextField()
        created_at = DateTimeField()
        edited_at = DateTimeField(null=True)
        state = CharField(index=True, max_length=10, default="open")
        reason = CharField(null=True)
        decided_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_message"
            indexes = ((("topic", "number"), True), (("author", "created_at"), False))

    db.create_tables([Message])

    class Mention(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT", index=False)
        person = ForeignKeyField(Person, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_mention"
            indexes = ((("message", "person"), True),)

    db.create_tables([Mention])

    class OldText(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT")
        text = TextField()
        at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_old_text"

    db.create_tables([OldText])

    class Poll(Model):
        topic = ForeignKeyField(Topic, unique=True, on_delete="RESTRICT")
        question = CharField()
        multiple = BooleanField(default=False)
        ends = DateField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_poll"

    db.create_tables([Poll])

    class PollOption(Model):
        poll = ForeignKeyField(Poll, on_delete="RESTRICT")
        position = IntegerField()
        text = CharField(max_length=200)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_poll_option"

    db.create_tables([PollOption])

    class PollVote(Model):
        option = ForeignKeyField(PollOption, on_delete="RESTRICT", index=False)
        person = ForeignKeyField(Person, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_poll_vote"
            indexes = ((("option", "person"), True),)

    db.create_tables([PollVote])

    class Reaction(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT", index=False)
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        kind = CharField(max_length=12)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_reaction"
            indexes = ((("message", "person", "kind"), True),)

    db.create_tables([Reaction])

    class ReadMark(Model):
        person = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        topic = ForeignKeyField(Topic, on_delete="RESTRICT")
        number = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_read_mark"
            indexes = ((("person", "topic"), True),)

    db.create_tables([ReadMark])

    class Report(Model):
        message = ForeignKeyField(Message, on_delete="RESTRICT", index=False)
        reporter = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        reason = CharField(max_length=20)
        note = CharField(max_length=500, default="")
        created_at = DateTimeField()
        state = CharField(index=True, max_length=10, default="open")
        decided_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_report"
            indexes = ((("message", "reporter"), True),)

    db.create_tables([Report])

    class SectionRight(Model):
        section = ForeignKeyField(Section, on_delete="CASCADE")
        level = IntegerField()
        role = CharField(null=True, max_length=40)
        school_class = ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
        person = ForeignKeyField(Person, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_section_right"

    db.create_tables([SectionRight])

    class Subscription(Model):
        person = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        topic = ForeignKeyField(Topic, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "forum_subscription"
            indexes = ((("person", "topic"), True),)

    db.create_tables([Subscription])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("forum_subscription"))
    migrator.migrate(migrator.drop_table("forum_section_right"))
    migrator.migrate(migrator.drop_table("forum_report"))
    migrator.migrate(migrator.drop_table("forum_read_mark"))
    migrator.migrate(migrator.drop_table("forum_reaction"))
    migrator.migrate(migrator.drop_table("forum_poll_vote"))
    migrator.migrate(migrator.drop_table("forum_poll_option"))
    migrator.migrate(migrator.drop_table("forum_poll"))
    migrator.migrate(migrator.drop_table("forum_old_text"))
    migrator.migrate(migrator.drop_table("forum_mention"))
    migrator.migrate(migrator.drop_table("forum_message"))
    migrator.migrate(migrator.drop_table("forum_topic"))
    migrator.migrate(migrator.drop_table("forum_section"))
