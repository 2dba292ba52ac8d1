"""Who of the family has read the comments on marks."""

from __future__ import annotations

import datetime as dt

from asurso_core import access, audit, clock
from asurso_core.accounts import Person
from asurso_core.actors import FAMILY, Actor
from asurso_core.db import put_rows, rows, stamp_value, transaction
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_journal import permissions
from asurso_journal.models import CommentRead

_COMMENTS = """
    SELECT m.id, m.version FROM journal_mark m
      JOIN journal_assignment a ON a.id = m.assignment_id
      JOIN timetable_lesson l ON l.id = a.lesson_id
     WHERE m.pupil_id = ? AND m.comment IS NOT NULL AND l.date BETWEEN ? AND ?
       AND NOT EXISTS (SELECT 1 FROM journal_comment_read r
         WHERE r.mark_id = m.id AND r.person_id = ? AND r.version = m.version)
     ORDER BY m.id
"""


def read_comments(actor: Actor, pupil_id: int, start: dt.date, end: dt.date) -> int:
    """Note that one of the family has read the comments of these days; returns how many are new.

    A comment that is changed later counts as not read.

    :raises NotThere: it is not the actor's family.
    """
    seen = access.allowed_ids(actor, permissions.MARK_VIEW, Person, [pupil_id])
    if actor.side != FAMILY or actor.person_id is None or not seen:
        raise NotThere(_("There is no such page, or it is not open to you."))
    with transaction():
        found = rows(_COMMENTS, [pupil_id, start, end, actor.person_id])
        put_rows(
            CommentRead,
            ("mark_id", "person_id", "version", "read_at"),
            [(id_, actor.person_id, version, stamp_value(clock.stamp())) for id_, version in found],
            "(mark_id, person_id) DO UPDATE SET version = excluded.version, "
            "read_at = excluded.read_at",
        )
        if found:
            audit.record(
                actor, "journal.comment_read", f"core.person:{pupil_id}", person=pupil_id,
                after={"marks": [id_ for id_, _version in found]}, topic=f"pupil:{pupil_id}",
            )  # fmt: skip
    return len(found)
