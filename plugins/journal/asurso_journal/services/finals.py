"""The one place where period, year, exam and final marks change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from asurso_core import access, audit, outbox, revisions
from asurso_core.actors import Actor
from asurso_core.db import is_sqlite, put_rows, rows, transaction
from asurso_core.errors import NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.school import TeachingGroup
from asurso_journal import final_rows, finals, moved, permissions, policy
from asurso_journal.final_rows import Line, Place, Put, Slot
from asurso_journal.locks import Lock
from asurso_journal.models import FinalMark
from asurso_journal.rights import editable_groups
from asurso_journal.services.cells import Edit, apply_edits

KIND = "journal.final"
_EMPTY = Put("", "", "", 0)
LONGEST_REASON = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalEdit:
    """One final mark as it shall be.

    ``op`` is the browser's own id of this edit; ``value`` is what was typed; ``version`` that of
    the mark it was typed over; ``reason`` is why it differs from the suggestion: None leaves it
    alone, but it goes with the mark that it was given for. ``group`` is the teaching group, where
    edits of several come together (:func:`apply_all`).
    """

    op: str
    pupil: int
    slot: int
    value: str
    version: int
    reason: str | None = None
    group: int = 0


def target_of(year: int, subject: int, slot: int, pupil: int) -> str:
    """The audit's name of a final mark."""
    return f"{KIND}:{year}:{subject}:{slot}:{pupil}"


def put_finals(actor: Actor, group_id: int, edits: Sequence[FinalEdit]) -> list[dict[str, Any]]:
    """Put, change or clear final marks of a teaching group; one answer for each edit.

    An answer is ``{op, state, pupil, slot, value, version, message}`` with the states of
    :func:`asurso_journal.services.apply_edits`. The number of statements does not grow with the
    edits.

    :raises NotThere: no such group, or it is not open to the actor.
    """
    with transaction():
        place, lines = _learn(actor, group_id, {edit.pupil for edit in edits})
        done = _done(edit.op for edit in edits)
        wanted = {edit.slot for edit in edits}
        final_rows.suggest(place, lines, [one for one in place.slots if one.id in wanted])
        return _apply(actor, place, {one.id: one for one in lines}, edits, done)


def apply_all(actor: Actor, edits: Sequence[Edit | FinalEdit]) -> list[dict[str, Any]]:
    """Cells of lessons and marks of periods, as the page of the grid sends them; answers in order.

    Each kind, and each group, is a transaction of its own. A group that is not open to the actor is
    told in the answers, so that what came with it is not lost.
    """
    answers: dict[int, dict[str, Any]] = {}
    cells = [one for one in edits if isinstance(one, Edit)]
    for edit, answer in zip(cells, apply_edits(actor, cells), strict=True):
        answers[id(edit)] = answer
    groups: dict[int, list[FinalEdit]] = {}
    for one in edits:
        if isinstance(one, FinalEdit):
            groups.setdefault(one.group, []).append(one)
    for group, finals_ in sorted(groups.items()):
        try:
            found = put_finals(actor, group, finals_)
        except NotThere as refusal:
            found = [_answer(one, "refused", refusal.message) for one in finals_]
        for final, answer in zip(finals_, found, strict=True):
            answers[id(final)] = answer
    return [answers[id(one)] for one in edits]


def _learn(actor: Actor, group_id: int, pupils: set[int]) -> tuple[Place, list[Line]]:
    if not access.allowed_ids(actor, permissions.FINAL_VIEW, TeachingGroup, [group_id]):
        raise NotThere(_("There is no such page, or it is not open to you."))
    if not is_sqlite():
        # A pupil of two groups of one subject: their teachers wait for each other here.
        rows(
            "SELECT id FROM core_person WHERE id IN ? ORDER BY id FOR NO KEY UPDATE",
            [sorted(pupils) or [0]],
        )
    place = final_rows.place_of(actor, group_id)
    return place, final_rows.lines_of(place)


def _done(ops: Any) -> dict[str, str]:
    wanted = sorted(set(ops))
    sql = "SELECT operation, target FROM core_audit_entry WHERE operation IN ?"
    return dict(rows(sql, [wanted])) if wanted else {}


def restore_finals(
    actor: Actor, group_id: int, wanted: Sequence[FinalEdit], reason: str
) -> list[dict[str, Any]]:
    """Put final marks back to what they were, whatever the time says.

    For :mod:`asurso_journal.services.reverting`, which has asked its own right. Call inside a
    transaction.
    """
    place = final_rows.place_of(actor, group_id)
    lines = {one.id: one for one in final_rows.lines_of(place)}
    edits = [
        replace(edit, version=lines[edit.pupil].put.get(edit.slot, _EMPTY).version)
        for edit in wanted
        if edit.pupil in lines
    ]
    return _apply(actor, place, lines, edits, _done(edit.op for edit in edits), because=reason)


def take_back(
    actor: Actor, group_id: int, edit: FinalEdit, held: tuple[str, str]
) -> dict[str, Any]:
    """Put a final mark back to what the history says, if it still holds ``held`` (value, reason).

    The rights and the time of an ordinary edit hold; the version of the edit does not matter. An
    answer as in :func:`put_finals`. Call inside a transaction.
    """
    place, lines = _learn(actor, group_id, {edit.pupil})
    line = next((one for one in lines if one.id == edit.pupil), None)
    put = line.put.get(edit.slot, _EMPTY) if line else _EMPTY
    same = (put.value, put.reason) == held
    edit = replace(edit, version=put.version if same else put.version + 1)
    final_rows.suggest(place, lines, [one for one in place.slots if one.id == edit.slot])
    return _apply(actor, place, {one.id: one for one in lines}, [edit], _done([edit.op]))[0]


def _apply(
    actor: Actor,
    place: Place,
    lines: dict[int, Line],
    edits: Sequence[FinalEdit],
    done: dict[str, str],
    because: str = "",
) -> list[dict[str, Any]]:
    editable = bool(because or editable_groups(actor, [place.group_id]))
    closed = {
        one.id: "" if because and not place.year_closed
        else final_rows.why_closed(actor, place, one, editable=editable)
        for one in place.slots
    }  # fmt: skip
    answers: list[dict[str, Any]] = []
    changes: list[tuple[FinalEdit, Slot, Put, Put]] = []
    taken: set[str] = set()
    for edit in edits:
        slot, line = place.slot(edit.slot), lines.get(edit.pupil)
        answer, new = _judge(place, slot, line, edit, closed, done, taken)
        answers.append(answer)
        if new is None or slot is None or line is None:
            continue
        changes.append((edit, slot, line.put.get(slot.id, _EMPTY), new))
        line.put[slot.id] = new
        taken.add(edit.op)
    if changes:
        _write(actor, place, changes, because)
        _bump_others(place, lines, changes)
    return answers


def _bump_others(
    place: Place, lines: dict[int, Line], changes: Sequence[tuple[FinalEdit, Slot, Put, Put]]
) -> None:
    """The journals of all groups of a pupil who moved show the mark of the subject."""
    pupils = {
        edit.pupil for edit, slot, _old, _new in changes
        if not moved.is_whole(lines[edit.pupil].spans, slot.starts, slot.ends)
    }  # fmt: skip
    for other in moved.other_groups(place.group_id, pupils) if pupils else ():
        revisions.bump(f"group:{other}")


def _judge(
    place: Place, slot: Slot | None, line: Line | None, edit: FinalEdit,
    closed: dict[int, str], done: dict[str, str], taken: set[str],
) -> tuple[dict[str, Any], Put | None]:  # fmt: skip
    if slot is None or line is None:
        return _answer(edit, "refused", _("This pupil or column is no longer there.")), None
    present = line.put.get(slot.id, _EMPTY)
    target = target_of(place.year_id, place.subject_id, slot.id, line.id)
    if edit.op in done or edit.op in taken:
        if done.get(edit.op, target) == target:
            return _answer(edit, "repeated", "", present), None
        return _answer(edit, "invalid", _("This change has the mark of another one.")), None
    if closed[slot.id]:
        return _answer(edit, "refused", closed[slot.id], present), None
    if not line.belongs(_day(slot)):
        message = _("The pupil is not in this group at the end of the period.")
        return _answer(edit, "refused", message, present), None
    marking = policy.marking(place.year_id, place.grade, place.subject_id)
    value = finals.parse(edit.value, marking)
    if value is None and edit.value.strip() == present.value:
        value = present.value  # what stands is taken whatever the rules of today say
    if value is None:
        message = _("Type a mark, or one of: %(words)s.", words=", ".join(finals.WORDS))
        return _answer(edit, "invalid", message, present), None
    if edit.version != present.version:
        return _answer(edit, "conflict", _("Somebody changed this mark first."), present), None
    reason = (
        (present.reason if value == present.value else "") if edit.reason is None
        else " ".join(edit.reason.split())[:LONGEST_REASON]
    )  # fmt: skip
    if (value, reason) == (present.value, present.reason):
        return _answer(edit, "saved", "", present), None
    suggestion = line.suggested.get(slot.id)
    new = Put(value, suggestion.value if suggestion else "", reason if value else "",
              present.version + 1)  # fmt: skip
    return _answer(edit, "saved", "", new), new


def _day(slot: Slot) -> dt.date:
    return final_rows.day_of_slot(slot)


def _answer(edit: FinalEdit, state: str, message: str, put: Put | None = None) -> dict[str, Any]:
    return {
        "op": edit.op, "state": state, "pupil": edit.pupil, "slot": edit.slot,
        "value": None if put is None else put.value,
        "version": None if put is None else put.version,
        "message": message,
    }  # fmt: skip


def _write(
    actor: Actor,
    place: Place,
    changes: Sequence[tuple[FinalEdit, Slot, Put, Put]],
    because: str = "",
) -> None:
    written = {(edit.pupil, slot.id): (edit, slot, new) for edit, slot, _old, new in changes}
    put_rows(
        FinalMark,
        ("pupil_id", "year_id", "subject_id", "slot", "period_id", "group_id", "value",
         "suggested", "reason", "version"),
        [(pupil, place.year_id, place.subject_id, slot, slot if slot > 0 else None,
          place.group_id, new.value, new.suggested, new.reason or None, new.version)
         for (pupil, slot), (_edit, _slot, new) in sorted(written.items())],
        "(pupil_id, year_id, subject_id, slot) DO UPDATE SET group_id = excluded.group_id, "
        "value = excluded.value, suggested = excluded.suggested, reason = excluded.reason, "
        "version = excluded.version",
    )  # fmt: skip
    by_reason: dict[str, list[audit.Deed]] = {}
    for edit, slot, old, new in changes:
        by_reason.setdefault(because or _unusual(actor, place, slot), []).append(
            audit.Deed(
                target=target_of(place.year_id, place.subject_id, slot.id, edit.pupil),
                person=edit.pupil, before=told(old), after=told(new), operation=edit.op,
            )
        )  # fmt: skip
    for reason, deeds in sorted(by_reason.items()):
        audit.record_many(actor, KIND, deeds, reason=reason or None)
    revisions.bump(f"group:{place.group_id}")
    outbox.put(
        "journal.finals_changed", year=place.year_id, subject=place.subject_id,
        group=place.group_id, marks=[[slot, pupil] for pupil, slot in sorted(written)],
    )  # fmt: skip


def told(put: Put) -> dict[str, Any]:
    """A final mark in the words of the history."""
    found: dict[str, Any] = {"value": put.value}
    if put.reason:
        found["reason"] = put.reason
    return found


def _unusual(actor: Actor, place: Place, slot: Slot) -> str:
    if slot.id <= 0:
        return place.unlocked.get(slot.id, "") if slot.locked else ""
    lock = Lock(slot.locked, place.unlocked.get(slot.id, ""))
    return policy.window(actor).unusual_period(slot.ends, lock)


# --- filling by the suggestion -------------------------------------------------------------------


#: Warnings of a suggestion that only a person can answer.
_UNDECIDED = frozenset({"none", "unattested"})


def fill_suggested(actor: Actor, group_id: int, slot_id: int, *, operation: str) -> int:
    """Put what the marks speak for wherever a slot is empty; returns how many marks were put.

    One act, which :func:`undo_fill` takes back by its ``operation``. Nothing that stands is
    touched, and where nothing can be suggested nothing is put (features.md 3.6). A year's mark is
    for the teacher to decide while a period has no mark, or one without attestation.

    :raises Refused: the marks of the slot cannot be put by the actor now.
    :raises NotThere: no such group or slot, or they are not open to the actor.
    """
    found = final_rows.group_finals(actor, group_id)
    slot = found.place.slot(slot_id)
    if slot is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    if found.closed[slot.id]:
        raise Refused(found.closed[slot.id])
    edits = [
        FinalEdit(
            op=f"{operation}.{line.id}", pupil=line.id, slot=slot.id,
            value=line.suggested[slot.id].value, version=line.put.get(slot.id, _EMPTY).version,
        )
        for line in found.lines
        if not line.put.get(slot.id, _EMPTY).value
        and slot.id in line.suggested
        and line.suggested[slot.id].value
        and not _UNDECIDED & set(line.suggested[slot.id].warnings)
        and line.belongs(_day(slot))
    ]  # fmt: skip
    answers = put_finals(actor, group_id, edits) if edits else []
    return sum(one["state"] == "saved" for one in answers)


def undo_fill(actor: Actor, group_id: int, operation: str) -> tuple[int, int]:
    """Clear what :func:`fill_suggested` put by an operation; ``(cleared, left)``.

    What somebody has changed since is left alone and counted as left.

    :raises NotThere: this actor filled nothing by this operation.
    """
    with transaction():
        entries = rows(
            "SELECT target, operation FROM core_audit_entry "
            'WHERE kind = ? AND "user" = ? AND operation LIKE ?',
            [KIND, actor.user_id, f"{operation}.%"],
        )
        if not entries or "%" in operation or "_" in operation:
            raise NotThere(_("There is nothing to take back."))
        place, lines = _learn(actor, group_id, {int(one[0].split(":")[-1]) for one in entries})
        by_id = {one.id: one for one in lines}
        edits = []
        for target, op in entries:
            slot, pupil = (int(part) for part in target.split(":")[-2:])
            put = by_id[pupil].put.get(slot, _EMPTY) if pupil in by_id else _EMPTY
            # Filled marks were put over nothing: the next version says that nobody came since.
            if put.value and put.value == put.suggested and _newest(target) == op:
                edits.append(
                    FinalEdit(op=f"{op}.u", pupil=pupil, slot=slot, value="", version=put.version)
                )
        answers = _apply(actor, place, by_id, edits, _done(edit.op for edit in edits))
    cleared = sum(one["state"] in {"saved", "repeated"} for one in answers)
    return cleared, len(entries) - cleared


def _newest(target: str) -> str:
    sql = "SELECT operation FROM core_audit_entry WHERE target = ? ORDER BY id DESC LIMIT 1"
    return str(rows(sql, [target])[0][0])
