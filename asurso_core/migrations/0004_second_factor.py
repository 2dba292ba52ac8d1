"""The second factor: codes of an app, recovery codes, and sign-ins that wait for a code."""

from peewee import *


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    class SecondFactor(Model):
        user = ForeignKeyField(User, unique=True, on_delete="CASCADE")
        salt = CharField(max_length=64)
        created_at = DateTimeField()
        confirmed_at = DateTimeField(null=True)
        last_step = IntegerField(default=0)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_second_factor"

    class RecoveryCode(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        code_hash = CharField(max_length=64)
        used_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_recovery_code"
            indexes = ((("user", "code_hash"), True),)

    class HalfSignIn(Model):
        key = CharField(unique=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")
        created_at = DateTimeField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_half_sign_in"

    db.create_tables([SecondFactor, RecoveryCode, HalfSignIn])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("core_half_sign_in"))
    migrator.migrate(migrator.drop_table("core_recovery_code"))
    migrator.migrate(migrator.drop_table("core_second_factor"))
