"""Rights given to one person until a day; when a session was last confirmed by the password."""

from peewee import *


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class PersonGrant(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        side = CharField(max_length=10)
        permission = CharField(max_length=80)
        scope = CharField(max_length=40)
        until = DateField()
        reason = CharField(max_length=255)
        given_by = IntegerField(null=True)
        given_by_name = CharField(max_length=120)
        given_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person_grant"
            indexes = ((("user", "permission", "scope"), True),)

    db.create_tables([PersonGrant])
    migrator.migrate(
        migrator.add_column("core_session", "confirmed_at", DateTimeField(null=True)),
    )
    # A school that is at work already must find somebody who can open the new pages.
    for role, permission in (
        ("admin", "core.access.view"),
        ("admin", "core.access.edit"),
        ("director", "core.access.view"),
    ):
        db.execute_sql(
            "INSERT INTO core_grant (role_id, permission, scope) "
            f"SELECT id, '{permission}', 'school' FROM core_role r WHERE name = '{role}' "
            "AND NOT EXISTS (SELECT 1 FROM core_grant g WHERE g.role_id = r.id "
            f"AND g.permission = '{permission}')"
        )


def down(migrator, db):
    migrator.migrate(migrator.drop_column("core_session", "confirmed_at"))
    migrator.migrate(migrator.drop_table("core_person_grant"))
