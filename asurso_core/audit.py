"""One ``record()`` for everything that was changed: who, when, from where, before, after."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import clock, plugins, revisions
from asurso_core.actors import Actor
from asurso_core.db import Record, put_rows, stamp_value, transaction
from asurso_core.fields import JSONField, as_text
from asurso_core.hookspecs.collect import asurso_audit_kinds

log = logging.getLogger("asurso.audit")


@dataclass(frozen=True, kw_only=True)
class AuditKind:
    """Words for one kind of entry; ``name`` is ``<owner>.<deed>``.

    ``group`` is ``people`` (log of changes of users' data, R4.1.13), ``security``, ``school`` or
    ``reading`` (personal data that were shown to somebody, see :func:`read`).
    """

    name: str
    title: Any
    group: str = "school"


class AuditEntry(Record):
    """One deed. Rows are only ever added: the database refuses anything else."""

    at = pw.DateTimeField(index=True)
    # Plain numbers, not foreign keys: the log outlives what it speaks of.
    user = pw.IntegerField(null=True)
    actor_name = pw.CharField(120)
    side = pw.CharField(10)
    address = pw.CharField(45)
    kind = pw.CharField(64)
    target = pw.CharField(80)  # "<owner>.<thing>:<id>"
    person = pw.IntegerField(null=True)  # whose data it is, where that makes sense
    before = JSONField(null=True)
    after = JSONField(null=True)
    reason = pw.CharField(255, null=True)
    # The browser's own id of an edit: a re-sent edit finds its row and is not applied twice.
    operation = pw.CharField(40, null=True, unique=True)

    class Meta:
        # With the id, so that the newest ones of a kind come without sorting the others.
        indexes = (
            (("target", "id"), False),
            (("user", "id"), False),
            (("kind", "id"), False),
            (("person", "id"), False),
        )


def record(
    actor: Actor,
    kind: str,
    target: str,
    *,
    before: Any = None,
    after: Any = None,
    person: int | None = None,
    reason: str | None = None,
    operation: str | None = None,
    topic: str | None = "school",
) -> None:
    """Write one entry; call inside the transaction of the deed.

    ``topic`` is the revision that the deed bumps (see :mod:`asurso_core.revisions`): a page that
    shows what was changed stops being answered from a browser's copy. None bumps nothing.

    :raises LookupError: in tests only: no owner declares this kind by ``asurso_audit_kinds``.
    """
    _demand_declared(kind)
    AuditEntry.insert(
        at=clock.stamp(),
        user=actor.user_id,
        actor_name=actor.name[:120],
        side=actor.side,
        address=actor.address,
        kind=kind,
        target=target,
        person=person,
        before=before,
        after=after,
        reason=(reason or actor.reason or None),
        operation=operation,
    ).execute()
    if topic is not None:
        revisions.bump(topic)


def _demand_declared(kind: str) -> None:
    """A kind without words is a mistake for tests to find; a school records it all the same."""
    manager = plugins.current()
    if manager.reraise and kind not in {
        declared.name for _plugin, declared in manager.collect(asurso_audit_kinds, everything=True)
    }:
        raise LookupError(f"no owner declares the audit kind {kind!r} by asurso_audit_kinds")


_COLUMNS = (
    "at", "user", "actor_name", "side", "address", "kind", "target", "person", "before", "after",
    "reason", "operation",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """One entry of :func:`record_many`."""

    target: str
    before: Any = None
    after: Any = None
    person: int | None = None
    operation: str | None = None


def record_many(
    actor: Actor, kind: str, deeds: Sequence[Deed], *, reason: str | None = None
) -> None:
    """Write entries of one kind by one actor at once; the caller bumps the topics itself.

    The attendance of a class takes one statement, as a mark does. Raises
    ``peewee.IntegrityError`` if an operation id was used before, and as :func:`record` does.
    """
    _demand_declared(kind)
    who = (
        stamp_value(clock.stamp()), actor.user_id, actor.name[:120], actor.side, actor.address, kind
    )  # fmt: skip
    why = reason or actor.reason or None
    put_rows(
        AuditEntry,
        _COLUMNS,
        [
            (*who, deed.target, deed.person, as_text(deed.before), as_text(deed.after), why,
             deed.operation)
            for deed in deeds
        ],
    )  # fmt: skip


# --- reading -----------------------------------------------------------------------------------

_READINGS = "audit.readings"


def read(actor: Actor, kind: str, target: str, persons: Iterable[int]) -> None:
    """Note that personal data of these persons are shown to the actor.

    Call it where the data are read. Nothing is written here: when the answer is made, the
    application writes one entry a person (:func:`write_readings`). ``kind`` belongs to the group
    ``reading``. One's own data, and what the program reads for itself, are not noted.
    """
    _demand_declared(kind)
    if actor.is_system:
        return
    noted: Any = actor.memo.setdefault(_READINGS, {})
    for person in persons:
        if person != actor.person_id:
            noted[kind, target, person] = None


def write_readings(actor: Actor) -> int:
    """Write what :func:`read` noted of this request in one transaction; how many entries it were.

    The page has been made by then and is shown even if the entries cannot be written (a full
    disk must not hide a telephone number in an emergency); they go to the program's log instead.
    """
    noted: Any = actor.memo.pop(_READINGS, None)
    if not noted:
        return 0
    who = (stamp_value(clock.stamp()), actor.user_id, actor.name[:120], actor.side, actor.address)
    try:
        with transaction():
            put_rows(
                AuditEntry,
                ("at", "user", "actor_name", "side", "address", "kind", "target", "person"),
                [(*who, kind, target, person) for kind, target, person in noted],
            )
    except Exception:
        log.exception("readings that could not be written: %s %s", who, list(noted))
        return 0
    return len(noted)
