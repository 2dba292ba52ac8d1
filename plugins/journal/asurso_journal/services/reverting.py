"""Putting back everything that an account changed in a span of time, in one act (peers.md 6).

A teacher's password was stolen and fifty marks are wrong: the deputy chooses the account and the
hours, looks at what would come back, and says why. What somebody else has changed since is left
alone and named. Every cell that comes back is an entry of the history as any other change.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core import access, audit
from asurso_core.actors import Actor
from asurso_core.db import rows, stamp_value, transaction
from asurso_core.errors import Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_journal import permissions
from asurso_journal.services import cells, finals
from asurso_journal.services.cells import Edit
from asurso_journal.services.finals import FinalEdit

#: More changes are not put back at once: choose a shorter span.
MOST = 5000
_PART = 400


@dataclass(frozen=True)
class Reverting:
    """A cell or final mark that an account changed: what it held, holds, and would hold again."""

    target: str
    person: int
    before: str
    comment: str
    now: str
    by_others: str  # who has changed it since; such a one is left alone


_ENTRIES = """
    SELECT e.target, e.person, e.before, e.after FROM core_audit_entry e
     WHERE e."user" = ? AND e.at >= ? AND e.at <= ?
       AND e.kind IN ('journal.cell', 'journal.final')
     ORDER BY e.id
"""
_NEWEST = """
    SELECT e.target, e."user", e.at, e.actor_name, e.after FROM core_audit_entry e
     WHERE e.id IN (SELECT MAX(id) FROM core_audit_entry WHERE target IN ? GROUP BY target)
"""


def would_revert(
    actor: Actor, user_id: int, since: dt.datetime, until: dt.datetime
) -> list[Reverting]:
    """What would be put back, the first change first; moments are naive UTC.

    Cells that the account has put back itself are left out.

    :raises Invalid: there are too many changes.
    """
    access.require_any(actor, permissions.REVERT)
    first: dict[str, tuple[int, Any]] = {}
    for target, person, before, _after in rows(
        _ENTRIES, [user_id, stamp_value(since), stamp_value(until)]
    ):
        first.setdefault(target, (person, before))
    if len(first) > MOST:
        raise Invalid(_("There are more than %(most)s changes: choose a shorter span.", most=MOST))
    newest: dict[str, tuple[Any, ...]] = {}
    targets = list(first)
    for start in range(0, len(targets), 500):
        for target, *rest in rows(_NEWEST, [targets[start : start + 500]]):
            newest[target] = tuple(rest)
    found = []
    for target, (person, before) in first.items():
        user, at, name, after = newest[target]
        value, comment = _held(before)
        now, now_comment = _held(after)
        if (value, comment) == (now, now_comment):
            continue
        mine = user == user_id and str(at) <= str(stamp_value(until))
        found.append(Reverting(target, person, value, comment, now, "" if mine else str(name)))
    return found


def _held(told: Any) -> tuple[str, str]:
    found = json.loads(told) if isinstance(told, str) else told
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("value") or ""), str(found.get("comment") or found.get("reason") or "")


def revert(
    actor: Actor, user_id: int, since: dt.datetime, until: dt.datetime, *,
    reason: str, operation: str,
) -> tuple[int, list[Reverting]]:  # fmt: skip
    """Put back what an account changed; ``(how many came back, those left alone)``.

    One transaction. The same ``operation`` again puts nothing back a second time.

    :raises Invalid: no reason, or nothing to put back.
    :raises Refused: none of it can be put back, because the year is closed.
    """
    access.require_any(actor, permissions.REVERT)
    reason = reason.strip()
    if not reason or len(reason) > 200 or "\x00" in reason:
        raise Invalid(fields={"reason": [_("Write why, in at most 200 characters.")]})
    with transaction():
        if rows("SELECT 1 FROM core_audit_entry WHERE operation = ?", [operation]):
            return 0, []
        found = would_revert(actor, user_id, since, until)
        wanted = [one for one in found if not one.by_others]
        left = [one for one in found if one.by_others]
        if not wanted:
            raise Invalid(_("There is nothing to put back."))
        answers = [
            *_cells(actor, [one for one in wanted if one.target.startswith("journal.cell")],
                    reason, operation),
            *_finals(actor, [one for one in wanted if one.target.startswith("journal.final")],
                     reason, operation),
        ]  # fmt: skip
        done = sum(answer["state"] == "saved" for answer in answers)
        if not done:  # a closed year: nothing came back, so nothing is said to have come back
            raise Refused(
                str(answers[0]["message"]) if answers else _("There is nothing to put back.")
            )
        audit.record(
            actor, "journal.reverted", f"core.user:{user_id}", operation=operation, reason=reason,
            after={
                "since": since.isoformat(), "until": until.isoformat(), "cells": done,
                "left": len(left) + len(wanted) - done,
            },
        )  # fmt: skip
    return done, left


def _cells(
    actor: Actor, wanted: Sequence[Reverting], reason: str, operation: str
) -> list[dict[str, Any]]:
    edits = []
    for number, one in enumerate(wanted):
        lesson, work, pupil = (int(part) for part in one.target.split(":")[1:])
        edits.append(
            Edit(
                op=f"{operation[:24]}.c{number}", lesson=lesson, pupil=pupil, value=one.before,
                version=0, assignment=work or None, comment=one.comment,
            )
        )  # fmt: skip
    answers: list[dict[str, Any]] = []
    for start in range(0, len(edits), _PART):
        answers += cells.restore(actor, edits[start : start + _PART], reason)
    return answers


def _finals(
    actor: Actor, wanted: Sequence[Reverting], reason: str, operation: str
) -> list[dict[str, Any]]:
    by_group: dict[int, list[FinalEdit]] = {}
    for number, one in enumerate(wanted):
        year, subject, slot, pupil = (int(part) for part in one.target.split(":")[1:])
        found = rows(
            "SELECT group_id FROM journal_final_mark WHERE pupil_id = ? AND year_id = ? "
            "AND subject_id = ? AND slot = ?",
            [pupil, year, subject, slot],
        )
        if found:
            by_group.setdefault(found[0][0], []).append(
                FinalEdit(
                    op=f"{operation[:24]}.f{number}", pupil=pupil, slot=slot, value=one.before,
                    version=0, reason=one.comment,
                )
            )  # fmt: skip
    answers: list[dict[str, Any]] = []
    for group, edits in sorted(by_group.items()):
        answers += finals.restore_finals(actor, group, edits, reason)
    return answers
