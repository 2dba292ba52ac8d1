"""People, their accounts, what they may do, and where they are signed in."""

from __future__ import annotations

import peewee as pw

from asurso_core.db import Record, ref
from asurso_core.fields import JSONField
from asurso_core.text import fold, sort_key


class Person(Record):
    """A human being the school knows: pupil, parent or member of staff, or several at once."""

    surname = pw.CharField(80)
    given_name = pw.CharField(80)
    patronymic = pw.CharField(80, null=True)
    sex = pw.CharField(1, null=True)  # "m", "f" or unknown
    birth_date = pw.DateField(null=True)
    sort_key = pw.CharField(255, index=True)  # Russian order, see asurso_core.text
    search_text = pw.CharField(255)  # folded full name
    archived_at = pw.DateTimeField(null=True)
    archive_reason = pw.CharField(255, null=True)
    version = pw.IntegerField(default=1)

    @property
    def name(self) -> str:
        """Surname, given name and patronymic: «Ёлкина Анна Петровна»."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)

    @property
    def short_name(self) -> str:
        """Surname and initials: «Ёлкина А. П.»."""
        initials = [f"{part[0]}." for part in (self.given_name, self.patronymic) if part]
        return " ".join([self.surname, *initials])

    @property
    def call_name(self) -> str:
        """Surname and given name, as pupils stand in a class list."""
        return f"{self.surname} {self.given_name}"

    def refresh_keys(self) -> None:
        """Recompute the stored order and search keys from the name."""
        self.sort_key = sort_key(self.name)
        self.search_text = fold(self.name)


class PersonDetail(Record):
    """Particulars of a person that lists do not show; one row per person at most."""

    person = ref(Person, unique=True)
    phone = pw.CharField(40, null=True)
    email = pw.CharField(120, null=True)
    address = pw.CharField(255, null=True)
    snils = pw.CharField(14, null=True)
    document_kind = pw.CharField(60, null=True)
    document_series = pw.CharField(20, null=True)
    document_number = pw.CharField(20, null=True)
    file_number = pw.CharField(30, null=True)  # № личного дела
    position = pw.CharField(120, null=True)  # staff: post
    subjects = pw.CharField(255, null=True)  # staff: subjects in words


class Guardian(Record):
    """A legal representative of a pupil."""

    guardian = ref(Person)
    pupil = ref(Person)
    relation = pw.CharField(40)
    # A court may forbid one parent to learn about the child: then nothing is shown to them.
    may_receive = pw.BooleanField(default=True)

    class Meta:
        indexes = ((("guardian", "pupil"), True),)


class User(Record):
    """An account; one person has at most one."""

    person = ref(Person, unique=True)
    login = pw.CharField(60)
    login_key = pw.CharField(60, unique=True)  # folded: logins do not differ by case
    password_hash = pw.CharField(200, null=True)
    password_changed_at = pw.DateTimeField(null=True)
    must_change = pw.BooleanField(default=True)
    initial_expires_at = pw.DateTimeField(null=True)  # end of a one-time password
    state = pw.CharField(10, default="active")  # active, blocked, archived
    created_at = pw.DateTimeField()
    last_sign_in_at = pw.DateTimeField(null=True)
    version = pw.IntegerField(default=1)


class Role(Record):
    """A kind of user; the eleven built-in ones cannot be deleted (R3.1, decisions 11)."""

    name = pw.CharField(40, unique=True)
    label = pw.CharField(80)
    # "staff" or "family": screens of one side never ask the grants of the other (R3.2).
    side = pw.CharField(10, default="staff")
    builtin = pw.BooleanField(default=False)
    idle_minutes = pw.IntegerField(default=60)


class UserRole(Record):
    """An account has a role."""

    user = ref(User, cascade=True)
    role = ref(Role)

    class Meta:
        indexes = ((("user", "role"), True),)


class Grant(Record):
    """The school's matrix of rights: a role has a permission over a scope."""

    role = ref(Role, cascade=True)
    permission = pw.CharField(80)
    scope = pw.CharField(40)

    class Meta:
        indexes = ((("role", "permission", "scope"), True),)


class PersonGrant(Record):
    """A right given to one person until a day, that day included; it adds to those of the roles."""

    user = ref(User, cascade=True)
    side = pw.CharField(10)  # "staff" or "family": on which side of the person it counts
    permission = pw.CharField(80)
    scope = pw.CharField(40)
    until = pw.DateField()
    reason = pw.CharField(255)
    given_by = pw.IntegerField(null=True)  # a plain number: the row outlives the account
    given_by_name = pw.CharField(120)
    given_at = pw.DateTimeField()

    class Meta:
        indexes = ((("user", "permission", "scope"), True),)


class Session(Record):
    """A place where somebody is signed in; deleting the row signs that place out at once."""

    key = pw.CharField(64, unique=True)  # SHA-256 of the secret in the cookie
    user = ref(User, cascade=True)
    side = pw.CharField(10)  # "staff" or "family": which side of the person is looking
    created_at = pw.DateTimeField()
    seen_at = pw.DateTimeField()
    address = pw.CharField(45)
    agent = pw.CharField(255)
    # When the password was typed again before a risky deed; good for a few minutes.
    confirmed_at = pw.DateTimeField(null=True)


class SecondFactor(Record):
    """The app of an account that shows codes; in force once a code of it was typed."""

    user = ref(User, unique=True, cascade=True)
    salt = pw.CharField(64)  # with the school's key it makes the secret, which is stored nowhere
    created_at = pw.DateTimeField()
    confirmed_at = pw.DateTimeField(null=True)
    last_step = pw.IntegerField(default=0)  # of the last code taken: no code works twice


class RecoveryCode(Record):
    """A code on paper that signs in once, for whoever lost the phone."""

    user = ref(User, cascade=True)
    code_hash = pw.CharField(64)
    used_at = pw.DateTimeField(null=True)

    class Meta:
        indexes = ((("user", "code_hash"), True),)


class HalfSignIn(Record):
    """Somebody whose password fitted and whose code is awaited; it opens nothing by itself."""

    key = pw.CharField(64, unique=True)  # SHA-256 of the secret in the cookie
    user = ref(User, cascade=True)
    created_at = pw.DateTimeField(index=True)


class Device(Record):
    """A browser that this account has signed in from; guessing by strangers does not slow it."""

    user = ref(User, cascade=True)
    key = pw.CharField(64, unique=True)  # SHA-256 of the device cookie
    created_at = pw.DateTimeField()
    seen_at = pw.DateTimeField()


class SignInFailure(Record):
    """A refused attempt to sign in, kept as long as the throttle looks back."""

    login_key = pw.CharField(60, index=True)
    address = pw.CharField(45, index=True)
    password_mark = pw.CharField(16, index=True)  # keyed digest: tells spraying, reveals nothing
    at = pw.DateTimeField(index=True)


class Preference(Record):
    """A person's own choice, such as the theme; ``name`` is ``<owner>.<choice>``."""

    user = ref(User, cascade=True)
    name = pw.CharField(80)
    value = JSONField()

    class Meta:
        indexes = ((("user", "name"), True),)


class ImportBatch(Record):
    """A file of people between its preview and its applying; the rows are emptied afterwards."""

    owner = ref(User, null=True)  # who uploaded it: nobody else sees it
    kind = pw.CharField(10)  # staff, pupils, parents
    filename = pw.CharField(120)
    digest = pw.CharField(64)  # of the file, to know it again
    # {"header": [...], "rows": [[number, [cell, ...]], ...]}; passwords are never kept
    content = JSONField()
    created_at = pw.DateTimeField()
    expires_at = pw.DateTimeField(index=True)
    applied_at = pw.DateTimeField(null=True)
    # What applying did: counts, and the ids of new accounts for their slips.
    outcome = JSONField(null=True)
