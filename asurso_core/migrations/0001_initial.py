"""The first tables of core."""

from peewee import *
from asurso_core.fields import JSONField


def up(migrator, db):
    class AcademicYear(Model):
        title = CharField(unique=True, max_length=20)
        starts = DateField()
        ends = DateField()
        state = CharField(max_length=10, default="planned")
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_academic_year"

    db.create_tables([AcademicYear])

    class AuditEntry(Model):
        at = DateTimeField(index=True)
        user = IntegerField(index=True, null=True)
        actor_name = CharField(max_length=120)
        side = CharField(max_length=10)
        address = CharField(max_length=45)
        kind = CharField(index=True, max_length=64)
        target = CharField(max_length=80)
        person = IntegerField(index=True, null=True)
        before = JSONField(null=True)
        after = JSONField(null=True)
        reason = CharField(null=True)
        operation = CharField(unique=True, null=True, max_length=40)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_audit_entry"
            indexes = ((("target", "id"), False),)

    db.create_tables([AuditEntry])

    class CalendarDay(Model):
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        date = DateField()
        kind = CharField(max_length=12)
        title = CharField(max_length=120)
        weekday_as = IntegerField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_calendar_day"
            indexes = ((("year", "date"), True),)

    db.create_tables([CalendarDay])

    class Person(Model):
        surname = CharField(max_length=80)
        given_name = CharField(max_length=80)
        patronymic = CharField(null=True, max_length=80)
        sex = CharField(null=True, max_length=1)
        birth_date = DateField(null=True)
        sort_key = CharField(index=True)
        search_text = CharField()
        archived_at = DateTimeField(null=True)
        archive_reason = CharField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person"

    db.create_tables([Person])

    class PeriodType(Model):
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        name = CharField(max_length=60)
        kind = CharField(max_length=20)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_period_type"
            indexes = ((("year", "name"), True),)

    db.create_tables([PeriodType])

    class SchoolClass(Model):
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        grade = IntegerField()
        letter = CharField(max_length=15)
        profile = CharField(null=True, max_length=120)
        period_type = ForeignKeyField(PeriodType, on_delete="RESTRICT")
        week_days = IntegerField(default=5)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_school_class"
            indexes = ((("year", "grade", "letter"), True),)

    db.create_tables([SchoolClass])

    class ClassMember(Model):
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")
        school_class = ForeignKeyField(SchoolClass, on_delete="RESTRICT")
        since = DateField()
        until = DateField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_class_member"
            indexes = ((("pupil", "since"), True),)

    db.create_tables([ClassMember])

    class ClassTeacher(Model):
        school_class = ForeignKeyField(SchoolClass, on_delete="RESTRICT")
        teacher = ForeignKeyField(Person, on_delete="RESTRICT")
        since = DateField()
        until = DateField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_class_teacher"
            indexes = ((("school_class", "teacher", "since"), True),)

    db.create_tables([ClassTeacher])

    class User(Model):
        person = ForeignKeyField(Person, unique=True, on_delete="RESTRICT")
        login = CharField(max_length=60)
        login_key = CharField(unique=True, max_length=60)
        password_hash = CharField(null=True, max_length=200)
        password_changed_at = DateTimeField(null=True)
        must_change = BooleanField(default=True)
        initial_expires_at = DateTimeField(null=True)
        state = CharField(max_length=10, default="active")
        created_at = DateTimeField()
        last_sign_in_at = DateTimeField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user"

    db.create_tables([User])

    class Device(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        key = CharField(unique=True, max_length=64)
        created_at = DateTimeField()
        seen_at = DateTimeField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_device"

    db.create_tables([Device])

    class Role(Model):
        name = CharField(unique=True, max_length=40)
        label = CharField(max_length=80)
        side = CharField(max_length=10, default="staff")
        builtin = BooleanField(default=False)
        idle_minutes = IntegerField(default=60)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_role"

    db.create_tables([Role])

    class Grant(Model):
        role = ForeignKeyField(Role, on_delete="CASCADE")
        permission = CharField(max_length=80)
        scope = CharField(max_length=40)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_grant"
            indexes = ((("role", "permission", "scope"), True),)

    db.create_tables([Grant])

    class Subject(Model):
        name = CharField(unique=True, max_length=120)
        short_name = CharField(max_length=30)
        area = CharField(null=True, max_length=120)
        archived = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_subject"

    db.create_tables([Subject])

    class TeachingGroup(Model):
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        subject = ForeignKeyField(Subject, on_delete="RESTRICT")
        part = IntegerField(default=0)
        name = CharField(max_length=60, default="")
        weekly_hours = DecimalField(null=True, max_digits=4, decimal_places=1)
        archived = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_teaching_group"

    db.create_tables([TeachingGroup])

    class GroupClass(Model):
        group = ForeignKeyField(TeachingGroup, on_delete="RESTRICT")
        school_class = ForeignKeyField(SchoolClass, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_group_class"
            indexes = ((("group", "school_class"), True),)

    db.create_tables([GroupClass])

    class GroupMember(Model):
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")
        group = ForeignKeyField(TeachingGroup, on_delete="RESTRICT")
        since = DateField()
        until = DateField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_group_member"
            indexes = ((("pupil", "group", "since"), True),)

    db.create_tables([GroupMember])

    class GroupTeacher(Model):
        group = ForeignKeyField(TeachingGroup, on_delete="RESTRICT")
        teacher = ForeignKeyField(Person, on_delete="RESTRICT")
        since = DateField()
        until = DateField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_group_teacher"
            indexes = ((("group", "teacher", "since"), True),)

    db.create_tables([GroupTeacher])

    class Guardian(Model):
        guardian = ForeignKeyField(Person, on_delete="RESTRICT")
        pupil = ForeignKeyField(Person, on_delete="RESTRICT")
        relation = CharField(max_length=40)
        may_receive = BooleanField(default=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_guardian"
            indexes = ((("guardian", "pupil"), True),)

    db.create_tables([Guardian])

    class Holiday(Model):
        year = ForeignKeyField(AcademicYear, on_delete="RESTRICT")
        title = CharField(max_length=120)
        starts = DateField()
        ends = DateField()
        first_grade = IntegerField(default=1)
        last_grade = IntegerField(default=11)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_holiday"

    db.create_tables([Holiday])

    class ImportBatch(Model):
        owner = ForeignKeyField(User, null=True, on_delete="RESTRICT")
        kind = CharField(max_length=10)
        filename = CharField(max_length=120)
        digest = CharField(max_length=64)
        content = JSONField()
        created_at = DateTimeField()
        expires_at = DateTimeField(index=True)
        applied_at = DateTimeField(null=True)
        outcome = JSONField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_import_batch"

    db.create_tables([ImportBatch])

    class Outbox(Model):
        kind = CharField(max_length=64)
        payload = JSONField()
        created_at = DateTimeField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_outbox"

    db.create_tables([Outbox])

    class Period(Model):
        period_type = ForeignKeyField(PeriodType, on_delete="RESTRICT")
        number = IntegerField()
        title = CharField(max_length=60)
        starts = DateField()
        ends = DateField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_period"
            indexes = ((("period_type", "number"), True),)

    db.create_tables([Period])

    class PersonDetail(Model):
        person = ForeignKeyField(Person, unique=True, on_delete="RESTRICT")
        phone = CharField(null=True, max_length=40)
        email = CharField(null=True, max_length=120)
        address = CharField(null=True)
        snils = CharField(null=True, max_length=14)
        document_kind = CharField(null=True, max_length=60)
        document_series = CharField(null=True, max_length=20)
        document_number = CharField(null=True, max_length=20)
        file_number = CharField(null=True, max_length=30)
        position = CharField(null=True, max_length=120)
        subjects = CharField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_person_detail"

    db.create_tables([PersonDetail])

    class PluginState(Model):
        name = CharField(unique=True, max_length=60)
        enabled = BooleanField(default=True)
        faults = IntegerField(default=0)
        last_fault = CharField(null=True, max_length=500)
        last_fault_at = DateTimeField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_plugin"

    db.create_tables([PluginState])

    class Preference(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=80)
        value = JSONField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_preference"
            indexes = ((("user", "name"), True),)

    db.create_tables([Preference])

    class Revision(Model):
        topic = CharField(unique=True, max_length=64)
        number = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_revision"

    db.create_tables([Revision])

    class Room(Model):
        name = CharField(max_length=40)
        building = CharField(max_length=60, default="")
        capacity = IntegerField(null=True)
        kind = CharField(null=True, max_length=60)
        responsible = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        archived = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_room"
            indexes = ((("building", "name"), True),)

    db.create_tables([Room])

    class School(Model):
        name = CharField()
        short_name = CharField(max_length=80)
        address = CharField(null=True)
        phone = CharField(null=True, max_length=80)
        email = CharField(null=True, max_length=120)
        website = CharField(null=True, max_length=120)
        director = CharField(null=True, max_length=120)
        founder = CharField(null=True)
        zone = CharField(max_length=40, default="Europe/Samara")
        demo = BooleanField(default=False)
        version = IntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_school"

    db.create_tables([School])

    class Session(Model):
        key = CharField(unique=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")
        side = CharField(max_length=10)
        created_at = DateTimeField()
        seen_at = DateTimeField()
        address = CharField(max_length=45)
        agent = CharField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_session"

    db.create_tables([Session])

    class Setting(Model):
        owner = CharField(max_length=40)
        name = CharField(max_length=60)
        value = JSONField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_setting"
            indexes = ((("owner", "name"), True),)

    db.create_tables([Setting])

    class SignInFailure(Model):
        login_key = CharField(index=True, max_length=60)
        address = CharField(index=True, max_length=45)
        password_mark = CharField(index=True, max_length=16)
        at = DateTimeField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_sign_in_failure"

    db.create_tables([SignInFailure])

    class UserRole(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        role = ForeignKeyField(Role, on_delete="RESTRICT")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "core_user_role"
            indexes = ((("user", "role"), True),)

    db.create_tables([UserRole])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("core_user_role"))
    migrator.migrate(migrator.drop_table("core_sign_in_failure"))
    migrator.migrate(migrator.drop_table("core_setting"))
    migrator.migrate(migrator.drop_table("core_session"))
    migrator.migrate(migrator.drop_table("core_school"))
    migrator.migrate(migrator.drop_table("core_room"))
    migrator.migrate(migrator.drop_table("core_revision"))
    migrator.migrate(migrator.drop_table("core_preference"))
    migrator.migrate(migrator.drop_table("core_plugin"))
    migrator.migrate(migrator.drop_table("core_person_detail"))
    migrator.migrate(migrator.drop_table("core_period"))
    migrator.migrate(migrator.drop_table("core_outbox"))
    migrator.migrate(migrator.drop_table("core_import_batch"))
    migrator.migrate(migrator.drop_table("core_holiday"))
    migrator.migrate(migrator.drop_table("core_guardian"))
    migrator.migrate(migrator.drop_table("core_group_teacher"))
    migrator.migrate(migrator.drop_table("core_group_member"))
    migrator.migrate(migrator.drop_table("core_group_class"))
    migrator.migrate(migrator.drop_table("core_teaching_group"))
    migrator.migrate(migrator.drop_table("core_subject"))
    migrator.migrate(migrator.drop_table("core_grant"))
    migrator.migrate(migrator.drop_table("core_role"))
    migrator.migrate(migrator.drop_table("core_device"))
    migrator.migrate(migrator.drop_table("core_user"))
    migrator.migrate(migrator.drop_table("core_class_teacher"))
    migrator.migrate(migrator.drop_table("core_class_member"))
    migrator.migrate(migrator.drop_table("core_school_class"))
    migrator.migrate(migrator.drop_table("core_period_type"))
    migrator.migrate(migrator.drop_table("core_person"))
    migrator.migrate(migrator.drop_table("core_calendar_day"))
    migrator.migrate(migrator.drop_table("core_audit_entry"))
    migrator.migrate(migrator.drop_table("core_academic_year"))
