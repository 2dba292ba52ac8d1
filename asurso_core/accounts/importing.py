"""Import of people from a file: first the plan, then, when somebody has looked at it, the deed.

Keys by which a row finds its person: login, SNILS, number of the personal file, otherwise full
name and date of birth; a parent by full name and child. Nothing is ever deleted, an empty cell
changes nothing, and a second import of the same file finds nothing to do. The plan is made again
inside the transaction that applies it, and refused when it is no longer the plan that was shown.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, audit, clock, tables
from asurso_core.accounts import import_columns, people_fields
from asurso_core.accounts import people_rules as rules
from asurso_core.accounts import people_writing as writing
from asurso_core.accounts.import_columns import COLUMNS, KINDS, Row
from asurso_core.accounts.models import (
    Guardian,
    ImportBatch,
    Person,
    PersonDetail,
    Role,
    User,
    UserRole,
)
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school.models import AcademicYear, ClassMember, SchoolClass
from asurso_core.school.queries import active
from asurso_core.tables import Sheet
from asurso_core.text import fold

PERMISSION = "core.people.import"
#: How long a file waits between its preview and its applying.
KEPT = dt.timedelta(hours=24)

NEW, CHANGED, SAME, ERROR = "new", "changed", "same", "error"


@dataclass
class RowPlan:
    """What a row would do; ``changes`` are ``(field, old, new)`` as values."""

    row: Row
    what: str = SAME
    person_id: int | None = None
    #: The row of the same file that makes the person, for a parent of two children.
    same_as: int | None = None
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)
    #: People who may be the same one: «Иванов Иван (5А)».
    doubles: list[str] = field(default_factory=list)
    pupil_id: int | None = None
    class_id: int | None = None
    old_class_id: int | None = None
    role: str = ""
    link: bool = False
    account: bool = False


@dataclass
class Plan:
    """What a file would do to the school."""

    kind: str
    rows: list[RowPlan]
    unknown: list[str]
    missing: list[str]
    repeated: list[str]
    with_passwords: bool

    def of(self, what: str) -> list[RowPlan]:
        """The rows that are new, changed, same or wrong."""
        return [row for row in self.rows if row.what == what]

    @property
    def doubles(self) -> list[RowPlan]:
        """The rows that look like somebody the school already knows."""
        return [row for row in self.rows if row.doubles]

    @property
    def may_apply(self) -> bool:
        """Whether there is something to do and nothing stands in the way."""
        if self.missing or self.repeated or self.of(ERROR):
            return False
        return bool(self.of(NEW) or self.of(CHANGED))

    @property
    def digest(self) -> str:
        """A mark of everything that applying would write."""
        told = [
            (one.row.number, one.what, one.person_id, one.same_as, one.pupil_id, one.class_id,
             one.old_class_id, one.role, one.link, one.account, one.changes,
             sorted(one.row.values.items()))
            for one in self.rows
        ]  # fmt: skip
        text = json.dumps([self.kind, told], ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


# --- a file waits ------------------------------------------------------------------------------


def upload(actor: Actor, kind: str, filename: str, data: bytes) -> ImportBatch:
    """Read a file and keep its rows for the preview; passwords in it are dropped at once.

    :raises Invalid: the file cannot be read, is too large, or is not of this kind.
    """
    access.require_any(actor, PERMISSION)
    if kind not in KINDS:
        raise Invalid(_("Choose one of the list."), {"kind": [_("Choose one of the list.")]})
    sheet = tables.read(filename, data)
    parsed = import_columns.parse(kind, Sheet(sheet.header, ()))
    if parsed.missing:
        raise Invalid(
            _(
                "The file has no columns %(names)s. The first row must hold the names of columns.",
                names=", ".join(f"«{name}»" for name in parsed.missing),
            )
        )
    if parsed.repeated:
        raise Invalid(
            _(
                "These columns stand in the file twice: %(names)s.",
                names=", ".join(parsed.repeated),
            )
        )
    if not sheet.rows:
        raise Invalid(_("There are no rows under the names of columns."))
    now = clock.stamp()
    with transaction():
        ImportBatch.delete().where(
            ImportBatch.expires_at < now, ImportBatch.applied_at.is_null()
        ).execute()
        batch: ImportBatch = ImportBatch.create(
            owner=actor.user_id,
            kind=kind,
            filename=filename.replace("\x00", "")[-120:],
            digest=hashlib.sha256(data).hexdigest(),
            content=_kept(kind, sheet),
            created_at=now,
            expires_at=now + KEPT,
        )
    return batch


def _kept(kind: str, sheet: Sheet) -> dict[str, Any]:
    """The sheet as data, with the cells of passwords emptied."""
    secret = {
        at
        for at, head in enumerate(sheet.header)
        if "password" in import_columns.parse(kind, Sheet((head,), ())).fields
    }
    rows = [
        [number, ["" if at in secret else cell for at, cell in enumerate(cells)]]
        for number, cells in sheet.rows
    ]
    return {"header": list(sheet.header), "rows": rows}


def batch_of(actor: Actor, batch_id: int) -> ImportBatch:
    """A file of the actor's own that has not expired; raises NotThere."""
    access.require_any(actor, PERMISSION)
    batch: ImportBatch | None = (
        ImportBatch.get_or_none(ImportBatch.id == batch_id) if batch_id < 2**31 else None
    )
    if (
        batch is None
        or batch.owner_id != actor.user_id
        or (batch.applied_at is None and batch.expires_at < clock.stamp())
    ):
        raise NotThere(_("This file is no longer kept. Upload it again."))
    return batch


def sheet_of(batch: ImportBatch) -> Sheet:
    """The rows that a waiting file holds."""
    table = batch.content
    return Sheet(
        tuple(table["header"]), tuple((number, tuple(cells)) for number, cells in table["rows"])
    )


# --- the plan ----------------------------------------------------------------------------------


class _Known:
    """Everything the school knows that rows are compared with; nine statements for any number."""

    def __init__(self, kind: str) -> None:
        self.people: dict[int, Person] = {row.id: row for row in Person.select()}
        self.details = {row.person_id: row for row in PersonDetail.select()}
        self.users = {row.person_id: row for row in User.select()}
        self.by_login = {row.login_key: row.person_id for row in self.users.values()}
        roles: dict[int, set[str]] = defaultdict(set)
        self.sides = {row.name: row.side for row in Role.select()}
        query = UserRole.select(User.person, Role.name).join(User).switch(UserRole).join(Role)
        for person_id, name in query.tuples().execute():
            roles[person_id].add(name)
        self.roles = roles
        self.by_snils = {row.snils: row.person_id for row in self.details.values() if row.snils}
        self.by_file = {
            fold(row.file_number): row.person_id for row in self.details.values() if row.file_number
        }
        self.by_name: dict[str, list[int]] = defaultdict(list)
        for person in self.people.values():
            self.by_name[person.search_text].append(person.id)
        self.year = AcademicYear.get_or_none(AcademicYear.state == "current")
        classes = list(SchoolClass.select().where(SchoolClass.year == self.year))
        self.classes = {row.id: row for row in classes}
        self.by_title = {class_key(row.title): row for row in classes}
        members = ClassMember.select(ClassMember.pupil, ClassMember.school_class).where(
            active(ClassMember, clock.today())
        )
        self.class_of = dict(members.tuples().execute())
        self.ahead: dict[int, int] = {}
        if kind == "pupils" and self.year is not None:
            ahead = ClassMember.select(ClassMember.pupil, ClassMember.school_class).where(
                ClassMember.since > clock.today(), ClassMember.since <= self.year.ends
            )
            self.ahead = dict(ahead.tuples().execute())
        self.links: dict[int, dict[int, Guardian]] = defaultdict(dict)
        if kind == "parents":
            for link in Guardian.select():
                self.links[link.pupil_id][link.guardian_id] = link

    def told(self, person_id: int) -> str:
        """A person in words, to be told from a namesake."""
        person = self.people[person_id]
        parts = [person.name]
        if person.birth_date:
            parts.append(f"{person.birth_date:%d.%m.%Y}")
        school_class = self.classes.get(self.class_of.get(person_id, 0))
        if school_class is not None:
            parts.append(school_class.title)
        return ", ".join(parts)

    def is_staff(self, person_id: int) -> bool:
        """Whether a person works at the school."""
        return any(self.sides.get(name) == "staff" for name in self.roles.get(person_id, ()))


def class_key(title: str) -> str:
    """A class's title as it is compared: «5 «а»» and «5А» are one."""
    return "".join(sign for sign in fold(title) if sign.isalnum())


def plan(actor: Actor, kind: str, sheet: Sheet) -> Plan:
    """What the file would do; reads everything once and writes nothing."""
    access.require_any(actor, PERMISSION)
    parsed = import_columns.parse(kind, sheet)
    known = _Known(kind)
    makers = {"staff": _staff_row, "pupils": _pupil_row, "parents": _parent_row}
    made = _Seen()
    grantable = {role.name for role in rules.grantable_roles(actor)}
    rows = []
    for row in parsed.rows:
        one = RowPlan(row)
        if not row.problems:
            makers[kind](one, known, made)
        if one.role and kind == "staff" and one.role not in grantable:
            one.role = "technical"
        if row.problems:
            one.what = ERROR
        rows.append(one)
    return Plan(
        kind, rows, parsed.unknown, parsed.missing, parsed.repeated, "password" in parsed.fields
    )


class _Seen:
    """What earlier rows of the same file have claimed."""

    def __init__(self) -> None:
        self.people: dict[Any, int] = {}
        self.logins: dict[str, int] = {}
        self.unique: dict[tuple[str, str], int] = {}
        self.fresh: list[RowPlan] = []


def _wrong(one: RowPlan, head: str, message: str) -> None:
    one.row.problems.append((head, message))


def _head(kind: str, name: str) -> str:
    return next((column.head for column in COLUMNS[kind] if column.field == name), name)


def _found(one: RowPlan, known: _Known, kind: str) -> int | None:
    """The person whom the keys of a row name; a quarrel between keys is an error of the row."""
    values = one.row.values
    named: dict[str, int] = {}
    if values.get("login"):
        by_login = known.by_login.get(fold(values["login"]))
        if by_login is not None:
            named["login"] = by_login
    if values.get("snils") in known.by_snils:
        named["snils"] = known.by_snils[values["snils"]]
    if values.get("file_number") and fold(values["file_number"]) in known.by_file:
        named["file_number"] = known.by_file[fold(values["file_number"])]
    if len(set(named.values())) > 1:
        people = "; ".join(
            f"{_head(kind, name)} — {known.told(person)}" for name, person in named.items()
        )
        _wrong(
            one,
            _head(kind, next(iter(named))),
            _("Keys name different people: %(people)s.", people=people),
        )
        return None
    if named:
        name, person_id = next(iter(named.items()))
        person = known.people[person_id]
        full = " ".join(
            values[part] for part in ("surname", "given_name", "patronymic") if values.get(part)
        )
        same_birth = person.birth_date == values.get("birth_date")
        # A login typed by mistake must not turn one person into another.
        if fold(full) != person.search_text and not same_birth:
            _wrong(
                one,
                _head(kind, name),
                _("This belongs to another person: %(person)s.", person=known.told(person_id)),
            )
            return None
        return person_id
    return _namesake(one, known, kind)


def _namesake(one: RowPlan, known: _Known, kind: str) -> int | None:
    values = one.row.values
    full = fold(
        " ".join(
            values[part] for part in ("surname", "given_name", "patronymic") if values.get(part)
        )
    )
    same_name = known.by_name.get(full, [])
    same = [id_ for id_ in same_name if known.people[id_].birth_date == values["birth_date"]]
    if len(same) > 1 and kind == "pupils":
        wanted = class_key(values["class"])
        narrowed = [
            id_
            for id_ in same
            if id_ in known.class_of
            and known.class_of[id_] in known.classes
            and class_key(known.classes[known.class_of[id_]].title) == wanted
        ]
        same = narrowed or same
    if len(same) > 1:
        people = "; ".join(known.told(id_) for id_ in same)
        _wrong(
            one,
            _head(kind, "surname"),
            _("There are several such people: %(people)s.", people=people),
        )
        return None
    if same:
        return same[0]
    one.doubles = [known.told(id_) for id_ in same_name if known.people[id_].archived_at is None][
        :5
    ]
    return None


def _compare(one: RowPlan, known: _Known, kind: str, fields: tuple[str, ...]) -> None:
    """Fill in what differs between a row and its person; empty cells say nothing."""
    person = known.people[one.person_id or 0]
    detail = known.details.get(person.id)
    values = one.row.values
    for name in fields:
        new = values.get(name)
        if new is None:
            continue
        old = (
            getattr(person, name)
            if name in people_fields.PERSON_FIELDS
            else getattr(detail, name, None)
        )
        if old != new:
            one.changes.append((name, old, new))
    user = known.users.get(person.id)
    if user is None:
        one.account = True
        one.changes.append(("login", None, values.get("login") or _("will be made up")))
    elif values.get("login") and values["login"] != user.login:
        one.changes.append(("login", user.login, values["login"]))
    if person.archived_at is not None or (user is not None and user.state == "archived"):
        _wrong(
            one,
            _head(kind, "surname"),
            _("This person is in the archive: %(person)s. Bring them back first.",
              person=known.told(person.id)),
        )  # fmt: skip


_PERSON = ("surname", "given_name", "patronymic", "sex", "birth_date")
_STAFF_FIELDS = (*_PERSON, "position", "subjects", "phone", "email", "snils")
_PUPIL_FIELDS = (
    *_PERSON, "file_number", "document_kind", "document_series", "document_number", "snils",
    "address", "phone",
)  # fmt: skip


def _once(one: RowPlan, made: _Seen, kind: str) -> None:
    """Refuse a row that speaks of the person of an earlier row, or takes its keys."""
    values = one.row.values
    key: Any = one.person_id
    if key is None:
        names = tuple(
            fold(values.get(part) or "") for part in ("surname", "given_name", "patronymic")
        )
        key = (names, values["birth_date"])
    earlier = made.people.setdefault(key, one.row.number)
    if earlier != one.row.number:
        _wrong(
            one,
            _head(kind, "surname"),
            _("The same person stands in row %(row)s.", row=earlier),
        )
    for name in ("login", "snils", "file_number"):
        if not values.get(name):
            continue
        row = made.unique.setdefault((name, fold(values[name])), one.row.number)
        if row != one.row.number:
            _wrong(one, _head(kind, name), _("The same value stands in row %(row)s.", row=row))


def _settle(one: RowPlan) -> None:
    if one.person_id is None and one.same_as is None:
        one.what = NEW
        one.account = True
    else:
        one.what = CHANGED if one.changes else SAME


def _staff_row(one: RowPlan, known: _Known, made: _Seen) -> None:
    one.person_id = _found(one, known, "staff")
    _once(one, made, "staff")
    if one.row.problems:
        return
    one.role = _role_of(one.row.values.get("position"))
    if one.person_id is not None:
        if "pupil" in known.roles.get(one.person_id, ()):
            _wrong(
                one, "Фамилия", _("This is a pupil: %(person)s.", person=known.told(one.person_id))
            )
            return
        _compare(one, known, "staff", _STAFF_FIELDS)
        if one.person_id in known.users and not known.is_staff(one.person_id):
            # A parent who now works here: the account stays, a role is added.
            one.changes.append(("roles", None, one.role))
    _settle(one)


#: The beginning of a post → the role its holder gets; an administrator is never made by a file.
_POSTS = (
    ("директор", "director"), ("заместитель директора", "deputy"), ("зам. директора", "deputy"),
    ("зам директора", "deputy"), ("завуч", "deputy"), ("учитель", "teacher"),
    ("преподаватель", "teacher"), ("воспитатель", "teacher"), ("секретар", "secretary"),
    ("делопроизводитель", "secretary"), ("специалист по кадр", "hr"), ("инспектор по кадр", "hr"),
    ("кадровик", "hr"), ("медицинск", "medical"), ("медсестра", "medical"), ("врач", "medical"),
    ("фельдшер", "medical"), ("педагог-психолог", "psychologist"), ("психолог", "psychologist"),
    ("социальный педагог", "psychologist"), ("педагог", "teacher"), ("тьютор", "teacher"),
)  # fmt: skip


def _role_of(post: str | None) -> str:
    if not post:
        return "teacher"
    folded = fold(post)
    return next((role for begin, role in _POSTS if folded.startswith(fold(begin))), "technical")


def _pupil_row(one: RowPlan, known: _Known, made: _Seen) -> None:
    values = one.row.values
    school_class = known.by_title.get(class_key(values["class"]))
    if known.year is None or school_class is None:
        _wrong(one, "Класс", _("There is no class «%(title)s» this year.", title=values["class"]))
        return
    since = values.get("since")
    one.person_id = _found(one, known, "pupils")
    _once(one, made, "pupils")
    if one.row.problems:
        return
    if one.person_id is not None:
        if known.is_staff(one.person_id):
            _wrong(
                one,
                "Фамилия",
                _("This is a member of staff: %(person)s.", person=known.told(one.person_id)),
            )
            return
        _compare(one, known, "pupils", _PUPIL_FIELDS)
        if "pupil" not in known.roles.get(one.person_id, ()) and one.person_id in known.users:
            one.changes.append(("roles", None, "pupil"))
        present = known.class_of.get(one.person_id) or known.ahead.get(one.person_id)
        if present == school_class.id:
            _settle(one)
            return
        old = known.classes.get(present or 0)
        one.old_class_id = old.id if old else None
        one.changes.append(("class", old.title if old else None, school_class.title))
    one.class_id = school_class.id
    if since is not None and not known.year.starts <= since <= known.year.ends:
        # Enrolled in an earlier year: in this one from its first day.
        if since > known.year.ends:
            _wrong(one, "Дата зачисления", _("The date lies after the end of the school year."))
            return
    _settle(one)


def _parent_row(one: RowPlan, known: _Known, made: _Seen) -> None:
    values = one.row.values
    one.pupil_id = _child(one, known)
    if one.pupil_id is None:
        return
    parts = [*values["full_name"].split(), ""]
    values["surname"], values["given_name"] = parts[0], parts[1]
    values["patronymic"] = " ".join(parts[2:]).strip() or None
    full = fold(values["full_name"])
    one.person_id = _parent_person(one, known, full)
    if one.row.problems:
        return
    if one.person_id == one.pupil_id:
        _wrong(one, "ФИО", _("Nobody is their own parent."))
        return
    mark = (full, one.person_id)
    pair = (mark, one.pupil_id)
    earlier = made.people.setdefault(pair, one.row.number)
    if earlier != one.row.number:
        _wrong(one, "ФИО", _("The same person stands in row %(row)s.", row=earlier))
        return
    _parent_of_file(one, made, full)
    if one.row.problems:
        return
    if one.person_id is not None:
        _compare(one, known, "parents", ("phone", "email"))
        if one.person_id in known.users and "parent" not in known.roles.get(one.person_id, ()):
            one.changes.append(("roles", None, "parent"))
    link = known.links[one.pupil_id].get(one.person_id or 0)
    one.link = link is None or link.relation != values["relation"]
    if link is not None and one.link:
        one.changes.append(("relation", link.relation, values["relation"]))
    elif one.link:
        one.changes.append(("pupil", None, known.people[one.pupil_id].name))
        one.changes.append(("relation", None, values["relation"]))
    _settle(one)


def _child(one: RowPlan, known: _Known) -> int | None:
    values = one.row.values
    if values.get("child_file"):
        found = known.by_file.get(fold(values["child_file"]))
        if found is None:
            _wrong(one, "№ личного дела ребёнка", _("There is no pupil with this file."))
        return found
    name, birth = values.get("child"), values.get("child_birth")
    if not name:
        _wrong(one, "Ребёнок (ФИО)", _("This cell must be filled in."))
        return None
    same = [
        id_
        for id_ in known.by_name.get(fold(name), [])
        if id_ in known.class_of or "pupil" in known.roles.get(id_, ())
    ]
    if birth is not None:
        same = [id_ for id_ in same if known.people[id_].birth_date == birth]
    if len(same) == 1:
        return same[0]
    _wrong(
        one,
        "Ребёнок (ФИО)",
        _("There are several such pupils: give the date of birth or the file number.")
        if same
        else _("There is no such pupil: import the pupils first."),
    )
    return None


def _digits(phone: str | None) -> str:
    return "".join(sign for sign in phone or "" if sign.isdigit())[-10:]


def _parent_person(one: RowPlan, known: _Known, full: str) -> int | None:
    """The parent whom a row names: by login, by the child, or by name with phone or e-mail."""
    values = one.row.values
    same = [id_ for id_ in known.by_name.get(full, []) if id_ != one.pupil_id]
    if values.get("login"):
        by_login = known.by_login.get(fold(values["login"]))
        if by_login is not None:
            if by_login not in same:
                _wrong(
                    one,
                    "Логин",
                    _("This belongs to another person: %(person)s.", person=known.told(by_login)),
                )
            return int(by_login)
    mine = [id_ for id_ in same if id_ in known.links[one.pupil_id or 0]]
    if len(mine) == 1:
        return mine[0]
    phone, email = _digits(values.get("phone")), fold(values.get("email") or "")
    sure = []
    for id_ in same:
        detail = known.details.get(id_)
        if detail is not None and (
            (phone and _digits(detail.phone) == phone)
            or (email and fold(detail.email or "") == email)
        ):
            sure.append(id_)
    if len(sure) == 1:
        return sure[0]
    one.doubles = [known.told(id_) for id_ in same if known.people[id_].archived_at is None][:5]
    return None


def _parent_of_file(one: RowPlan, made: _Seen, full: str) -> None:
    """Find the row of the same file that already makes this parent (a second child)."""
    values = one.row.values
    login = fold(values.get("login") or "")
    if one.person_id is None:
        phone, email = _digits(values.get("phone")), fold(values.get("email") or "")
        for first in made.fresh:
            theirs = first.row.values
            if fold(theirs["full_name"]) != full:
                continue
            if (
                (login and login == fold(theirs.get("login") or ""))
                or (phone and phone == _digits(theirs.get("phone")))
                or (email and email == fold(theirs.get("email") or ""))
            ):
                one.same_as = first.row.number
                one.doubles = []
                return
            one.doubles.append(_("row %(row)s of this file", row=first.row.number))
        made.fresh.append(one)
    if login:
        owner = made.logins.setdefault(login, one.row.number)
        same_person = one.person_id is not None
        if owner != one.row.number and not same_person:
            _wrong(one, "Логин", _("The same value stands in row %(row)s.", row=owner))


# --- the deed ----------------------------------------------------------------------------------


def apply(actor: Actor, batch: ImportBatch, digest: str) -> dict[str, Any]:
    """Carry a plan out in one transaction; returns the report that the batch keeps.

    :raises Conflict: the school has changed since the preview, or the file was applied already.
    :raises Invalid: rows with errors; nothing is written then.
    """
    access.require_any(actor, PERMISSION)
    with transaction():
        # The row is taken first: a second click waits here and then finds it applied.
        taken = (
            ImportBatch.update(applied_at=clock.stamp())
            .where(ImportBatch.id == batch.id, ImportBatch.applied_at.is_null())
            .execute()
        )
        if not taken:
            raise Conflict(_("This file has been imported already."))
        made = plan(actor, batch.kind, sheet_of(batch))
        if made.digest != digest:
            raise Conflict(
                _("Something has changed since the preview. Look at it once more and import then.")
            )
        if not made.may_apply:
            raise Invalid(_("There is nothing to import, or there are errors in the file."))
        outcome = carry_out(actor, made)
        # What was read is written now: the copy of people's data is not kept longer than needed.
        ImportBatch.update(outcome=outcome, content={"header": [], "rows": []}).where(
            ImportBatch.id == batch.id
        ).execute()
        audit.record(
            actor,
            "core.people_imported",
            f"core.import_batch:{batch.id}",
            after={"file": batch.filename, "kind": batch.kind, **outcome["counts"]},
        )
    batch.outcome = outcome
    return outcome


def carry_out(actor: Actor, made: Plan) -> dict[str, Any]:
    """Write the rows of a plan; call inside a transaction."""
    logins = {key for (key,) in User.select(User.login_key).tuples().execute()}
    classes = {row.id: row for row in SchoolClass.select()}
    wanted = [one.person_id for one in made.rows] + [one.pupil_id for one in made.rows]
    people = _people([id_ for id_ in wanted if id_ is not None])
    by_row: dict[int, Person] = {}
    fresh: list[int] = []
    # Logins that the file names are taken before others are made up.
    logins |= {
        fold(one.row.values["login"])
        for one in made.of(NEW)
        if one.row.values.get("login") and one.same_as is None
    }
    for one in made.rows:
        if one.what not in {NEW, CHANGED}:
            continue
        person = people.get(one.person_id or 0) or by_row.get(one.same_as or 0)
        if person is None:
            person = writing.new_person(actor, _written(made.kind, one))
        elif one.changes:
            fields = {name: new for name, _old, new in one.changes if name in _ALL_FIELDS}
            if fields:
                writing.change_person(actor, person, fields)
        by_row[one.row.number] = person
        people[person.id] = person
        _write_account(actor, made.kind, one, person, logins, fresh)
        _write_place(actor, one, person, classes, people)
    return {
        "counts": {what: len(made.of(what)) for what in (NEW, CHANGED, SAME)},
        "users": fresh,
    }


_ALL_FIELDS = frozenset((*people_fields.PERSON_FIELDS, *people_fields.DETAIL_FIELDS))


def _people(ids: list[int]) -> dict[int, Person]:
    found: dict[int, Person] = {}
    for start in range(0, len(ids), 500):
        part = Person.select().where(Person.id.in_(ids[start : start + 500]))
        found.update({row.id: row for row in part})
    return found


def _written(kind: str, one: RowPlan) -> dict[str, Any]:
    names = {"staff": _STAFF_FIELDS, "pupils": _PUPIL_FIELDS}.get(
        kind, ("surname", "given_name", "patronymic", "phone", "email")
    )
    values = {name: one.row.values.get(name) for name in names}
    if kind == "parents" and one.row.values["relation"] in {"мать", "отец"}:
        values["sex"] = "f" if one.row.values["relation"] == "мать" else "m"
    return values


def _write_account(
    actor: Actor, kind: str, one: RowPlan, person: Person, logins: set[str], fresh: list[int]
) -> None:
    role = {"pupils": "pupil", "parents": "parent"}.get(kind, one.role)
    login = one.row.values.get("login")
    if one.account and one.same_as is None:
        taken = logins - {fold(login)} if login else logins
        user = writing.new_user(actor, person, [role], login, taken=taken)
        logins.add(user.login_key)
        fresh.append(user.id)
        return
    names = {name for name, _old, _new in one.changes}
    if names & {"login", "roles"}:
        user = User.get(User.person == person.id)
        if "login" in names and login:
            writing.change_login(actor, user, login)
            logins.add(user.login_key)
        if "roles" in names:
            writing.change_roles(actor, user, writing.role_names(user) | {role})


def _write_place(
    actor: Actor,
    one: RowPlan,
    person: Person,
    classes: dict[int, SchoolClass],
    people: dict[int, Person],
) -> None:
    if one.class_id is not None:
        school_class = classes[one.class_id]
        year = school_class.year
        since = one.row.values.get("since")
        if one.old_class_id is not None:
            writing.move(actor, person, classes[one.old_class_id], school_class, _today_in(year))
        else:
            on = max(since or _today_in(year), year.starts)
            writing.enrol(actor, person, school_class, on, order=one.row.values.get("order"))
    if one.link and one.pupil_id is not None:
        link = Guardian.get_or_none(Guardian.guardian == person.id, Guardian.pupil == one.pupil_id)
        writing.link(
            actor,
            person,
            people[one.pupil_id],
            one.row.values["relation"],
            may_receive=link.may_receive if link is not None else True,
        )


def _today_in(year: AcademicYear) -> dt.date:
    return min(max(clock.today(), year.starts), year.ends)


def without_password(batch: ImportBatch) -> list[int]:
    """New accounts of an applied file that still wait for their first slip, in order of rows."""
    ids = list((batch.outcome or {}).get("users", []))
    found = set()
    for start in range(0, len(ids), 500):
        query = User.select(User.id).where(
            User.id.in_(ids[start : start + 500]),
            User.password_hash.is_null(),
            User.state == "active",
        )
        found |= {row[0] for row in query.tuples().execute()}
    return [id_ for id_ in ids if id_ in found]
