"""Vocabularies that the school changes: letters of attendance, subjects of kinds of work, archives."""

from peewee import *


def up(migrator, db):
    class AssignmentType(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_assignment_type"

    class Subject(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_subject"

    class AssignmentTypeSubject(Model):
        type = ForeignKeyField(AssignmentType, on_delete="CASCADE", index=False)
        subject = ForeignKeyField(Subject, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "journal_assignment_type_subject"
            indexes = ((("type", "subject"), True),)

    db.create_tables([AssignmentTypeSubject])
    migrator.migrate(
        migrator.add_column("journal_assignment_type", "version", IntegerField(default=1)),
        migrator.add_column("journal_attendance_code", "archived", BooleanField(default=False)),
        migrator.add_column("journal_attendance_code", "version", IntegerField(default=1)),
        migrator.add_column(
            "journal_attendance_code", "letter", CharField(max_length=4, null=True)
        ),
    )
    db.execute_sql("UPDATE journal_attendance_code SET letter = code")
    migrator.migrate(
        migrator.add_not_null("journal_attendance_code", "letter"),
        migrator.add_index("journal_attendance_code", ("letter",), unique=True),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("journal_attendance_code", "journal_attendance_code_letter")
    )
    for column in ("letter", "version", "archived"):
        migrator.migrate(migrator.drop_column("journal_attendance_code", column, cascade=False))
    migrator.migrate(migrator.drop_column("journal_assignment_type", "version", cascade=False))
    migrator.migrate(migrator.drop_table("journal_assignment_type_subject"))
