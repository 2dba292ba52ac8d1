"""Taking back one's own acts in a journal, the last hundred of them, also after a reload.

The history knows every act. What an act did is taken back only while the cell still holds it: what
somebody else has changed since is left alone and named. An act that takes back bears an operation
that begins with ``undo.``, so that acts can be taken back one after another, the last one first.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.db import as_stamp, rows, transaction
from asurso_core.errors import NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.school import TeachingGroup
from asurso_journal import permissions
from asurso_journal.services import finals
from asurso_journal.services.cells import KIND, Edit, take_back
from asurso_journal.services.finals import FinalEdit

#: So many acts are offered (issue: the last hundred of one's own).
MOST = 100
#: So many entries of the account are looked through for those of one journal.
LOOKED_THROUGH = 2000
PREFIX = "undo."

OPEN, LATER, UNDONE, OTHERS = "open", "later", "undone", "others"


@dataclass(slots=True)
class Act:
    """A change of a cell or of a final mark by the actor: what it held, what it holds since.

    ``state``: ``open`` can be taken back; ``later`` lies under a later act of one's own in the same
    cell; ``undone`` was taken back; ``others``: ``by`` has changed the cell since.
    """

    id: int
    at: dt.datetime
    target: str
    person: int
    before: tuple[str, str]  # value in the codes of the history, comment or reason
    after: tuple[str, str]
    state: str = OPEN
    by: str = ""

    @property
    def place(self) -> tuple[int, int, int]:
        """Lesson, work (0 for the main column) and pupil."""
        lesson, work, pupil = self.target.split(":")[1:]
        return int(lesson), int(work), int(pupil)

    @property
    def slot(self) -> int | None:
        """The slot of a final mark; None for a cell of a lesson."""
        return _slot(self.target)


_OWN = """
    SELECT id, target FROM core_audit_entry
     WHERE "user" = ? AND kind IN ? ORDER BY id DESC LIMIT ?
"""
_SINCE = """
    SELECT id, at, "user", actor_name, target, person, before, after, operation
      FROM core_audit_entry WHERE target IN ? AND kind IN ? AND id >= ? ORDER BY id
"""
_KINDS = [KIND, finals.KIND]


def _slot(target: str) -> int | None:
    return int(target.split(":")[-2]) if target.startswith(f"{finals.KIND}:") else None


def _finals_of(group_id: int) -> set[str]:
    """The names of the final marks that were put last in the journal of a group."""
    sql = """
        SELECT year_id, subject_id, slot, pupil_id FROM journal_final_mark WHERE group_id = ?
    """
    return {finals.target_of(*row) for row in rows(sql, [group_id])}


def own_acts(actor: Actor, group_id: int) -> list[Act]:
    """The last hundred acts of the actor in the journal of a group, the newest first.

    :raises NotThere: the actor does not see this journal.
    """
    access.find(actor, permissions.VIEW, TeachingGroup, group_id)
    found = rows(_OWN, [actor.user_id or 0, _KINDS, LOOKED_THROUGH])
    cells = [target for _id, target in found if _slot(target) is None]
    lessons = sorted({int(target.split(":")[1]) for target in cells})
    mine: set[int] = set()
    for start in range(0, len(lessons), 500):
        sql = "SELECT id FROM timetable_lesson WHERE group_id = ? AND id IN ?"
        mine.update(id_ for (id_,) in rows(sql, [group_id, lessons[start : start + 500]]))
    put = _finals_of(group_id) if len(cells) < len(found) else set()
    # Twice as many, because half of them may be acts that took the others back.
    here = [
        (id_, target) for id_, target in found
        if target in put or (_slot(target) is None and int(target.split(":")[1]) in mine)
    ]  # fmt: skip
    here = here[: 2 * MOST]
    if not here:
        return []
    entries = rows(_SINCE, [sorted({target for _id, target in here}), _KINDS, here[-1][0]])
    acts = _settled(actor, entries)
    return sorted(acts, key=lambda act: -act.id)[:MOST]


def _settled(actor: Actor, entries: list[tuple[Any, ...]]) -> list[Act]:
    """The actor's acts with their states, from all entries of the cells in order of time."""
    acts: list[Act] = []
    stacks: dict[str, list[Act]] = {}
    for id_, at, user, name, target, person, before, after, operation in entries:
        stack = stacks.setdefault(target, [])
        if user != actor.user_id:
            for act in stack:
                act.state, act.by = OTHERS, name
            stack.clear()
        elif (operation or "").startswith(PREFIX):
            if stack:
                stack.pop().state = UNDONE
        else:
            act = Act(id_, as_stamp(at), target, person, _held(before), _held(after))
            stack.append(act)
            acts.append(act)
    for stack in stacks.values():
        for act in stack[:-1]:
            act.state = LATER
    return acts


def _held(told: Any) -> tuple[str, str]:
    found = json.loads(told) if isinstance(told, str) else told
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("value") or ""), str(found.get("comment") or found.get("reason") or "")


def undo(actor: Actor, group_id: int, act_id: int | None = None) -> dict[str, Any]:
    """Take back an act of one's own; the last one that can be if none is named.

    Rights and time limits of an ordinary edit hold. The answer is that of
    :func:`asurso_journal.services.apply_edits`. An act is taken back once, however often asked.

    :raises NotThere: no such act among the last hundred of one's own in this journal.
    :raises Refused: somebody else has changed the cell since, or a later own act lies above it, or
        there is nothing to take back.
    """
    access.require_any(actor, permissions.EDIT)
    with transaction():
        acts = own_acts(actor, group_id)
        if act_id is None:
            act = next((one for one in acts if one.state == OPEN), None)
            if act is None:
                raise Refused(_("There is nothing to take back."))
        else:
            act = next((one for one in acts if one.id == act_id), None)
            if act is None:
                raise NotThere(_("There is no such page, or it is not open to you."))
        if act.state == UNDONE:
            raise Refused(_("This was taken back already."))
        if act.state == OTHERS:
            raise Refused(_("%(who)s has changed this cell since: it stays.", who=act.by))
        if act.state == LATER:
            raise Refused(_("You have changed this cell since. Take the later change back first."))
        if act.slot is not None:
            final = FinalEdit(
                op=f"{PREFIX}{act.id}", pupil=act.person, slot=act.slot, value=act.before[0],
                reason=act.before[1], version=0,
            )  # fmt: skip
            return finals.take_back(actor, group_id, final, act.after)
        lesson, work, pupil = act.place
        edit = Edit(
            op=f"{PREFIX}{act.id}", lesson=lesson, pupil=pupil, assignment=work or None,
            value=act.before[0], comment=act.before[1], version=0,
        )  # fmt: skip
        return take_back(actor, edit, act.after)
