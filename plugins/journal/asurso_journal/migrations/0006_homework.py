"""Homework with files, days, chosen pupils and answers; who has read the comment on a mark."""

from peewee import *

from asurso_core.fields import JSONField


def up(migrator, db):
    class Assignment(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_assignment"

    class Lesson(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "timetable_lesson"

    class Mark(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_mark"

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

    class Task(Model):
        lesson = ForeignKeyField(Lesson, on_delete="RESTRICT")
        for_all = BooleanField(default=True)
        text = CharField(max_length=2000, default="")
        links = JSONField(default=list)
        due_on = DateField(null=True)
        answers = BooleanField(default=False)
        assignment = ForeignKeyField(Assignment, null=True, on_delete="RESTRICT")
        set_at = DateTimeField()
        updated_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_task"

    db.create_tables([Task])

    class TaskPupil(Model):
        task = ForeignKeyField(Task, on_delete="CASCADE", index=False)
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_task_pupil"
            indexes = ((("task", "pupil"), True),)

    db.create_tables([TaskPupil])

    class Answer(Model):
        task = ForeignKeyField(Task, on_delete="RESTRICT", index=False)
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")
        state = CharField(max_length=10, default="handed")
        late = BooleanField(default=False)
        handed_at = DateTimeField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_answer"
            indexes = ((("task", "pupil"), True),)

    db.create_tables([Answer])

    class AnswerVersion(Model):
        answer = ForeignKeyField(Answer, on_delete="CASCADE", index=False)
        number = IntegerField()
        text = CharField(max_length=4000, default="")
        at = DateTimeField()
        comment = CharField(max_length=1000, default="")
        judged_at = DateTimeField(null=True)
        judged_by = ForeignKeyField(User, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_answer_version"
            indexes = ((("answer", "number"), True),)

    db.create_tables([AnswerVersion])

    class CommentRead(Model):
        mark = ForeignKeyField(Mark, on_delete="CASCADE", index=False)
        person = ForeignKeyField(Person, on_delete="CASCADE")
        version = IntegerField()
        read_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_comment_read"
            indexes = ((("mark", "person"), True),)

    db.create_tables([CommentRead])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("journal_comment_read"))
    migrator.migrate(migrator.drop_table("journal_answer_version"))
    migrator.migrate(migrator.drop_table("journal_answer"))
    migrator.migrate(migrator.drop_table("journal_task_pupil"))
    migrator.migrate(migrator.drop_table("journal_task"))
