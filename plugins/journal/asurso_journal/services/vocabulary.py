"""The types of works and the codes of attendance that a journal cannot work without.

The school changes them (features.md 3.2, 3.3), and nothing is ever deleted: marks and the history
hang on the rows. Cells hold the ``code`` of attendance, people read its ``letter``, so a new letter
needs no cell of any year to be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from asurso_core import access, audit, revisions
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import Subject
from asurso_journal import facts, permissions
from asurso_journal.marks import WORDS
from asurso_journal.models import AssignmentType, AssignmentTypeSubject, AttendanceCode


def install_vocabulary() -> None:
    """Write the usual types of works and attendance codes into empty tables; safe to repeat.

    A table that holds anything is left alone: what the school removed stays removed.
    """
    with transaction():
        if not AssignmentType.select().exists():
            AssignmentType.insert_many(
                [
                    {
                        "name": kind.name,
                        "letter": kind.letter,
                        "weight": kind.weight,
                        "is_control": kind.is_control,
                        "position": kind.position,
                        "archived": False,
                    }
                    for kind in facts.work_types()
                ]
            ).execute()
        if not AttendanceCode.select().exists():
            AttendanceCode.insert_many([asdict(code) for code in facts.absence_codes()]).execute()


KIND = "journal.vocabulary"
HEAVIEST = 100
#: The code of a teacher who does not know why: «н» means it, and reminders ask for its reason.
UNKNOWN = "ОТ"

_LETTER = re.compile(r"[А-Я]{1,4}\Z")
_TYPE_FIELDS = ("name", "letter", "weight", "is_control", "position")
_CODE_FIELDS = ("letter", "name", "missed", "excused", "illness", "allows_mark", "position")


@contextmanager
def _one_by_one() -> Iterator[None]:
    """A transaction in which nobody else changes a vocabulary: letters must stay different."""
    with transaction():
        revisions.bump(KIND)  # its row is the lock
        yield


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, {field: [message]})


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise _wrong("name", _("Write a name."))
    if len(name) > 60 or "\x00" in name:
        raise _wrong("name", _("At most %(longest)s characters fit here.", longest=60))
    return name


def _place(position: int) -> int:
    if not 0 <= position <= 10_000:
        raise _wrong("position", _("The place in lists is a number from 0 to 10000."))
    return position


def _found(model: Any, id_: int) -> Any:
    row = model.get_or_none(model.id == id_)
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row


def _taken(model: Any, id_: int | None, field: str, value: str) -> Any:
    """Another row that bears this, in any case; the list is short and SQLite folds no Cyrillic."""
    wanted = value.lower()
    return next(
        (row for row in model.select() if row.id != id_ and getattr(row, field).lower() == wanted),
        None,
    )


def _write(
    actor: Actor, row: Any, values: Mapping[str, Any], version: int | None, more: Any = None
) -> None:
    """Write a new row (no version) or a changed one, and its entry of the history.

    ``more`` is ``(before, after)`` of what hangs on the row. An unchanged row is left alone.

    :raises Conflict: the row was changed since the version that the writer saw.
    """
    model = type(row)
    before = None if version is None else {name: getattr(row, name) for name in values}
    after = dict(values)
    if more is not None:
        before = before and before | more[0]
        after |= more[1]
    if before == after:
        return
    if version is None:
        _set(row, values)
        row.save()
    else:
        done = (
            model.update(**values, version=version + 1)
            .where(model.id == row.id, model.version == version)
            .execute()
        )
        if not done:
            theirs = model.get_by_id(row.id)
            raise Conflict(
                _("Somebody else changed this while you were editing. Compare and save again."),
                version=theirs.version, other={name: getattr(theirs, name) for name in values},
            )  # fmt: skip
        _set(row, {**values, "version": version + 1})
    told = {name for name in after if before is None or before[name] != after[name]}
    audit.record(
        actor, KIND, f"{_OWN[model]}:{row.id}",
        before=before and {name: before[name] for name in sorted(told)},
        after={name: after[name] for name in sorted(told)},
    )  # fmt: skip


def _set(row: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


_OWN = {AssignmentType: "journal.work_type", AttendanceCode: "journal.attendance_code"}


# --- kinds of works ------------------------------------------------------------------------------


def save_work_type(
    actor: Actor,
    type_id: int | None,
    *,
    name: str,
    letter: str,
    weight: int,
    is_control: bool,
    position: int,
    subjects: Iterable[int] = (),
    version: int = 0,
) -> AssignmentType:
    """Make a kind of work (no id) or change it.

    ``weight`` is proposed for new works; works that were given keep theirs. ``subjects`` are ids,
    none for all subjects: works of other subjects that bear it already keep it.

    :raises Invalid: a name or letter that is taken, a weight out of bounds, no such subject, or no
        kind would be left that fits every subject.
    :raises Conflict: somebody changed it first.
    """
    access.require_any(actor, permissions.VOCABULARY)
    name, letter = _name(name), letter.strip().upper()
    wanted = sorted(set(subjects))
    if not re.fullmatch(r"[^\W\d_]{1,3}", letter):
        raise _wrong("letter", _("The letter of a kind of work is one to three letters."))
    if not 0 <= weight <= HEAVIEST:
        raise _wrong("weight", _("The weight is a number from 0 to %(top)s.", top=HEAVIEST))
    values = {
        "name": name, "letter": letter, "weight": weight, "is_control": bool(is_control),
        "position": _place(position),
    }  # fmt: skip
    with _one_by_one():
        row = AssignmentType() if type_id is None else _found(AssignmentType, type_id)
        if _taken(AssignmentType, type_id, "name", name):
            raise _wrong("name", _("There is a kind of work of this name already."))
        other = _taken(AssignmentType, type_id, "letter", letter)
        if other is not None and not other.archived:
            raise _wrong("letter", _("This letter is taken by «%(name)s».", name=other.name))
        there = {one.id for one in Subject.select(Subject.id).where(Subject.id.in_(wanted or [0]))}
        if set(wanted) != there:
            raise _wrong("subjects", _("Choose one of the list."))
        limits = AssignmentTypeSubject.select().where(AssignmentTypeSubject.type == type_id)
        had = sorted(one.subject_id for one in limits) if type_id else []
        if wanted and not had:
            _some_left(type_id, "subjects")
        more = ({"subjects": had}, {"subjects": wanted})
        _write(actor, row, values, None if type_id is None else version, more)
        if had != wanted:
            AssignmentTypeSubject.delete().where(AssignmentTypeSubject.type == row).execute()
            for one in wanted:
                AssignmentTypeSubject.create(type=row, subject=one)
    made: AssignmentType = row
    return made


def _some_left(type_id: int | None, field: str) -> None:
    """Raise unless another kind in use fits every subject: a first mark needs one."""
    limited = AssignmentTypeSubject.select(AssignmentTypeSubject.type)
    left = AssignmentType.select().where(
        AssignmentType.archived == False,  # noqa: E712 - SQL
        AssignmentType.id.not_in(limited),
        AssignmentType.id != (type_id or 0),
    )
    if not left.exists():
        raise _wrong(field, _("One kind of work for all subjects must be left."))


def archive_work_type(actor: Actor, type_id: int, *, archived: bool) -> None:
    """Take a kind of work out of the lists or bring it back; works that bear it keep it.

    :raises Invalid: the last one that fits every subject, or its letter is taken meanwhile.
    """
    access.require_any(actor, permissions.VOCABULARY)
    with _one_by_one():
        row = _found(AssignmentType, type_id)
        if archived:
            _some_left(type_id, "name")
        other = _taken(AssignmentType, type_id, "letter", row.letter)
        if not archived and other is not None and not other.archived:
            raise _wrong("letter", _("This letter is taken by «%(name)s».", name=other.name))
        _archive(actor, row, archived)


def _archive(actor: Actor, row: Any, archived: bool) -> None:
    if row.archived == archived:
        return
    type(row).update(archived=archived).where(type(row).id == row.id).execute()
    audit.record(
        actor, KIND, f"{_OWN[type(row)]}:{row.id}",
        before={"archived": row.archived}, after={"archived": archived},
    )  # fmt: skip


def restore_work_types(actor: Actor) -> int:
    """Give the usual kinds of works back what they came with; returns how many changed.

    They are found by name; what was renamed and what the school has added stays as it is. Limits by
    subject go. Works that were given keep kind and weight.

    :raises Invalid: a kind of the school's own bears a letter of a usual one.
    """
    access.require_any(actor, permissions.VOCABULARY)
    usual = {kind.name: asdict(kind) for kind in facts.work_types()}
    with _one_by_one():
        there = {row.name: row for row in AssignmentType.select()}
        letters = {values["letter"].lower() for values in usual.values()}
        for name, row in there.items():
            if name not in usual and not row.archived and row.letter.lower() in letters:
                raise Invalid(
                    _("«%(name)s» bears the usual letter of another kind. Give it another letter "
                      "first.", name=name)
                )  # fmt: skip
        limits: dict[int, list[int]] = {}
        for one in AssignmentTypeSubject.select():
            limits.setdefault(one.type_id, []).append(one.subject_id)
        done = 0
        for name, values in usual.items():
            row = there.get(name) or AssignmentType(archived=False)
            plain = {field: values[field] for field in _TYPE_FIELDS}
            version = row.version if row.id else None
            had = sorted(limits.get(row.id, []))
            more: Any = ({"subjects": had}, {"subjects": []})
            differs = version is None or had or any(getattr(row, f) != plain[f] for f in plain)
            if not differs and not row.archived:
                continue
            _write(actor, row, plain, version, more)
            AssignmentTypeSubject.delete().where(AssignmentTypeSubject.type == row).execute()
            _archive(actor, row, False)
            done += 1
    return done


# --- codes of attendance -------------------------------------------------------------------------


def _letter(letter: str) -> str:
    letter = letter.strip().upper().replace("Ё", "Е")
    if not _LETTER.match(letter):
        raise _wrong("letter", _("The letter of a code is one to four Russian letters."))
    if letter.lower() in WORDS:
        raise _wrong("letter", _("These letters mean a mark in the journal."))
    return letter


def save_code(
    actor: Actor,
    code_id: int | None,
    *,
    letter: str,
    name: str,
    missed: bool,
    excused: bool,
    illness: bool,
    allows_mark: bool,
    position: int,
    version: int = 0,
) -> AttendanceCode:
    """Make a code of attendance (no id) or change its letter, name and meaning.

    A new letter is read and typed from now on everywhere, in bygone years too, without a change of
    any cell; a new meaning counts for bygone lessons too. Illness is a valid reason.

    :raises Invalid: a letter that is taken or means a mark; illness that is no missed lesson; the
        code of an unknown reason must stay a missed lesson without one.
    :raises Conflict: somebody changed it first.
    """
    access.require_any(actor, permissions.VOCABULARY)
    name, letter = _name(name), _letter(letter)
    if illness and not missed:
        raise _wrong("illness", _("Illness is a missed lesson."))
    values = {
        "letter": letter, "name": name, "missed": bool(missed), "illness": bool(illness),
        "excused": bool(excused or illness), "allows_mark": bool(allows_mark),
        "position": _place(position),
    }  # fmt: skip
    with _one_by_one():
        row = AttendanceCode() if code_id is None else _found(AttendanceCode, code_id)
        other = _taken(AttendanceCode, code_id, "letter", letter)
        if other is not None:
            raise _wrong("letter", _("This letter is taken by «%(name)s».", name=other.name))
        if code_id is not None and row.code == UNKNOWN and (not missed or values["excused"]):
            raise _wrong(
                "missed", _("An unknown reason is a missed lesson without a valid reason.")
            )
        if code_id is None:
            row.code = _fresh_code(letter)
        _write(actor, row, values, None if code_id is None else version)
    made: AttendanceCode = row
    return made


def _fresh_code(letter: str) -> str:
    """What cells will hold: the letter, unless a code of another letter was born with it."""
    taken = {row.code for row in AttendanceCode.select(AttendanceCode.code)}
    if letter not in taken:
        return letter
    return next(name for name in (f"~{n}" for n in range(1, 1000)) if name not in taken)


def archive_code(actor: Actor, code_id: int, *, archived: bool) -> None:
    """Take a code out of use or bring it back; cells that hold it keep it, and it counts there.

    :raises Invalid: the code of an unknown reason.
    """
    access.require_any(actor, permissions.VOCABULARY)
    with _one_by_one():
        row = _found(AttendanceCode, code_id)
        if archived and row.code == UNKNOWN:
            raise Invalid(_("Teachers need this code: «н» means it."))
        _archive(actor, row, archived)


def restore_codes(actor: Actor) -> int:
    """Give the usual codes of attendance back their letters and meanings; returns how many changed.

    Codes that the school has added stay.

    :raises Invalid: a code of the school's own bears a letter of a usual one.
    """
    access.require_any(actor, permissions.VOCABULARY)
    usual = {one.code: asdict(one) for one in facts.absence_codes()}
    with _one_by_one():
        there = {row.code: row for row in AttendanceCode.select()}
        letters = {values["letter"] for values in usual.values()}
        for code, row in there.items():
            if code not in usual and row.letter in letters:
                raise Invalid(
                    _("«%(name)s» bears the letter of a usual code. Give it another letter first.",
                      name=row.name)
                )  # fmt: skip
        changed = {
            code: values
            for code, values in usual.items()
            if code not in there
            or there[code].archived
            or any(getattr(there[code], field) != values[field] for field in _CODE_FIELDS)
        }
        # Letters may have changed places among themselves: first out of each other's way.
        for number, (code, values) in enumerate(changed.items()):
            if code in there and there[code].letter != values["letter"]:
                AttendanceCode.update(letter=f"~{number}").where(
                    AttendanceCode.id == there[code].id
                ).execute()
        for code, values in changed.items():
            row = there.get(code) or AttendanceCode(code=code, archived=False)
            plain = {field: values[field] for field in _CODE_FIELDS}
            _write(actor, row, plain, row.version if row.id else None)
            _archive(actor, row, False)
    return len(changed)
