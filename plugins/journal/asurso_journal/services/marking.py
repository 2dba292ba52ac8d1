"""Which marks the school puts: the scale, grades without marks, subjects with credits (3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asurso_core import access, revisions, settings
from asurso_core.actors import Actor
from asurso_core.db import rows, transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_core.school import AcademicYear, Subject
from asurso_journal import permissions, policy, scales

KIND = "journal.vocabulary"
GRADES = range(1, 12)

_STANDING = """
    SELECT (SELECT COUNT(*) FROM journal_mark m JOIN core_academic_year y ON y.id = m.year_id
             WHERE m.value <> '' AND y.state <> 'closed')
         + (SELECT COUNT(*) FROM journal_final_mark f JOIN core_academic_year y ON y.id = f.year_id
             WHERE f.value <> '' AND y.state <> 'closed')
"""


def standing_marks() -> int:
    """How many marks stand in years that are not closed: with any, the scale is settled."""
    return int(rows(_STANDING)[0][0])


def set_marking(
    actor: Actor, *, scale: str, unmarked_grades: Iterable[int], credited_subjects: Iterable[int]
) -> None:
    """Choose the scale of marks, the grades without marks and the subjects with credits alone.

    Marks that stand stay as they are. Closed years keep the scale they were marked by.

    :raises Invalid: no such scale, grade or subject; another scale while marks stand in a year
        that is not closed.
    """
    access.require_any(actor, permissions.VOCABULARY)
    grades, subjects = sorted(set(unmarked_grades)), sorted(set(credited_subjects))
    if scale not in scales.SCALES:
        raise Invalid(fields={"scale": [_("Choose one of the list.")]})
    if not set(grades) <= set(GRADES):
        raise Invalid(fields={"unmarked_grades": [_("Choose one of the list.")]})
    with transaction():
        revisions.bump(KIND)  # its row is the lock
        there = {
            one.id for one in Subject.select(Subject.id).where(Subject.id.in_(subjects or [0]))
        }
        if set(subjects) != there:
            raise Invalid(fields={"credited_subjects": [_("Choose one of the list.")]})
        values: dict[str, Any] = {
            "unmarked_grades": grades,
            "credited_subjects": subjects,
            "scale": scale,
        }
        if scale != policy.rule("scale"):
            values["scale_before"] = _kept()
        settings.put(actor, policy.OWNER, values)


def _kept() -> dict[str, str]:
    """The scales of closed years, which a new one must not change."""
    count = standing_marks()
    if count:
        told = ngettext(
            "%(num)s mark stands in this year already: another scale can be chosen before the "
            "first mark of a year.",
            "%(num)s marks stand in this year already: another scale can be chosen before the "
            "first mark of a year.", count,
        )  # fmt: skip
        raise Invalid(fields={"scale": [told]})
    closed = AcademicYear.select(AcademicYear.id).where(AcademicYear.state == "closed")
    return {str(one.id): policy.scale(one.id).name for one in closed}
